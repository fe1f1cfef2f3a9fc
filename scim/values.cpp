#include "scim/values.h"

#include <algorithm>
#include <cmath>

#include "scim/datetime.h"
#include "scim/evaluate.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

Error wrong(const Attribute& attribute, std::string_view why) {
  return Error::invalid_value("the value of " + attribute.name + " " + std::string(why));
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 7643 section 2.3.4: no fraction, no exponent.
bool is_integer(const Number& number) {
  return number.text.find_first_of(".eE") == std::string::npos && to_integer(number).has_value();
}

bool is_decimal(const Number& number) {
  const auto value = to_double(number);
  return value && std::isfinite(*value);
}

// A number that came as a string, when the string is nothing else.
const Number* number_of(const Json& value, Json& parsed) {
  if (const Number* number = value.number()) return number;
  if (value.string() == nullptr || value.string()->size() > 64) return nullptr;
  auto read = parse_json(*value.string());
  if (Json* json = std::get_if<Json>(&read)) parsed = std::move(*json);
  return parsed.number();
}

Result<Json> coerce_number(const Attribute& attribute, const Json& value, Notes& notes) {
  if (is_empty_text(value)) return empty_text(attribute, notes, false);
  Json parsed;
  const Number* number = number_of(value, parsed);
  const bool whole = attribute.type == Type::integer;
  if (number == nullptr || (value.number() == nullptr && !notes.use(Habit::numbers_for_text, attribute.name)))
    return wrong(attribute, whole ? "must be an integer" : "must be a number");
  if (whole && !is_integer(*number)) return wrong(attribute, "must be an integer");
  if (!whole && !is_decimal(*number)) return wrong(attribute, "is out of range");
  return whole ? Json(*to_integer(*number)) : Json(*number);
}

Result<Json> coerce_boolean(const Attribute& attribute, const Json& value, Notes& notes) {
  if (is_empty_text(value)) return empty_text(attribute, notes, false);
  const auto boolean = to_boolean(value);
  if (!boolean || (value.boolean() == nullptr && !notes.use(Habit::booleans_as_text, attribute.name)))
    return wrong(attribute, "must be true or false");
  return Json(*boolean);
}

Check check_form(const Attribute& attribute, const std::string& text) {
  if (attribute.type == Type::date_time && !parse_date_time(text)) return wrong(attribute, "must be a date and time");
  if (attribute.type == Type::binary && !is_base64(text)) return wrong(attribute, "must be base64");
  if (attribute.type == Type::reference && !is_uri(text)) return wrong(attribute, "must be a URI");
  return Done{};
}

// RFC 7643 section 7: canonical values are suggestions unless the service provider restricts to them.
Check check_canonical(const Attribute& attribute, const std::string& text) {
  if (!attribute.restricted) return Done{};
  const bool known = std::any_of(
      attribute.canonical_values.begin(), attribute.canonical_values.end(),
      [&](const std::string& one) { return one == text || (!attribute.case_exact && fold(one) == fold(text)); });
  return known ? Check(Done{}) : Check(wrong(attribute, "is none of its canonical values"));
}

Result<Json> coerce_text(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits) {
  const Number* number = attribute.type == Type::string ? value.number() : nullptr;
  if (number != nullptr && !notes.use(Habit::numbers_for_text, attribute.name)) number = nullptr;
  if (number == nullptr && value.string() == nullptr) return wrong(attribute, "must be a string");
  const std::string& text = number != nullptr ? number->text : *value.string();
  if (text.size() > limits.max_text) return wrong(attribute, "is too long");
  if (text.empty()) return empty_text(attribute, notes, attribute.type == Type::string);
  if (Check checked = check_form(attribute, text); !checked) return checked.error();
  if (Check checked = check_canonical(attribute, text); !checked) return checked.error();
  return Json(text);
}

}  // namespace

bool is_empty_text(const Json& value) {
  return value.string() != nullptr && value.string()->empty();
}

Result<Json> empty_text(const Attribute& attribute, Notes& notes, bool is_value) {
  if (notes.use(Habit::empty_text_clears, attribute.name)) return Json();
  return is_value ? Result<Json>(Json("")) : wrong(attribute, "is an empty text");
}

Result<Json> coerce_simple(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits) {
  switch (attribute.type) {
    case Type::boolean:
      return coerce_boolean(attribute, value, notes);
    case Type::integer:
    case Type::decimal:
      return coerce_number(attribute, value, notes);
    default:
      return coerce_text(attribute, value, notes, limits);
  }
}

bool is_base64(std::string_view text) {
  const std::size_t end = std::min(text.find('='), text.size());
  const std::string_view digits = text.substr(0, end);
  const std::string_view padding = text.substr(end);
  const auto only = [&](std::string_view two) {
    return std::all_of(digits.begin(), digits.end(),
                       [&](char c) { return is_alphanumeric(c) || two.find(c) != std::string_view::npos; });
  };
  if (digits.size() % 4 == 1 || !(only("+/") || only("-_"))) return false;
  if (padding.empty()) return true;
  return padding.find_first_not_of('=') == std::string_view::npos && padding.size() <= 2 && text.size() % 4 == 0;
}

bool is_uri(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= 0x20 || c == 0x7f || std::string_view("\"<>\\^`{|}").find(text[i]) != std::string_view::npos) return false;
    if (c == '%' && (i + 2 >= text.size() || !is_hexadecimal(text[i + 1]) || !is_hexadecimal(text[i + 2])))
      return false;
  }
  return !text.empty();
}

bool is_same_value(const Attribute& attribute, const Json& one, const Json& other) {
  if (one == other) return true;
  const std::string* a = one.string();
  const std::string* b = other.string();
  if (a == nullptr || b == nullptr) return false;
  if (attribute.type == Type::date_time) {
    const auto x = parse_date_time(*a), y = parse_date_time(*b);
    return x && y && *x == *y;
  }
  return !attribute.case_exact && fold(*a) == fold(*b);
}

}  // namespace rosterd::scim
