// JSON as values. Parsing is iterative and bounded, so no input can exhaust the stack; numbers keep their text, so
// that large integers and doubles go back out unchanged; members keep their order. Lookup ignores case, as SCIM
// attribute names do (RFC 7643 section 2.1). Values are plain data: one thread per object, copies are deep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rosterd::scim {

class Json;
struct Member;

struct Number {
  std::string text;  // as it stood in the JSON text
};

using Array = std::vector<Json>;

class Object {
 public:
  // Out of line, because Member is not complete yet.
  Object();
  Object(const Object& other);
  Object(Object&& other) noexcept;
  Object& operator=(const Object& other);
  Object& operator=(Object&& other) noexcept;
  ~Object();

  const Json* find(std::string_view name) const;
  Json* find(std::string_view name);
  // Replaces the value of the member whose name matches without case, keeping its spelling, or appends.
  Json& set(std::string_view name, Json value);
  bool erase(std::string_view name);

  bool empty() const;
  std::size_t size() const;
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;
  std::vector<Member>::iterator begin();
  std::vector<Member>::iterator end();

 private:
  friend Object make_object(std::vector<Member> members);
  std::vector<Member> members_;
};

class Json {
 public:
  Json() = default;
  // Out of line: g++ 12 sees uninitialised values in the inlined variant where there are none.
  [[gnu::noinline]] Json(const Json& other);
  [[gnu::noinline]] Json(Json&& other) noexcept;
  [[gnu::noinline]] Json& operator=(const Json& other);
  [[gnu::noinline]] Json& operator=(Json&& other) noexcept;
  [[gnu::noinline]] ~Json();
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(std::int64_t value) : value_(Number{std::to_string(value)}) {}
  Json(int value) : value_(Number{std::to_string(value)}) {}
  Json(std::size_t value) : value_(Number{std::to_string(value)}) {}
  Json(Number value) : value_(std::move(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const Number* number() const { return std::get_if<Number>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Array* array() { return std::get_if<Array>(&value_); }
  Object* object() { return std::get_if<Object>(&value_); }

  // Shorthand for an object's member; null when this is no object or has no such member.
  const Json* find(std::string_view name) const;
  std::string_view string_or(std::string_view otherwise) const;

 private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

struct Member {
  std::string name;
  Json value;
};

Object make_object(std::vector<Member> members);

struct JsonLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_depth = 64;
};

struct JsonFailure {
  std::string message;  // never quotes the input
  std::size_t offset = 0;
};

// Strict RFC 8259 text in valid UTF-8. Refuses a repeated member name (also when only its case differs) and U+0000.
std::variant<Json, JsonFailure> parse_json(std::string_view text, JsonLimits limits = {});
std::string write_json(const Json& value);
// Appends what write_json() makes of a string.
void append_json(std::string& out, std::string_view text);

// Deep equality; member order and the case of member names do not matter, numbers compare by value.
bool operator==(const Json& a, const Json& b);

// The numeric value, when the text is one that the type can hold.
std::optional<std::int64_t> to_integer(const Number& number);
std::optional<double> to_double(const Number& number);

}  // namespace rosterd::scim
