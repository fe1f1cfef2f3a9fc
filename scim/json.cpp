#include "scim/json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "scim/text.h"
#include "store/fold.h"

namespace rosterd::scim {
namespace {

// Builds the value from SAX events; returning false stops the parser.
class Builder {
 public:
  explicit Builder(std::size_t max_depth) : max_depth_(max_depth) {}

  bool Null() { return put(Json()); }
  bool Bool(bool value) { return put(Json(value)); }
  bool Int(int value) { return put(Json(value)); }
  bool Uint(unsigned value) { return put(Json(static_cast<std::int64_t>(value))); }
  bool Int64(std::int64_t value) { return put(Json(value)); }
  bool Uint64(std::uint64_t value) { return put(Json(Number{std::to_string(value)})); }
  bool Double(double value) { return put(Json(Number{std::to_string(value)})); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return put(Json(Number{std::string(text, length)}));
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    const std::string_view view(text, length);
    return is_clean(view) && put(Json(view));
  }
  bool StartObject() { return open(Json(Object())); }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    frames_.back().key.assign(text, length);
    return is_clean(frames_.back().key);
  }
  bool EndObject(rapidjson::SizeType) {
    Object object = make_object(taken(members_));
    if (has_repeated_name(object)) return refuse("a member name is repeated");
    frames_.pop_back();
    return put(Json(std::move(object)));
  }
  bool StartArray() { return open(Json(Array())); }
  bool EndArray(rapidjson::SizeType) {
    Json value(taken(elements_));
    frames_.pop_back();
    return put(std::move(value));
  }

  Json take() { return std::move(root_); }
  const std::string& refusal() const { return refusal_; }

 private:
  struct Frame {
    bool is_array = false;
    std::size_t start = 0;  // of what it holds so far, at the end of members_ or elements_
    std::string key = {};
  };

  // Exactly as large as what is in it: nothing grows, and many small values cost no more than they have to.
  template <class T>
  std::vector<T> taken(std::vector<T>& all) const {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(frames_.back().start);
    std::vector<T> own(std::make_move_iterator(begin), std::make_move_iterator(all.end()));
    all.erase(begin, all.end());
    return own;
  }

  static bool has_repeated_name(const Object& object) {
    if (object.size() <= kFewNames) {
      for (auto one = object.begin(); one != object.end(); ++one)
        if (std::any_of(object.begin(), one, [&](const Member& other) { return iequals(other.name, one->name); }))
          return true;
      return false;
    }
    std::vector<std::string> names;
    names.reserve(object.size());
    for (const Member& member : object) names.push_back(to_lower(member.name));
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  // The parser has checked the bytes, but it also takes the escape of a low surrogate that stands alone.
  bool is_clean(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return refuse("the character U+0000 is not allowed");
    return store::is_utf8(text) || refuse("a surrogate stands alone");
  }

  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }

  bool open(const Json& container) {
    if (frames_.size() >= max_depth_) return refuse("nested too deeply");
    const bool is_array = container.array() != nullptr;
    frames_.push_back({is_array, is_array ? elements_.size() : members_.size()});
    return true;
  }

  bool put(Json value) {
    if (frames_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Frame& top = frames_.back();
    if (top.is_array) {
      elements_.push_back(std::move(value));
    } else {
      members_.push_back(Member{std::move(top.key), std::move(value)});
    }
    return true;
  }

  static constexpr std::size_t kFewNames = 20;  // compared with each other without copies
  std::size_t max_depth_;
  std::vector<Frame> frames_;
  std::vector<Member> members_;
  Array elements_;
  Json root_;
  std::string refusal_;
};

template <unsigned kFlags>
rapidjson::ParseResult read(std::string_view text, Builder& builder) {
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
  rapidjson::Reader reader;
  return reader.Parse<kFlags | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(stream, builder);
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(Writer& writer, const Json& value) {
  if (const auto* boolean = value.boolean()) {
    writer.Bool(*boolean);
  } else if (const auto* number = value.number()) {
    writer.RawValue(number->text.data(), number->text.size(), rapidjson::kNumberType);
  } else if (const auto* string = value.string()) {
    writer.String(string->data(), static_cast<rapidjson::SizeType>(string->size()));
  } else if (const auto* array = value.array()) {
    writer.StartArray();
    for (const Json& element : *array) write(writer, element);
    writer.EndArray();
  } else if (const auto* object = value.object()) {
    writer.StartObject();
    for (const Member& member : *object) {
      writer.Key(member.name.data(), static_cast<rapidjson::SizeType>(member.name.size()));
      write(writer, member.value);
    }
    writer.EndObject();
  } else {
    writer.Null();
  }
}

}  // namespace

Object::Object() = default;
Object::Object(const Object& other) = default;
Object::Object(Object&& other) noexcept = default;
Object& Object::operator=(const Object& other) = default;
Object& Object::operator=(Object&& other) noexcept = default;
Object::~Object() = default;

Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

const Json* Object::find(std::string_view name) const {
  const auto it =
      std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return iequals(member.name, name); });
  return it == members_.end() ? nullptr : &it->value;
}

Json* Object::find(std::string_view name) {
  return const_cast<Json*>(std::as_const(*this).find(name));
}

Json& Object::set(std::string_view name, Json value) {
  if (Json* found = find(name)) return *found = std::move(value);
  return members_.emplace_back(Member{std::string(name), std::move(value)}).value;
}

bool Object::erase(std::string_view name) {
  return std::erase_if(members_, [&](const Member& member) { return iequals(member.name, name); }) > 0;
}

bool Object::empty() const {
  return members_.empty();
}
std::size_t Object::size() const {
  return members_.size();
}
std::vector<Member>::const_iterator Object::begin() const {
  return members_.begin();
}
std::vector<Member>::const_iterator Object::end() const {
  return members_.end();
}
std::vector<Member>::iterator Object::begin() {
  return members_.begin();
}
std::vector<Member>::iterator Object::end() {
  return members_.end();
}

const Json* Json::find(std::string_view name) const {
  const Object* members = object();
  return members == nullptr ? nullptr : members->find(name);
}

std::string_view Json::string_or(std::string_view otherwise) const {
  const std::string* text = string();
  return text == nullptr ? otherwise : std::string_view(*text);
}

Object make_object(std::vector<Member> members) {
  Object object;
  object.members_ = std::move(members);
  return object;
}

std::variant<Json, JsonFailure> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.max_bytes) {
    return JsonFailure{"longer than the limit of " + std::to_string(limits.max_bytes) + " bytes", limits.max_bytes};
  }
  Builder builder(limits.max_depth);
  // The bytes of good text are looked at once; what is wrong with others is the slower reader's to say.
  const rapidjson::ParseResult result = store::is_utf8(text)
                                            ? read<rapidjson::kParseDefaultFlags>(text, builder)
                                            : read<rapidjson::kParseValidateEncodingFlag>(text, builder);
  if (result.IsError()) {
    std::string why = builder.refusal().empty() ? rapidjson::GetParseError_En(result.Code()) : builder.refusal();
    return JsonFailure{std::move(why), result.Offset()};
  }
  return builder.take();
}

std::string write_json(const Json& value) {
  rapidjson::StringBuffer buffer(nullptr, 1024);
  Writer writer(buffer);
  write(writer, value);
  return {buffer.GetString(), buffer.GetSize()};
}

void append_json(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // begins what is not yet in `out`
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text.substr(plain, i - plain)).append("\\");
    plain = i + 1;
    constexpr std::string_view kLetters = "\bb\ff\nn\rr\tt\"\"\\\\";
    if (const std::size_t at = kLetters.find(text[i]); at != std::string_view::npos && (at % 2 == 0 || byte >= 0x20))
      out += kLetters[at % 2 == 0 ? at + 1 : at];
    else
      out.append("u00").append(1, "01"[byte >> 4]).append(1, "0123456789ABCDEF"[byte & 15]);
  }
  out.append(text.substr(plain)) += '"';
}

std::optional<std::int64_t> to_integer(const Number& number) {
  std::int64_t value = 0;
  const char* end = number.text.data() + number.text.size();
  const auto [stop, error] = std::from_chars(number.text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> to_double(const Number& number) {
  double value = 0;
  const char* end = number.text.data() + number.text.size();
  const auto [stop, error] = std::from_chars(number.text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool operator==(const Json& a, const Json& b) {
  if (const auto* x = a.number(), *y = b.number(); x != nullptr && y != nullptr) {
    return x->text == y->text || (to_double(*x) && to_double(*x) == to_double(*y));
  }
  if (const auto* x = a.object(), *y = b.object(); x != nullptr && y != nullptr) {
    return x->size() == y->size() && std::all_of(x->begin(), x->end(), [&](const Member& member) {
             const Json* other = y->find(member.name);
             return other != nullptr && member.value == *other;
           });
  }
  if (const auto* x = a.array(), *y = b.array(); x != nullptr && y != nullptr) {
    return std::equal(x->begin(), x->end(), y->begin(), y->end());
  }
  if (const auto* x = a.string(), *y = b.string(); x != nullptr && y != nullptr) return *x == *y;
  if (const auto* x = a.boolean(), *y = b.boolean(); x != nullptr && y != nullptr) return *x == *y;
  return a.is_null() && b.is_null();
}

}  // namespace rosterd::scim
