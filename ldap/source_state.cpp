#include "ldap/source_state.h"

#include "ldap/json.h"
#include "ldap/survey.h"

namespace rosterd::ldap {
namespace {

constexpr Departure kDepartures[] = {Departure::none,     Departure::left_directory, Departure::out_of_scope,
                                     Departure::disabled, Departure::locked,         Departure::expired};

void put(JsonWriter& json, std::string_view name, std::int64_t value) {
  key(json, name);
  json.Int64(value);
}

std::int64_t number(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsInt64() ? found->value.GetInt64() : 0;
}

Departure departure_named(std::string_view name) {
  for (const Departure departure : kDepartures) {
    if (to_string(departure) == name) return departure;
  }
  return Departure::none;
}

}  // namespace

std::string to_json(const SourceState& state) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  key(json, "refused");
  json.StartObject();
  for (const auto& [name, digest] : state.refused) put(json, name, digest);
  json.EndObject();
  if (state.in_step) {
    key(json, "in_step");
    json.StartObject();
    put(json, "digest", state.in_step->digest);
    put(json, "key", state.in_step->key);
    put(json, "at", store::to_millis(state.in_step->at));
    put(json, "change", state.in_step->change);
    put(json, "people", static_cast<std::int64_t>(state.in_step->people));
    put(json, "groups", static_cast<std::int64_t>(state.in_step->groups));
    put(json, "references", static_cast<std::int64_t>(state.in_step->references));
    put(json, "unresolved_members", static_cast<std::int64_t>(state.in_step->unresolved_members));
    json.EndObject();
  }
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

SourceState source_state(std::string_view text) {
  SourceState state;
  const auto json = parse_object(text);
  if (!json) return state;
  const auto refused = json->FindMember("refused");
  if (refused != json->MemberEnd() && refused->value.IsObject()) {
    for (const auto& entry : refused->value.GetObject()) {
      if (entry.value.IsString()) state.refused[entry.name.GetString()] = entry.value.GetString();
    }
  }
  const auto in_step = json->FindMember("in_step");
  if (in_step == json->MemberEnd() || !in_step->value.IsObject() || member(in_step->value, "key").empty()) return state;
  const auto count = [&](const char* name) { return static_cast<std::uint64_t>(number(in_step->value, name)); };
  state.in_step = InStep{std::string(member(in_step->value, "digest")),
                         std::string(member(in_step->value, "key")),
                         store::from_millis(number(in_step->value, "at")),
                         number(in_step->value, "change"),
                         count("people"),
                         count("groups"),
                         count("references"),
                         count("unresolved_members")};
  return state;
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
