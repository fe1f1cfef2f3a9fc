#include "scim/user_resource.h"

#include "scim/datetime.h"
#include "scim/reply.h"
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

Json render_groups(const Call& call, const store::View& view, const store::User& user) {
  Array groups;
  for (const store::GroupOfUser& group : store::groups_of(view, user.key, call.source())) {
    Object entry;
    entry.set("value", group.id);
    entry.set("$ref", call.context.base_url + "/Groups/" + group.id);
    entry.set("display", group.display_name);
    entry.set("type", group.direct ? "direct" : "indirect");
    groups.push_back(std::move(entry));
  }
  return groups;
}

Json render_blocks(const store::View& view, const store::User& user) {
  Array blocks;
  for (const store::Block& block : store::blocks_of(view, user.key)) {
    const auto source = store::find_source(view, block.source);
    Object entry;
    entry.set("source", source ? source->name : std::string("unknown"));
    entry.set("reason", store::to_string(block.reason));
    entry.set("since", format_date_time(block.since));
    blocks.push_back(std::move(entry));
  }
  return blocks;
}

Object render_access(const store::View& view, const store::User& user) {
  Object access;
  access.set("status", store::to_string(user.status()));
  const store::InForce now = store::in_force(view, user.key);
  access.set("roles", texts(now.roles));
  access.set("projects", texts(now.projects));
  access.set("blocks", user.active ? Json(Array()) : render_blocks(view, user));
  return access;
}

}  // namespace

Json render_user(const Call& call, const store::View& view, const store::User& user, const UserParts& parts) {
  return render_user(call, view, {user, store::seen_by(view, user, call.source())}, parts);
}

Json render_user(const Call& call, const store::View& view, const store::SeenUser& found, const UserParts& parts) {
  const auto& [user, seen] = found;
  Object profile = parse_profile(seen.profile);
  Array schemas = {Json(kUserSchema)};
  if (profile.find(kEnterpriseSchema) != nullptr) schemas.push_back(Json(kEnterpriseSchema));
  schemas.push_back(Json(kAccessSchema));

  Object out;
  out.set("schemas", std::move(schemas));
  out.set("id", user.id);
  if (seen.key) out.set("externalId", *seen.key);
  for (Member& member : profile) {
    const Attribute* attribute = user_type().find("", member.name);
    const bool held =
        attribute != nullptr ? attribute->mutability == Mutability::read_write : user_type().is_extension(member.name);
    if (held) out.set(member.name, std::move(member.value));
  }
  out.set("active", user.active);
  if (parts.groups) out.set("groups", render_groups(call, view, user));
  if (parts.access) out.set(kAccessSchema, render_access(view, user));
  out.set("meta", make_meta(call, user_type(), user.id, user.version, user.created, user.modified));
  return out;
}

Object patchable_user(const Call& call, const store::View& view, const store::User& user) {
  Object document;
  const auto claim = store::find_claim(view, call.source(), user.key);
  if (claim) document = parse_profile(claim->profile);
  if (claim && claim->key) document.set("externalId", *claim->key);
  document.erase("active");
  document.set("id", user.id);
  return document;
}

}  // namespace rosterd::scim
