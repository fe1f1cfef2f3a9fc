#include "scim/shape.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "scim/catalogue.h"
#include "scim/filter.h"
#include "scim/query_string.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

constexpr std::string_view kHidden = "…";
constexpr std::size_t kLongest = 500;
constexpr std::size_t kLargestBody = 64 * 1024;
constexpr std::size_t kMostNames = 30;
constexpr std::size_t kMostOperations = 5;
constexpr int kDeepest = 4;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_alphanumeric(text[i])) return false;
  }
  return true;
}

bool is_endpoint(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kEndpoints = {
      "Users", "Groups",  "Roles",         "Entitlements",         "Projects", "Schemas", "Me",
      "Bulk",  ".search", "ResourceTypes", "ServiceProviderConfig"};
  return std::any_of(kEndpoints.begin(), kEndpoints.end(), [&](std::string_view one) { return iequals(one, text); });
}

std::string cut(std::string text) {
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + std::string(kHidden);
}

// Quoted texts, the inside of brackets and words with an @ are hidden.
std::string without_quotes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const char end = text[i] == '"' ? '"' : text[i] == '[' ? ']' : '\0';
    if (end == '\0') continue;
    const std::size_t stop = text.find(end, i + 1);
    const std::string_view inside = text.substr(i + 1, std::min(stop, text.size()) - i - 1);
    const bool index = end == ']' && !inside.empty() && inside.size() < 6 &&
                       std::all_of(inside.begin(), inside.end(), [](char c) { return c >= '0' && c <= '9'; });
    out += index ? inside : kHidden;
    if (stop == std::string_view::npos) break;
    out += end;
    i = stop;
  }
  return out;
}

std::string without_addresses(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    out += word.find('@') == std::string_view::npos ? word : kHidden;
    if (end < text.size()) out += ' ';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string name(std::string_view written) {
  return without_addresses(without_quotes(excerpt(written, 100)));
}

Filter blank(const Filter& filter);

std::vector<Filter> blank_all(const std::vector<Filter>& terms) {
  std::vector<Filter> out;
  for (const Filter& term : terms) out.push_back(blank(term));
  return out;
}

std::shared_ptr<const Filter> blank_shared(const std::shared_ptr<const Filter>& term) {
  return std::make_shared<const Filter>(blank(*term));
}

struct Blank {
  Filter operator()(const And& all) const { return {And{blank_all(all.terms)}}; }
  Filter operator()(const Or& any) const { return {Or{blank_all(any.terms)}}; }
  Filter operator()(const Not& negated) const { return {Not{blank_shared(negated.term)}}; }
  Filter operator()(const Comparison& test) const {
    const bool telling = test.value.string() != nullptr || test.value.number() != nullptr;
    return {Comparison{test.path, test.op, telling ? Json(kHidden) : test.value}};
  }
  Filter operator()(const Present& test) const { return {test}; }
  Filter operator()(const ElementMatch& match) const { return {ElementMatch{match.path, blank_shared(match.where)}}; }
};

Filter blank(const Filter& filter) {
  return std::visit(Blank{}, filter.node);
}

std::string shape_of(const Json& value, int depth) {
  if (value.is_null()) return "null";
  if (value.boolean() != nullptr) return "boolean";
  if (value.number() != nullptr) return "number";
  if (const std::string* text = value.string()) return text->empty() ? "\"\"" : "text";
  if (depth == 0) return std::string(kHidden);
  if (const Array* elements = value.array()) {
    if (elements->empty()) return "[]";
    const std::string more = elements->size() > 1 ? " ×" + std::to_string(elements->size()) : "";
    return "[" + shape_of(elements->front(), depth - 1) + more + "]";
  }
  std::string out = "{";
  std::size_t names = 0;
  for (const Member& member : *value.object()) {
    if (++names > kMostNames) return out + ",…}";
    out.append(out.size() > 1 ? "," : "").append(name(member.name)).append(":");
    out += shape_of(member.value, depth - 1);
  }
  return out + "}";
}

std::string shape_of_operation(const Json& operation) {
  if (const Json* method = operation.find("method")) {  // of a Bulk request
    const Json* path = operation.find("path");
    return name(method->string_or("?")).substr(0, 8) + " " + shape_of_path(path == nullptr ? "" : path->string_or(""));
  }
  const Json* op = operation.find("op");
  const Json* path = operation.find("path");
  const Json* value = operation.find("value");
  const std::string_view word = op == nullptr ? "" : op->string_or("");
  const bool known = iequals(word, "add") || iequals(word, "replace") || iequals(word, "remove");
  std::string out(known ? word : "?");
  if (path != nullptr) out += " " + (path->string() != nullptr ? name(*path->string()) : shape_of(*path, 1));
  if (value != nullptr) out += ": " + shape_of(*value, kDeepest);
  return out;
}

std::string shape_of_operations(const Array& operations) {
  std::string out;
  for (std::size_t i = 0; i < std::min(operations.size(), kMostOperations); ++i)
    out += (i == 0 ? "[" : "; [") + std::to_string(i) + "] " + shape_of_operation(operations[i]);
  if (operations.size() > kMostOperations)
    out += "; and " + std::to_string(operations.size() - kMostOperations) + " more";
  return out.empty() ? "Operations:[]" : out;
}

// The texts of a body that a detail might repeat, also as excerpt() writes them.
void collect(const Json& value, std::set<std::string>& texts) {
  constexpr std::size_t kMost = 5000;
  if (texts.size() > kMost) return;
  if (const std::string* text = value.string()) {
    if (text->size() > 2 && !is_uuid(*text)) texts.insert({*text, excerpt(*text), excerpt(*text, 200)});
  } else if (const Number* number = value.number()) {
    if (number->text.size() > 2) texts.insert(number->text);
  } else if (const Array* array = value.array()) {
    for (const Json& element : *array) collect(element, texts);
  } else if (const Object* object = value.object()) {
    for (const Member& member : *object)
      if (!iequals(member.name, "op") && !iequals(member.name, "schemas")) collect(member.value, texts);
  }
}

void hide(std::string& text, const std::string& value) {
  std::size_t at = 0;
  while ((at = text.find(value, at)) != std::string::npos) {
    const std::size_t end = at + value.size();
    const bool word =
        (at == 0 || !is_alphanumeric(text[at - 1])) && (end == text.size() || !is_alphanumeric(text[end]));
    if (word) text.replace(at, value.size(), kHidden);
    at += word ? kHidden.size() : 1;
  }
}

}  // namespace

std::string shape_of_path(std::string_view path) {
  Notes notes;
  const auto segments = parse_segments(path, notes);
  if (!segments) return std::string(kHidden);
  std::string out;
  for (const std::string& segment : *segments) {
    out += '/';
    out += is_endpoint(segment) || is_uuid(segment) ? std::string_view(segment) : kHidden;
    if (out.size() > kLongest) break;
  }
  return out.empty() ? "/" : out;
}

std::string shape_of_query(std::string_view query) {
  static constexpr std::array<std::string_view, 9> kNames = {"filter",     "attributes", "excludedAttributes",
                                                             "startIndex", "count",      "cursor",
                                                             "sortBy",     "sortOrder",  "aadOptscim062020"};
  if (query.empty()) return {};
  Notes notes;
  const auto parameters = parse_parameters(query, notes);
  if (!parameters) return std::string(kHidden);
  std::string out;
  std::size_t unknown = parameters->size();
  for (const std::string_view known : kNames) {
    if (!parameters->has(known)) continue;
    --unknown;
    out.append(out.empty() ? "" : "&").append(known);
    const std::string_view value = parameters->get(known);
    if (value.empty()) continue;
    const auto filter = known == "filter" ? parse_filter(Catalogue::standard(), value) : Result<Filter>(Error{});
    out.append("=").append(filter ? to_string(blank(*filter)) : std::string(kHidden));
  }
  if (unknown > 0) out.append(out.empty() ? "" : "&").append(kHidden);
  return cut(std::move(out));
}

std::string shape_of_body(std::string_view body) {
  if (body.empty()) return {};
  if (body.size() > kLargestBody) return std::to_string(body.size()) + " bytes";
  const auto parsed = parse_json(body, {kLargestBody, 64});
  const Json* value = std::get_if<Json>(&parsed);
  if (value == nullptr) return "no JSON";
  const Json* operations = value->find("Operations");
  const bool patch = operations != nullptr && operations->array() != nullptr;
  return cut(patch ? shape_of_operations(*operations->array()) : shape_of(*value, kDeepest));
}

std::string without_values(std::string_view detail, const Request& request) {
  std::string out = without_addresses(without_quotes(detail));
  std::set<std::string> texts;
  Notes notes;
  if (const auto segments = parse_segments(request.path, notes)) {
    for (const std::string& segment : *segments)
      if (!is_endpoint(segment)) collect(Json(segment), texts);
  }
  const auto parsed = parse_json(request.body, {std::size_t{1} << 20, 64});
  if (const Json* body = std::get_if<Json>(&parsed)) collect(*body, texts);
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) texts.erase(method);  // of an operation of a Bulk request
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) hide(out, *text);
  return cut(std::move(out));
}

}  // namespace rosterd::scim
