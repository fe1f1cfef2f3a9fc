#include "scim/path.h"

#include <algorithm>

#include "scim/filter_parser.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name_character(char c) {
  return is_alpha(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// ATTRNAME of RFC 7643 section 2.1, and `$ref`.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  if (text.front() == '$') text.remove_prefix(1);
  return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), is_name_character);
}

}  // namespace

std::optional<AttributePath> parse_attribute_path(const Catalogue& catalogue, std::string_view text) {
  AttributePath path;
  if (istarts_with(text, "urn:")) {
    if (const Schema* schema = catalogue.schema_of_path(text)) {
      path.schema = catalogue.is_core(*schema) ? std::string() : schema->id;
      text.remove_prefix(std::min(schema->id.size() + 1, text.size()));
      if (text.empty()) {
        if (path.schema.empty()) return std::nullopt;
        return path;
      }
    } else {
      const std::size_t colon = text.rfind(':');
      path.schema = std::string(text.substr(0, colon));
      text.remove_prefix(colon + 1);
    }
  }
  const std::size_t dot = text.find('.');
  path.name = std::string(text.substr(0, dot));
  if (dot != std::string_view::npos) {
    path.sub = std::string(text.substr(dot + 1));
    if (!is_name(path.sub)) return std::nullopt;
  }
  if (!is_name(path.name)) return std::nullopt;
  return path;
}

Result<PatchPath> parse_patch_path(const Catalogue& catalogue, std::string_view text, FilterValues values) {
  FilterLimits limits;
  limits.lenient = values == FilterValues::any_word;
  FilterParser parser(catalogue, text, limits);
  FilterLexer& lexer = parser.lexer();
  const auto refuse = [&] { return Error::invalid_path("the path \"" + excerpt(text, 200) + "\" is not valid"); };
  if (text.size() > FilterLimits{}.max_bytes || lexer.peek().kind != Token::Kind::word) return refuse();
  std::optional<AttributePath> attribute = parse_attribute_path(catalogue, lexer.take().text);
  if (!attribute) return refuse();
  PatchPath path{std::move(*attribute), nullptr};
  if (lexer.at_end()) return path;
  if (lexer.peek().kind != Token::Kind::open_bracket || path.attribute.name.empty() || !path.attribute.sub.empty()) {
    return refuse();
  }
  lexer.take();
  Result<Filter> where = parser.parse_brackets();
  if (!where) return Error::invalid_path(where.error().detail);
  path.where = std::make_shared<const Filter>(std::move(*where));
  if (lexer.at_end()) return path;
  const Token rest = lexer.take();
  if (rest.kind != Token::Kind::word || !rest.text.starts_with('.') || !lexer.at_end()) return refuse();
  path.attribute.sub = std::string(rest.text.substr(1));
  if (!is_name(path.attribute.sub)) return refuse();
  return path;
}

std::string to_string(const PatchPath& path) {
  if (path.where == nullptr) return to_string(path.attribute);
  const AttributePath whole{path.attribute.schema, path.attribute.name, ""};
  std::string out = to_string(whole) + "[" + to_string(*path.where) + "]";
  if (!path.attribute.sub.empty()) out += "." + path.attribute.sub;
  return out;
}

}  // namespace rosterd::scim
