#include "scim/projection.h"

#include <algorithm>

#include "scim/path.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

std::vector<AttributePath> parse_list(const Catalogue& catalogue, std::string_view text) {
  std::vector<AttributePath> paths;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (auto path = parse_attribute_path(catalogue, trim(text.substr(0, comma)))) paths.push_back(std::move(*path));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return paths;
}

// How a list speaks of one attribute.
struct Mention {
  bool whole = false;
  std::vector<std::string_view> subs;
  explicit operator bool() const { return whole || !subs.empty(); }
};

Mention mention(const std::vector<AttributePath>& list, std::string_view schema, std::string_view name) {
  Mention found;
  for (const AttributePath& path : list) {
    if (!iequals(path.schema, schema)) continue;
    if (path.name.empty() || (iequals(path.name, name) && path.sub.empty())) {
      found.whole = true;
    } else if (iequals(path.name, name)) {
      found.subs.push_back(path.sub);
    }
  }
  return found;
}

bool among(const std::vector<std::string_view>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view other) { return iequals(other, name); });
}

Json keep_subs(const Json& value, const std::vector<std::string_view>& subs, bool keep) {
  if (const Array* elements = value.array()) {
    Array out;
    for (const Json& element : *elements) {
      Json kept = keep_subs(element, subs, keep);
      if (kept.object() == nullptr || !kept.object()->empty()) out.push_back(std::move(kept));
    }
    return out;
  }
  if (value.object() == nullptr) return value;
  Object out;
  for (const Member& member : *value.object()) {
    if (among(subs, member.name) == keep) out.set(member.name, member.value);
  }
  return out;
}

// By each sub-attribute's own rule; what is no longer defined is not shown.
Json shown_subs(const Json& value, const Attribute& attribute, const Mention& wanted, const Mention& excluded) {
  if (const Array* elements = value.array()) {
    Array out;
    for (const Json& element : *elements) {
      Json kept = shown_subs(element, attribute, wanted, excluded);
      if (kept.object() == nullptr || !kept.object()->empty()) out.push_back(std::move(kept));
    }
    return out;
  }
  if (value.object() == nullptr) return value;
  Object out;
  for (const Member& member : *value.object()) {
    const Attribute* sub = attribute.sub(member.name);
    if (sub == nullptr || sub->returned == Returned::never) continue;
    const bool named = among(wanted.subs, member.name);
    const bool left_out = sub->returned == Returned::on_request
                              ? !named
                              : (!wanted.whole && !wanted.subs.empty() && !named) || among(excluded.subs, member.name);
    if (sub->returned == Returned::always || !left_out) out.set(sub->name, member.value);
  }
  return out;
}

bool is_empty(const Json& value) {
  return (value.array() != nullptr && value.array()->empty()) || (value.object() != nullptr && value.object()->empty());
}

void move_attribute(Member& member, const Attribute& attribute, std::string_view schema, const Selection& selection,
                    Object& out) {
  if (attribute.returned == Returned::never) return;
  if (attribute.returned == Returned::always) {
    out.set(member.name, attribute.by_parts ? shown_subs(member.value, attribute, {}, {}) : std::move(member.value));
    return;
  }
  const Mention wanted = mention(selection.attributes, schema, attribute.name);
  if (!selection.attributes.empty() || attribute.returned == Returned::on_request) {
    if (!wanted) return;
    Json kept = attribute.by_parts ? shown_subs(member.value, attribute, wanted, {})
                : wanted.whole     ? std::move(member.value)
                                   : keep_subs(member.value, wanted.subs, true);
    if (!is_empty(kept)) out.set(member.name, std::move(kept));
    return;
  }
  const Mention excluded = mention(selection.excluded, schema, attribute.name);
  if (excluded.whole) return;
  Json kept = attribute.by_parts ? shown_subs(member.value, attribute, {}, excluded)
              : excluded         ? keep_subs(member.value, excluded.subs, false)
                                 : std::move(member.value);
  if (!is_empty(kept) || !excluded) out.set(member.name, std::move(kept));
}

}  // namespace

bool Selection::wants(std::string_view attribute, bool on_request) const {
  if (!attributes.empty() || on_request) return static_cast<bool>(mention(attributes, "", attribute));
  return !mention(excluded, "", attribute).whole;
}

Selection parse_selection(const Catalogue& catalogue, std::string_view attributes, std::string_view excluded) {
  return {parse_list(catalogue, attributes), parse_list(catalogue, excluded)};
}

Json project(Json resource, const ResourceType& type, const Selection& selection) {
  Object out;
  for (Member& member : *resource.object()) {
    if (!type.is_extension(member.name)) {
      const Attribute* attribute = type.find("", member.name);
      if (attribute != nullptr) move_attribute(member, *attribute, "", selection, out);
      continue;
    }
    const Schema& schema = *type.schema(member.name);
    Object extension;
    for (Member& inner : *member.value.object()) {
      const Attribute* attribute = schema.find(inner.name);
      if (attribute != nullptr) move_attribute(inner, *attribute, schema.id, selection, extension);
    }
    if (!extension.empty()) out.set(schema.id, std::move(extension));
  }
  return out;
}

}  // namespace rosterd::scim
