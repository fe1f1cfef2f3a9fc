// The little JSON that this folder writes and reads back: documents of staging and holds. Only for its .cpp files.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <optional>
#include <string>
#include <string_view>

namespace rosterd::ldap {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

inline void key(JsonWriter& json, std::string_view name) {
  json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
}

inline void put(JsonWriter& json, std::string_view name, std::string_view value) {
  key(json, name);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// Iterative: what we wrote is flat, but what is read back need not be what we wrote.
inline std::optional<rapidjson::Document> parse_object(std::string_view text) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject()) return std::nullopt;
  return json;
}

// The text of a member, or an empty view.
inline std::string_view member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject()) return {};
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

inline std::string write(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  value.Accept(json);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace rosterd::ldap
