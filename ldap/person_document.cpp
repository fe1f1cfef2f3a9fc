#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "ldap/json.h"
#include "ldap/mapping.h"
#include "ldap/mapping_table.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

void write_texts(JsonWriter& json, const MappedPerson& person, Shape shape) {
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    if (kTargets[i].shape != shape || person.texts[i].empty()) continue;
    put(json, kTargets[i].member, person.texts[i]);
  }
}

bool has(const MappedPerson& person, Shape shape) {
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    if (kTargets[i].shape == shape && !person.texts[i].empty()) return true;
  }
  return false;
}

void write_mails(JsonWriter& json, const MappedPerson& person) {
  if (person.mails.empty()) return;
  key(json, "emails");
  json.StartArray();
  for (std::size_t i = 0; i < person.mails.size(); ++i) {
    json.StartObject();
    put(json, "value", person.mails[i]);
    put(json, "type", "work");
    if (i == 0) {
      key(json, "primary");
      json.Bool(true);
    }
    json.EndObject();
  }
  json.EndArray();
}

void write_phones(JsonWriter& json, const MappedPerson& person) {
  if (person.phones.empty()) return;
  key(json, "phoneNumbers");
  json.StartArray();
  for (const auto& [number, type] : person.phones) {
    json.StartObject();
    put(json, "value", number);
    put(json, "type", type);
    json.EndObject();
  }
  json.EndArray();
}

void write_enterprise(JsonWriter& json, const MappedPerson& person) {
  if (!has(person, Shape::enterprise) && !has(person, Shape::manager)) return;
  key(json, kEnterprise);
  json.StartObject();
  write_texts(json, person, Shape::enterprise);
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    if (kTargets[i].shape != Shape::manager || person.texts[i].empty()) continue;
    key(json, "manager");
    json.StartObject();
    put(json, "value", person.texts[i]);
    json.EndObject();
  }
  json.EndObject();
}

std::string profile_of(const MappedPerson& person) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  write_texts(json, person, Shape::text);
  if (has(person, Shape::name)) {
    key(json, "name");
    json.StartObject();
    write_texts(json, person, Shape::name);
    json.EndObject();
  }
  write_mails(json, person);
  write_phones(json, person);
  write_enterprise(json, person);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

PersonDocument facts_in(const rapidjson::Value& json) {
  PersonDocument document;
  document.dn = member(json, "dn");
  document.user_name = member(json, "user_name");
  document.display_name = member(json, "display_name");
  document.kind = member(json, "kind") == "client" ? store::Kind::client : store::Kind::staff;
  document.state = state_in(member(json, "state")).value_or(AccountState::active);
  document.reason = member(json, "reason");
  const auto expires = json.FindMember("expires");
  if (expires != json.MemberEnd() && expires->value.IsInt64()) {
    document.expires = store::from_millis(expires->value.GetInt64());
  }
  return document;
}

}  // namespace

PersonDocument MappedPerson::document() const {
  return {std::string(raw_dn),
          std::string(texts[kUserName]),
          std::string(texts[kDisplayName]),
          kind,
          account.state,
          account.reason,
          account.expires,
          profile_of(*this)};
}

std::string to_json(const PersonDocument& document) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "dn", document.dn);
  put(json, "user_name", document.user_name);
  put(json, "display_name", document.display_name);
  put(json, "kind", document.kind == store::Kind::client ? "client" : "staff");
  put(json, "state", std::string_view(reinterpret_cast<const char*>(&document.state), 1));
  put(json, "reason", document.reason);
  if (document.expires) {
    key(json, "expires");
    json.Int64(store::to_millis(*document.expires));
  }
  key(json, "profile");
  json.RawValue(document.profile.data(), document.profile.size(), rapidjson::kObjectType);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::optional<PersonDocument> person_facts(std::string_view text) {
  const auto json = parse_object(text);
  if (!json || !json->HasMember("profile")) return std::nullopt;
  return facts_in(*json);
}

std::optional<PersonDocument> person_document(std::string_view text) {
  const auto json = parse_object(text);
  if (!json || !json->HasMember("profile")) return std::nullopt;
  PersonDocument document = facts_in(*json);
  document.profile = write((*json)["profile"]);
  return document;
}

std::string keep_primary_mail(std::string profile, std::string_view present) {
  auto json = parse_object(profile);
  if (!json || present.empty()) return profile;
  const auto mails = json->FindMember("emails");
  if (mails == json->MemberEnd() || !mails->value.IsArray()) return profile;
  const std::string wanted = fold(present);
  bool listed = false;
  for (const auto& mail : mails->value.GetArray()) listed = listed || fold(member(mail, "value")) == wanted;
  if (!listed) return profile;
  for (auto& mail : mails->value.GetArray()) {
    mail.RemoveMember("primary");
    if (fold(member(mail, "value")) == wanted) mail.AddMember("primary", true, json->GetAllocator());
  }
  return write(*json);
}

}  // namespace rosterd::ldap
