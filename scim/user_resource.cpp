#include "scim/user_resource.h"

#include <algorithm>
#include <utility>

#include "scim/datetime.h"
#include "scim/reply.h"
#include "scim/slices.h"
#include "scim/text.h"
#include "store/access.h"
#include "store/blocks.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/seen.h"
#include "store/sources.h"

namespace rosterd::scim {
namespace {

// What the store keeps was checked when it came; an unreadable profile is shown as empty rather than not at all.
Object parse_profile(const std::string& text) {
  auto parsed = parse_json(text, JsonLimits{std::size_t{16} << 20, 64});
  Json* value = std::get_if<Json>(&parsed);
  return value != nullptr && value->object() != nullptr ? std::move(*value->object()) : Object();
}

Json texts(const std::vector<std::string>& values) {
  return Array(values.begin(), values.end());
}

Json render_groups(const Call& call, const ShownUser& user) {
  Array groups;
  for (const store::GroupOfUser& group : user.groups) {
    Object entry;
    entry.set("value", group.id);
    entry.set("$ref", call.context.base_url + "/Groups/" + group.id);
    entry.set("display", group.display_name);
    entry.set("type", group.direct ? "direct" : "indirect");
    groups.push_back(std::move(entry));
  }
  return groups;
}

Json render_blocks(const ShownUser& user) {
  Array blocks;
  for (const ShownBlock& block : user.blocks) {
    Object entry;
    entry.set("source", block.source);
    entry.set("reason", store::to_string(block.reason));
    entry.set("since", format_date_time(block.since));
    blocks.push_back(std::move(entry));
  }
  return blocks;
}

Object render_access(const ShownUser& user) {
  Object access;
  access.set("status", store::to_string(user.found.user.status()));
  access.set("roles", texts(user.in_force.roles));
  access.set("projects", texts(user.in_force.projects));
  access.set("blocks", render_blocks(user));
  return access;
}

// What the connection says of the company, or else what the store knows.
Object render_client(const ShownUser& user, const Json* held) {
  Object client;
  const Json* company = held == nullptr ? nullptr : held->find("company");
  if (company != nullptr) {
    client.set("company", *company);
  } else if (!user.found.user.company.empty()) {
    client.set("company", user.found.user.company);
  }
  if (user.parts.permissions) client.set("permissions", texts(user.permissions));
  return client;
}

bool is_client(const ShownUser& user) {
  return user.found.user.kind == store::Kind::client;
}

// What stands before and after the profile's attributes.
struct Frame {
  Object head;
  Object tail;
};

Frame frame(const Call& call, const ShownUser& shown, const Object& profile) {
  const auto& [user, seen] = shown.found;
  const ResourceType& type = call.context.catalogue.user();
  const Json* client = profile.find(kClientSchema);
  Array schemas = {Json(kUserSchema)};
  for (const Extension& extension : type.extensions) {
    const bool own =
        extension.schema->id == kAccessSchema || (extension.schema->id == kClientSchema && is_client(shown));
    if (own || profile.find(extension.schema->id) != nullptr) schemas.push_back(Json(extension.schema->id));
  }

  Frame all;
  all.head.set("schemas", std::move(schemas));
  all.head.set("id", user.id);
  if (seen.key) all.head.set("externalId", *seen.key);
  all.tail.set("active", user.active);
  if (shown.parts.groups) all.tail.set("groups", render_groups(call, shown));
  if (is_client(shown) || client != nullptr) all.tail.set(kClientSchema, render_client(shown, client));
  if (shown.parts.access) all.tail.set(kAccessSchema, render_access(shown));
  all.tail.set("meta", make_meta(call, type, user.id, user.version, user.created, user.modified));
  return all;
}

// Whether an attribute of the profile is shown at all; what the store says itself is not.
bool is_held(const ResourceType& type, std::string_view name) {
  const Attribute* attribute = type.find("", name);
  return attribute != nullptr ? attribute->mutability != Mutability::read_only && attribute->returned != Returned::never
                              : type.is_extension(name);
}

bool is_returned(const Attribute* attribute) {
  return attribute != nullptr && attribute->returned != Returned::never && attribute->returned != Returned::on_request;
}

void append(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":").append(value);
}

void append_texts(std::string& out, const std::vector<std::string>& values) {
  char before = '[';
  for (const std::string& value : values) append_json(out += std::exchange(before, ','), value);
  out += values.empty() ? "[]" : "]";
}

void append_groups(std::string& out, const Call& call, const ShownUser& user) {
  char before = '[';
  for (const store::GroupOfUser& group : user.groups) {
    append_json((out += std::exchange(before, ',')) += "{\"value\":", group.id);
    append_json(out += ",\"$ref\":", call.context.base_url + "/Groups/" + group.id);
    append_json(out += ",\"display\":", group.display_name);
    out += group.direct ? ",\"type\":\"direct\"}" : ",\"type\":\"indirect\"}";
  }
  out += user.groups.empty() ? "[]" : "]";
}

void append_access(std::string& out, const ShownUser& user) {
  append_json(out += "{\"status\":", store::to_string(user.found.user.status()));
  append_texts(out += ",\"roles\":", user.in_force.roles);
  append_texts(out += ",\"projects\":", user.in_force.projects);
  out.append(",\"blocks\":").append(user.blocks.empty() ? "[]" : write_json(render_blocks(user))) += '}';
}

// What a profile's text has, in order of the resource type's extensions; access is always there.
std::vector<const Schema*> extensions_in(const ResourceType& type, const ShownUser& user,
                                         const std::vector<Slice>& profile) {
  std::vector<const Schema*> found;
  for (const Extension& extension : type.extensions) {
    const std::string& urn = extension.schema->id;
    const bool own = urn == kAccessSchema || (urn == kClientSchema && is_client(user));
    const auto is_it = [&](const Slice& slice) { return slice.name.size() == urn.size() && iequals(slice.name, urn); };
    if (own || std::any_of(profile.begin(), profile.end(), is_it)) found.push_back(extension.schema);
  }
  return found;
}

// As frame() with all parts.
void append_head(std::string& out, const ShownUser& user, const std::vector<const Schema*>& extensions) {
  append_json(out += "{\"schemas\":[", kUserSchema);
  for (const Schema* extension : extensions) append_json(out += ',', extension->id);
  append_json(out += "],\"id\":", user.found.user.id);
  if (user.found.seen.key) append_json(out += ",\"externalId\":", *user.found.seen.key);
}

// As render_client(). False when the values are needed.
bool append_client(std::string& out, const ShownUser& user, const std::vector<Slice>& profile) {
  const auto held = std::find_if(profile.begin(), profile.end(),
                                 [](const Slice& slice) { return iequals(slice.name, kClientSchema); });
  if (held == profile.end() && !is_client(user)) return true;
  std::string inner;
  if (held != profile.end()) {
    const auto slices = slice_object(held->value);
    if (!slices) return false;
    for (const Slice& slice : *slices)
      if (iequals(slice.name, "company")) append(inner, "company", slice.value);
  }
  if (inner.empty() && !user.found.user.company.empty()) append_json(inner += ",\"company\":", user.found.user.company);
  append_texts(inner += ",\"permissions\":", user.permissions);
  inner.front() = '{';
  append(out, kClientSchema, inner += '}');
  return true;
}

void append_tail(std::string& out, const Call& call, const ShownUser& shown) {
  const store::User& user = shown.found.user;
  append(out, "active", user.active ? "true" : "false");
  if (shown.parts.groups) append_groups(out += ",\"groups\":", call, shown);
  append(out, kAccessSchema, {});
  append_access(out, shown);
  append_meta(out += ",\"meta\":", call, call.context.catalogue.user(), user.id, user.version, user.created,
              user.modified);
  out += '}';
}

// False when the values are needed to tell what is shown.
bool append_extension(std::string& out, const Schema& schema, std::string_view text) {
  if (!schema.plain) return false;
  const auto slices = slice_object(text);
  if (!slices) return false;
  std::string inner;
  for (const auto& [name, value] : *slices) {
    if (is_returned(schema.find(name))) append(inner, name, value);
  }
  if (inner.empty()) return true;
  inner.front() = '{';
  append(out, schema.id, inner += '}');
  return true;
}

// An attribute of the core schema that a profile holds and a reader sees, in its own spelling: most are, so these are
// told without a search.
bool is_plainly_shown(const ResourceType& type, std::string_view name) {
  const Attribute* attribute = type.find_core(name);
  return attribute != nullptr && attribute->mutability != Mutability::read_only && is_returned(attribute) &&
         name != "active";
}

// False also when the profile has what the frame says.
bool append_profile(std::string& out, const ResourceType& type, const std::vector<Slice>& profile, bool has_key) {
  for (const auto& [name, value] : profile) {
    if (is_plainly_shown(type, name)) {
      append(out, name, value);
    } else if (type.is_extension(name)) {
      if (iequals(name, kClientSchema)) continue;
      if (iequals(name, kAccessSchema) || !append_extension(out, *type.schema(name), value)) return false;
    } else if (is_held(type, name)) {
      if (iequals(name, "active") || (has_key && iequals(name, "externalId"))) return false;
      if (is_returned(type.find("", name))) append(out, name, value);
    }
  }
  return true;
}

bool blocks(const store::View& view, store::SourceId source, const store::User& user) {
  if (user.active) return false;
  const auto all = store::blocks_of(view, user.key);
  return std::any_of(all.begin(), all.end(), [&](const store::Block& block) { return block.source == source; });
}

}  // namespace

ShownUser look_up(const Call& call, const store::View& view, store::SeenUser found, const UserParts& parts) {
  ShownUser shown{std::move(found), parts};
  const store::User& user = shown.found.user;
  if (parts.groups) shown.groups = store::groups_of(view, user.key, call.source());
  if (parts.permissions && user.kind == store::Kind::client) shown.permissions = store::permissions_of(view, user.key);
  if (!parts.access) return shown;
  shown.in_force = store::in_force(view, user.key);
  if (user.active) return shown;
  for (const store::Block& block : store::blocks_of(view, user.key)) {
    const auto source = store::find_source(view, block.source);
    shown.blocks.push_back({source ? source->name : "unknown", block.reason, block.since});
  }
  return shown;
}

Json render_user(const Call& call, const ShownUser& user) {
  Object profile = parse_profile(user.found.seen.profile);
  Frame around = frame(call, user, profile);
  Object out = std::move(around.head);
  for (Member& member : profile) {
    if (is_held(call.context.catalogue.user(), member.name)) out.set(member.name, std::move(member.value));
  }
  for (Member& member : around.tail) out.set(member.name, std::move(member.value));
  return out;
}

std::optional<std::string> write_user(const Call& call, const ShownUser& user) {
  const std::string& stored = user.found.seen.profile;
  const auto profile = slice_object(stored);
  if (!profile) return std::nullopt;
  constexpr std::size_t kFrame = 1024;  // about
  std::string out;
  out.reserve(stored.size() + kFrame);
  const ResourceType& type = call.context.catalogue.user();
  append_head(out, user, extensions_in(type, user, *profile));
  if (!append_profile(out, type, *profile, user.found.seen.key.has_value())) return std::nullopt;
  if (!append_client(out, user, *profile)) return std::nullopt;
  append_tail(out, call, user);
  return out;
}

Object patchable_user(const Call& call, const store::View& view, const store::User& user) {
  Object document;
  const auto claim = store::find_claim(view, call.source(), user.key);
  if (claim) document = parse_profile(claim->profile);
  if (claim && claim->key) document.set("externalId", *claim->key);
  document.set("active", !blocks(view, call.source(), user));
  document.set("id", user.id);
  return document;
}

}  // namespace rosterd::scim
