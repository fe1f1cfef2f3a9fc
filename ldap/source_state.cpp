#include "ldap/source_state.h"

#include "ldap/json.h"
#include "ldap/survey.h"

namespace rosterd::ldap {
namespace {

constexpr Departure kDepartures[] = {Departure::none,     Departure::left_directory, Departure::out_of_scope,
                                     Departure::disabled, Departure::locked,         Departure::expired};

Departure departure_named(std::string_view name) {
  for (const Departure departure : kDepartures) {
    if (to_string(departure) == name) return departure;
  }
  return Departure::none;
}

}  // namespace

std::string state_with(const Refusals& refusals) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  key(json, "refused");
  json.StartObject();
  for (const auto& [name, digest] : refusals) put(json, name, digest);
  json.EndObject();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Refusals refusals_in(std::string_view state) {
  Refusals refusals;
  const auto json = parse_object(state);
  if (!json) return refusals;
  const auto found = json->FindMember("refused");
  if (found == json->MemberEnd() || !found->value.IsObject()) return refusals;
  for (const auto& entry : found->value.GetObject()) {
    if (entry.value.IsString()) refusals[entry.name.GetString()] = entry.value.GetString();
  }
  return refusals;
}

store::HoldItem hold_item(const Change& removal) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "key", removal.key);
  put(json, "member", removal.member);
  key(json, "member_is_group");
  json.Bool(removal.member_is_group);
  put(json, "departure", to_string(removal.departure));
  put(json, "reason", removal.reason);
  put(json, "name", removal.name);
  put(json, "after", removal.after);
  put(json, "document", removal.document);
  json.EndObject();
  store::HoldItem item;
  item.kind = to_string(removal.kind);
  item.subject = subject_of(removal);
  item.digest = removal.before;
  item.detail.assign(buffer.GetString(), buffer.GetSize());
  item.text = format_change(removal);
  return item;
}

std::optional<Change> change_of(const store::HoldItem& item) {
  const auto json = parse_object(item.detail);
  if (!json) return std::nullopt;
  Change change;
  for (const ChangeKind kind : {ChangeKind::block_person, ChangeKind::hide_group, ChangeKind::remove_member}) {
    if (to_string(kind) == item.kind) change.kind = kind;
  }
  if (!is_removal(change.kind)) return std::nullopt;
  change.key = member(*json, "key");
  change.member = member(*json, "member");
  const auto group = json->FindMember("member_is_group");
  change.member_is_group = group != json->MemberEnd() && group->value.IsBool() && group->value.GetBool();
  change.departure = departure_named(member(*json, "departure"));
  change.reason = member(*json, "reason");
  change.name = member(*json, "name");
  change.before = item.digest;
  change.after = member(*json, "after");
  change.document = member(*json, "document");
  return change;
}

}  // namespace rosterd::ldap
