#include "daemon/config/convert.h"

#include <algorithm>
#include <cstdio>

namespace rosterd::config {
namespace {

constexpr std::size_t kMaxString = 4096;
constexpr std::size_t kMaxList = 1000;

Converted wrong(const toml::node& node, std::string message) {
  return {.value = std::nullopt, .wrong = {position_of(node.source()), std::move(message)}};
}

Converted expected(const Option& option, const toml::node& node) {
  return wrong(node, "must be " + std::string{type_name(option.type)});
}

std::string out_of_range(const Option& option, std::int64_t value) {
  if (value >= option.min && value <= option.max) return "";
  const auto print = [&](std::int64_t bound) {
    if (option.type == Type::duration) return print_duration(Duration{bound});
    return option.type == Type::size ? print_size(bound) : std::to_string(bound);
  };
  if (option.max == std::numeric_limits<std::int64_t>::max()) return "must be at least " + print(option.min);
  return "must be between " + print(option.min) + " and " + print(option.max);
}

std::string bad_string(const std::string& text) {
  if (text.size() > kMaxString) return "is longer than 4096 bytes";
  const bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return control ? "must not hold control characters" : "";
}

Converted number(const Option& option, const toml::node& node, std::optional<std::int64_t> value) {
  if (!value) return expected(option, node);
  const std::string error = out_of_range(option, *value);
  if (!error.empty()) return wrong(node, error);
  if (option.type == Type::duration) return {.value = Value{Duration{*value}}};
  return {.value = Value{*value}};
}

Converted choice(const Option& option, const toml::node& node, const std::string& text) {
  const auto found = std::find(option.choices.begin(), option.choices.end(), text);
  if (found != option.choices.end()) return {.value = Value{std::int64_t{found - option.choices.begin()}}};
  std::string message = "must be ";
  for (std::size_t i = 0; i < option.choices.size(); ++i) {
    message += (i == 0 ? "" : i + 1 == option.choices.size() ? " or " : ", ") + ("\"" + option.choices[i] + "\"");
  }
  if (const auto guess = nearest(text, option.choices)) message += "; did you mean \"" + *guess + "\"?";
  return wrong(node, message);
}

Converted from_text(const Option& option, const toml::node& node) {
  const auto* string = node.as_string();
  if (string == nullptr) return option.type == Type::choice ? choice(option, node, "") : expected(option, node);
  const std::string& text = string->get();
  if (const std::string error = bad_string(text); !error.empty()) return wrong(node, error);
  switch (option.type) {
    case Type::choice:
      return choice(option, node, text);
    case Type::size:
      return number(option, node, parse_size(text));
    case Type::duration: {
      const auto duration = parse_duration(text);
      return number(option, node, duration ? std::optional{std::int64_t{duration->count()}} : std::nullopt);
    }
    case Type::url: {
      const auto url = parse_http_url(text);
      return url ? Converted{.value = Value{*url}} : expected(option, node);
    }
    case Type::path:
      if (text.empty() || text.front() != '/') return expected(option, node);
      break;
    default:
      break;
  }
  if (option.check != nullptr) {
    if (const std::string error = option.check(text); !error.empty()) return wrong(node, error);
  }
  return {.value = Value{text}};
}

std::string list_length(const Option& option, std::size_t size) {
  const auto most = std::min<std::int64_t>(option.max, kMaxList);
  const auto length = static_cast<std::int64_t>(size);
  if (length < option.min) return option.min == 1 ? "must not be empty" : "has too few elements";
  return length > most ? "has more than " + std::to_string(most) + " elements" : "";
}

Converted text_list(const Option& option, const toml::node& node) {
  Option element = option;
  element.type = Type::text;
  Strings list;
  const auto* array = node.as_array();
  if (array == nullptr) {
    if (!node.is_string()) return expected(option, node);
    Converted one = from_text(element, node);
    if (!one.value) return one;
    list.push_back(std::get<std::string>(*one.value));
    return {.value = Value{std::move(list)}};
  }
  if (const std::string error = list_length(option, array->size()); !error.empty()) return wrong(node, error);
  for (const toml::node& item : *array) {
    Converted one = from_text(element, item);
    if (!one.value) return one;
    list.push_back(std::get<std::string>(std::move(*one.value)));
  }
  return {.value = Value{std::move(list)}};
}

Converted listen_list(const Option& option, const toml::node& node) {
  Option plain = option;
  plain.type = Type::text_list;
  Converted texts = text_list(plain, node);
  if (!texts.value) return texts;
  std::vector<Listen> list;
  for (const std::string& text : std::get<Strings>(*texts.value)) {
    const auto listen = parse_listen(text);
    if (!listen) {
      return wrong(node, "\"" + shown(text) +
                             "\" is none of \"127.0.0.1:8380\", \"[::1]:8380\", \"tls:0.0.0.0:8443\", \"unix:/path\"");
    }
    const auto same_place = [&](Listen other) {
      if (other.port != 0) other.tls = listen->tls;
      return other == *listen;
    };
    if (std::any_of(list.begin(), list.end(), same_place)) return wrong(node, "names \"" + text + "\" twice");
    list.push_back(*listen);
  }
  return {.value = Value{std::move(list)}};
}

Converted text_map(const Option& option, const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return expected(option, node);
  if (table->size() > kMaxList) return wrong(node, "has more than 1000 entries");
  Option element = option;
  element.type = Type::text;
  Map map;
  for (const auto& [key, item] : *table) {
    Converted one = from_text(element, item);
    if (!one.value) return one;
    map[std::string{key.str()}] = std::get<std::string>(std::move(*one.value));
  }
  return {.value = Value{std::move(map)}};
}

std::string toml_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

template <class List, class Print>
std::string joined(const List& list, Print print, const char* open, const char* close) {
  std::string result = open;
  for (const auto& item : list) result += (result.size() > 1 ? ", " : "") + print(item);
  return result + close;
}

}  // namespace

Position position_of(const toml::source_region& region) {
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 80)) {
    const auto byte = static_cast<unsigned char>(c);
    char buffer[8];
    if (byte >= 0x20 && byte != 0x7f) {
      result += c;
    } else {
      std::snprintf(buffer, sizeof buffer, "\\x%02X", byte);
      result += buffer;
    }
  }
  return text.size() > 80 ? result + "…" : result;
}

Converted convert(const Option& option, const toml::node& node) {
  switch (option.type) {
    case Type::boolean: {
      const auto* flag = node.as_boolean();
      return flag == nullptr ? expected(option, node) : Converted{.value = Value{flag->get()}};
    }
    case Type::integer: {
      const auto* integer = node.as_integer();
      return number(option, node, integer == nullptr ? std::nullopt : std::optional{integer->get()});
    }
    case Type::size:
      if (const auto* integer = node.as_integer()) return number(option, node, integer->get());
      return from_text(option, node);
    case Type::listen_list:
      return listen_list(option, node);
    case Type::text_list:
      return text_list(option, node);
    case Type::text_map:
      return text_map(option, node);
    default:
      return from_text(option, node);
  }
}

std::string to_toml(const Option& option, const Value& value) {
  switch (option.type) {
    case Type::boolean:
      return std::get<bool>(value) ? "true" : "false";
    case Type::integer:
      return std::to_string(std::get<std::int64_t>(value));
    case Type::choice:
      return toml_string(option.choices.at(static_cast<std::size_t>(std::get<std::int64_t>(value))));
    case Type::duration:
      return toml_string(print_duration(std::get<Duration>(value)));
    case Type::size:
      return toml_string(print_size(std::get<std::int64_t>(value)));
    case Type::listen_list:
      return joined(
          std::get<std::vector<Listen>>(value), [](const Listen& l) { return toml_string(print_listen(l)); }, "[", "]");
    case Type::text_list:
      return joined(std::get<Strings>(value), toml_string, "[", "]");
    case Type::text_map:
      return joined(
          std::get<Map>(value), [](const auto& e) { return toml_string(e.first) + " = " + toml_string(e.second); }, "{",
          "}");
    case Type::secret:
      return "";
    default:
      return toml_string(std::get<std::string>(value));
  }
}

}  // namespace rosterd::config
