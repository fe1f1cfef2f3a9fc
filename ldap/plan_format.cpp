#include "ldap/json.h"
#include "ldap/plan.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

struct Word {
  std::string_view sign;
  std::string_view noun;
  std::string_view summary;  // "3 people to add"
};

Word word_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::add_group:
      return {"+", "group", "groups to add"};
    case ChangeKind::update_group:
      return {"~", "group", "groups to change"};
    case ChangeKind::add_person:
      return {"+", "person", "people to add"};
    case ChangeKind::update_person:
      return {"~", "person", "people to change"};
    case ChangeKind::return_person:
      return {"+", "person", "people to bring back"};
    case ChangeKind::add_member:
      return {"+", "member", "memberships to add"};
    case ChangeKind::remove_member:
      return {"-", "member", "memberships to end"};
    case ChangeKind::block_person:
      return {"-", "person", "people to deactivate"};
    case ChangeKind::hide_group:
      return {"-", "group", "groups to end"};
    case ChangeKind::conflict:
      return {"!", "person", "people set aside"};
  }
  return {};
}

}  // namespace

std::string format_change(const Change& change) {
  const Word word = word_of(change.kind);
  std::string text = std::string(word.sign) + " " + std::string(word.noun) + " ";
  if (!change.name.empty()) text += "\"" + printable(change.name) + "\" ";
  // The keys of a membership help nobody who can read both names.
  if (change.member.empty()) text += "(" + change.key + ")";
  if (!change.member.empty() && change.name.empty()) {
    text += "(" + change.key + (change.member_is_group ? ", group " : ", person ") + change.member + ")";
  }
  while (text.ends_with(' ')) text.pop_back();
  text += ": " + printable(change.reason);
  const std::string_view departure = to_string(change.departure);
  if (!departure.empty() && change.reason.find(departure) == std::string::npos) {
    text.append(" [").append(departure).append("]");
  }
  return text;
}

std::string format_counts(const PlanCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < kChangeKinds; ++i) {
    const auto kind = static_cast<ChangeKind>(i);
    if (counts[kind] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(counts[kind]) + " " + std::string(word_of(kind).summary);
  }
  return text.empty() ? "Nothing to do." : "Plan: " + text + ".";
}

std::string to_json(const Change& change) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "change", to_string(change.kind));
  put(json, "key", change.key);
  if (!change.member.empty()) {
    put(json, "member", change.member);
    put(json, "member_type", change.member_is_group ? "group" : "person");
  }
  put(json, "name", printable(change.name));
  put(json, "reason", change.reason);
  if (change.departure != Departure::none) put(json, "departure", to_string(change.departure));
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string to_json(const PlanCounts& counts) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  for (std::size_t i = 0; i < kChangeKinds; ++i) {
    key(json, to_string(static_cast<ChangeKind>(i)));
    json.Uint64(counts.of[i]);
  }
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace rosterd::ldap
