#include "scim/group_resource.h"

#include "scim/reply.h"

namespace rosterd::scim {
namespace {

Json render_members(const Call& call, const store::View& view, store::GroupId group) {
  Array members;
  store::each_member(view, group, [&](const store::MemberRow& row) {
    const bool is_user = std::holds_alternative<store::UserId>(row.member);
    const ResourceType& type = call.context.catalogue.type(is_user ? Resource::user : Resource::group);
    Object entry;
    entry.set("value", row.id);
    entry.set("$ref", call.context.base_url + type.endpoint + "/" + row.id);
    entry.set("type", type.name);
    if (!row.display_name.empty()) entry.set("display", row.display_name);
    members.push_back(std::move(entry));
    return members.size() <= call.context.limits.max_members;
  });
  return members;
}

// Those that are still defined.
Object parse_extensions(const std::string& document, const ResourceType& type) {
  Object out;
  if (document == "{}") return out;
  auto parsed = parse_json(document);
  Json* value = std::get_if<Json>(&parsed);
  if (value == nullptr || value->object() == nullptr) return out;
  for (Member& member : *value->object())
    if (type.is_extension(member.name)) out.set(type.schema(member.name)->id, std::move(member.value));
  return out;
}

}  // namespace

Json render_group(const Call& call, const store::View& view, const store::Group& group, bool members) {
  const ResourceType& type = call.context.catalogue.group();
  Object extensions = parse_extensions(group.document, type);
  Array schemas = {Json(kGroupSchema)};
  for (const Member& extension : extensions) schemas.push_back(Json(extension.name));
  Object out;
  out.set("schemas", std::move(schemas));
  out.set("id", group.id);
  if (group.source_key) out.set("externalId", *group.source_key);
  out.set("displayName", group.display_name);
  if (members) out.set("members", render_members(call, view, group.key));
  for (Member& extension : extensions) out.set(extension.name, std::move(extension.value));
  out.set("meta",
          make_meta(call, call.context.catalogue.group(), group.id, group.version, group.created, group.modified));
  return out;
}

Check check_members(const Call& call, const Json& group) {
  const Json* members = group.find("members");
  const std::size_t limit = call.context.limits.max_members;
  if (members == nullptr || members->array()->size() <= limit) return Done{};
  const std::string id(group.find("id")->string_or(""));
  return Error::too_many("group " + id + " has more than " + std::to_string(limit) +
                         " members: ask with excludedAttributes=members, and for its people page by page with "
                         "/Users?filter=groups.value eq \"" +
                         id + "\"");
}

}  // namespace rosterd::scim
