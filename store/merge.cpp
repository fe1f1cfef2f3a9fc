#include "store/merge.h"

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>

#include "store/clean_text.h"
#include "store/fold.h"

namespace rosterd::store {
namespace {

using rapidjson::Value;

constexpr std::size_t kLargestProfile = 1024 * 1024;
constexpr std::size_t kLongestName = 1024;
constexpr int kDeepest = 64;
constexpr std::array<std::string_view, 6> kNotClaimed = {"id", "meta", "groups", "password", "active", "schemas"};

struct Memory {
  alignas(std::max_align_t) char bytes[8192];
  rapidjson::MemoryPoolAllocator<> pool{bytes, sizeof bytes, sizeof bytes};
};

// An ordinary profile fits into the memory that comes with it.
class Document : private Memory, public rapidjson::Document {
 public:
  Document() : rapidjson::Document(&pool) {}
};

std::string_view view(const Value& text) {
  return {text.GetString(), text.GetStringLength()};
}

int depth_of(std::string_view json) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

// Deep nesting is refused before parsing: values are written and destroyed by recursion.
bool parse(Document& document, std::string_view json) {
  if (depth_of(json) > kDeepest || !is_utf8(json)) return false;
  rapidjson::MemoryStream stream(json.data(), json.size());
  document.ParseStream<rapidjson::kParseIterativeFlag, rapidjson::UTF8<>>(stream);
  return !document.HasParseError() && document.IsObject();
}

std::string write(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

// fold(written) == fold(name), without making either. REQUIRES: `name` is ASCII.
bool is_named(std::string_view written, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const auto same = [&](char one, char other) { return lower(one) == lower(other); };
  if (std::equal(written.begin(), written.end(), name.begin(), name.end(), same)) return true;
  const bool ascii = std::all_of(written.begin(), written.end(), [](unsigned char c) { return c < 0x80; });
  return !ascii && fold(written) == fold(name);
}

const Value* member(const Value& object, std::string_view name) {
  if (!object.IsObject()) return nullptr;
  for (auto it = object.MemberBegin(); it != object.MemberEnd(); ++it)
    if (is_named(view(it->name), name)) return &it->value;
  return nullptr;
}

std::string_view text_of(const Value& object, std::string_view name) {
  const Value* value = member(object, name);
  return value && value->IsString() ? view(*value) : std::string_view{};
}

bool is_empty(const Value& value) {
  return value.IsNull() || (value.IsArray() && value.Empty()) || (value.IsObject() && value.ObjectEmpty());
}

// Folded attribute name → attribute, in order of the names.
using Attributes = std::map<std::string, const Value::Member*>;

Attributes attributes_of(const Value& profile) {
  Attributes all;
  for (auto it = profile.MemberBegin(); it != profile.MemberEnd(); ++it)
    if (!is_empty(it->value)) all.emplace(fold(view(it->name)), &*it);
  return all;
}

struct Parsed {
  std::string source;
  Document document;
  Attributes attributes;
};

const Value::Member* find(const std::deque<Parsed>& claims, std::string_view source, const std::string& name) {
  for (const Parsed& claim : claims) {
    if (claim.source != source) continue;
    const auto found = claim.attributes.find(name);
    if (found != claim.attributes.end()) return found->second;
  }
  return nullptr;
}

const Value::Member* choose(const std::deque<Parsed>& claims, const Authority& folded, const std::string& name) {
  if (const auto owners = folded.find(name); owners != folded.end())
    for (const std::string& source : owners->second)
      if (const auto* found = find(claims, source, name)) return found;
  if (const auto* found = find(claims, "local", name)) return found;
  for (const Parsed& claim : claims)
    if (const auto found = claim.attributes.find(name); found != claim.attributes.end()) return found->second;
  return nullptr;
}

std::string written_name(const Value& profile) {
  const Value* name = member(profile, "name");
  if (!name || !name->IsObject()) return {};
  if (const auto formatted = text_of(*name, "formatted"); !formatted.empty()) return std::string(formatted);
  std::string full(text_of(*name, "givenName"));
  const auto family = text_of(*name, "familyName");
  if (!full.empty() && !family.empty()) full += ' ';
  return full.append(family);
}

bool is_true(const Value* value) {
  return value && ((value->IsBool() && value->GetBool()) || (value->IsString() && fold(view(*value)) == "true"));
}

void read_emails(const Value& profile, Essentials& found) {
  const Value* emails = member(profile, "emails");
  if (!emails || !emails->IsArray()) return;
  int best = 3;  // 0 primary, 1 work, 2 first
  for (const Value& email : emails->GetArray()) {
    const std::string_view address = email.IsString() ? view(email) : text_of(email, "value");
    if (address.empty()) continue;
    found.emails.emplace_back(address);
    const int rank = is_true(member(email, "primary")) ? 0 : fold(text_of(email, "type")) == "work" ? 1 : 2;
    if (rank < best) {
      best = rank;
      found.email = address;
    }
  }
}

Essentials read_essentials(const Value& profile) {
  Essentials found;
  found.user_name = text_of(profile, "userName");
  found.display_name = text_of(profile, "displayName");
  if (found.display_name.empty()) found.display_name = written_name(profile);
  if (found.display_name.empty()) found.display_name = found.user_name;
  read_emails(profile, found);
  if (const Value* client = member(profile, kClientExtension)) found.company = text_of(*client, "company");
  return found;
}

void set_text(Document& document, Value& value, std::string_view text) {
  value.SetString(text.data(), static_cast<rapidjson::SizeType>(text.size()), document.GetAllocator());
}

// Every attribute of that name: profiles compare names without case, and any of them may be the one that is read.
template <class Change>
void for_each(Value& object, std::string_view name, const Change& change) {
  for (auto it = object.MemberBegin(); it != object.MemberEnd(); ++it)
    if (is_named(view(it->name), name)) change(it->value);
}

void strip_controls(Document& document, Value& value) {
  if (value.IsString() && has_controls(view(value))) set_text(document, value, without_controls(view(value)));
}

void clean_names(Document& document) {
  for_each(document, "userName", [&](Value& value) {
    if (value.IsString()) set_text(document, value, std::string(trim(view(value))));
  });
  for_each(document, "displayName", [&](Value& value) { strip_controls(document, value); });
  for_each(document, "name", [&](Value& name) {
    if (!name.IsObject()) return;
    for (auto it = name.MemberBegin(); it != name.MemberEnd(); ++it) strip_controls(document, it->value);
  });
}

// What merge_profiles, and changed_attributes from nothing, come to when nobody else says anything.
void read_alone(const Value& profile, CleanProfile& clean) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  for (const auto& [name, attribute] : attributes_of(profile)) {
    if (name == "roles") continue;
    clean.attributes.emplace_back(view(attribute->name));
    writer.Key(attribute->name.GetString(), attribute->name.GetStringLength());
    attribute->value.Accept(writer);
  }
  writer.EndObject();
  clean.alone.assign(buffer.GetString(), buffer.GetSize());
}

std::optional<CleanProfile> refuse(std::string* why, std::string sentence) {
  if (why) *why = std::move(sentence);
  return std::nullopt;
}

}  // namespace

std::optional<CleanProfile> clean_profile(std::string_view profile, std::string* why) {
  if (profile.size() > kLargestProfile) return refuse(why, "the profile is larger than 1 MiB");
  Document document;
  if (!parse(document, profile)) return refuse(why, "the profile is not a JSON object of at most 64 levels");
  for (auto it = document.MemberBegin(); it != document.MemberEnd();) {
    const auto is_this = [&](std::string_view name) { return is_named(view(it->name), name); };
    it = std::any_of(kNotClaimed.begin(), kNotClaimed.end(), is_this) ? document.EraseMember(it) : it + 1;
  }
  clean_names(document);
  const std::string_view user_name = text_of(document, "userName");
  if (user_name.empty()) return refuse(why, "userName is required");
  if (has_controls(user_name)) return refuse(why, "userName holds control characters");
  if (user_name.size() > kLongestName) return refuse(why, "userName is longer than 1,024 bytes");
  CleanProfile clean{.text = write(document), .names = read_essentials(document), .alone = {}, .attributes = {}};
  read_alone(document, clean);
  return clean;
}

std::string merge_profiles(const std::vector<SourceProfile>& claims, const Authority& authority) {
  std::deque<Parsed> parsed;  // not movable
  std::map<std::string, const Value::Member*> chosen;
  for (const SourceProfile& claim : claims) {
    Parsed& one = parsed.emplace_back();
    one.source = claim.source;
    if (!parse(one.document, claim.profile)) continue;
    one.attributes = attributes_of(one.document);
    for (const auto& [name, attribute] : one.attributes) chosen.emplace(name, nullptr);
  }
  Authority folded;
  for (const auto& [name, sources] : authority) folded.emplace(fold(name), sources);

  Document effective;
  effective.SetObject();
  for (auto& [name, attribute] : chosen) {
    if (name == "roles" || !(attribute = choose(parsed, folded, name))) continue;
    Value key(attribute->name, effective.GetAllocator());
    Value value(attribute->value, effective.GetAllocator());
    effective.AddMember(key, value, effective.GetAllocator());
  }
  return write(effective);
}

std::string overlay(std::string_view profile, std::string_view claim) {
  Document below;
  Document above;
  if (!parse(above, claim)) return std::string(profile);
  if (!parse(below, profile)) return std::string(claim);
  const Attributes own = attributes_of(above);
  for (auto it = below.MemberBegin(); it != below.MemberEnd(); ++it) {
    if (own.contains(fold(view(it->name)))) continue;
    Value key(it->name, above.GetAllocator());
    Value value(it->value, above.GetAllocator());
    above.AddMember(key, value, above.GetAllocator());
  }
  return write(above);
}

Essentials essentials_of(std::string_view profile) {
  Document document;
  if (!parse(document, profile)) return {};
  return read_essentials(document);
}

namespace {

void add_value(const Value& value, const IndexedAttribute& attribute, std::vector<std::string>& values) {
  if (value.IsObject()) {
    const Value* inner = member(value, attribute.sub.empty() ? "value" : std::string_view(attribute.sub));
    if (inner != nullptr && !inner->IsObject()) add_value(*inner, attribute, values);
  } else if (value.IsArray()) {
    for (const Value& element : value.GetArray()) add_value(element, attribute, values);
  } else if (value.IsString()) {
    if (value.GetStringLength() > 0)
      values.push_back(attribute.case_exact ? std::string(view(value)) : fold(view(value)));
  } else if (!value.IsNull()) {
    values.push_back(write(value));
  }
}

}  // namespace

std::vector<std::string> values_at(std::string_view profile, const IndexedAttribute& attribute) {
  std::vector<std::string> values;
  Document document;
  if (!parse(document, profile)) return values;
  const Value* held = attribute.schema.empty() ? &document : member(document, attribute.schema);
  if (held != nullptr) held = member(*held, attribute.name);
  if (held != nullptr) add_value(*held, attribute, values);
  return values;
}

bool same_profile(std::string_view one, std::string_view other) {
  if (one == other) return true;
  Document first;
  Document second;
  const Value& left = first;
  return parse(first, one) && parse(second, other) && left == second;
}

std::vector<std::string> changed_attributes(std::string_view before, std::string_view after) {
  Document first;
  Document second;
  std::vector<std::string> changed;
  if (!parse(first, before) || !parse(second, after)) return changed;
  const Attributes old_ones = attributes_of(first);
  const Attributes new_ones = attributes_of(second);
  for (const auto& [name, attribute] : new_ones) {
    const auto known = old_ones.find(name);
    if (known == old_ones.end() || known->second->value != attribute->value)
      changed.emplace_back(view(attribute->name));
  }
  for (const auto& [name, attribute] : old_ones)
    if (!new_ones.contains(name)) changed.emplace_back(view(attribute->name));
  return changed;
}

}  // namespace rosterd::store
