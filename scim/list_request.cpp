#include "scim/list_request.h"

#include <algorithm>
#include <charconv>

#include "scim/evaluate.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

// Values below the smallest one are read as that (RFC 7644 section 3.4.2.4).
Result<std::size_t> parse_count(const Parameters& parameters, std::string_view name, std::size_t smallest,
                                std::size_t otherwise) {
  const std::string_view text = trim(parameters.get(name));
  if (text.empty()) return otherwise;
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) {
    return Error::invalid_value(std::string(name) + " must be an integer");
  }
  return static_cast<std::size_t>(std::max(value, static_cast<std::int64_t>(smallest)));
}

Result<Filter> read_filter(const Call& call, std::string_view text) {
  FilterLimits limits = call.context.limits.filter;
  limits.lenient = false;
  Result<Filter> filter = parse_filter(call.context.catalogue, text, limits);
  if (filter) return filter;
  limits.lenient = true;
  Result<Filter> lenient = parse_filter(call.context.catalogue, text, limits);
  return lenient && call.notes.use(Habit::unquoted_filter_values, "filter") ? lenient : filter;
}

Check take_filter(const Call& call, std::span<const ResourceType* const> types, ListRequest& request) {
  const std::string_view text = call.parameters.get("filter");
  if (trim(text).empty()) {
    // A filter that got lost must not come to mean everybody.
    return call.parameters.has("filter") ? Check(Error::invalid_filter("filter: the text is empty")) : Done{};
  }
  Result<Filter> filter = read_filter(call, text);
  if (!filter) return filter.error();
  if (Check checked = check_filter(*filter, types); !checked) return checked;
  if (has_boolean_text(*filter, types) && !call.notes.use(Habit::booleans_as_text, "filter"))
    return Error::invalid_filter("filter: a boolean is written true or false, without quotes");
  request.filter = std::move(*filter);
  return Done{};
}

// In which order, and so which walk: a cursor of another one leads nowhere.
Check take_order(const Call& call, std::span<const ResourceType* const> types, ListRequest& request) {
  if (const auto by = call.parameters.get("sortBy"); !trim(by).empty()) {
    Result<Sorting> sorting = parse_sorting(call.context.catalogue, by, call.parameters.get("sortOrder"), types);
    if (!sorting) return sorting.error();
    request.sorting = std::move(*sorting);
  }
  request.walk = std::to_string(call.source().value) + "\n" + std::to_string(types.size()) + types.front()->name + "\n";
  if (request.filter) request.walk += to_string(*request.filter);
  if (request.sorting)
    request.walk += "\n" + to_string(request.sorting->path) + (request.sorting->descending ? " descending" : "");
  return Done{};
}

Check take_cursor(const Call& call, ListRequest& request) {
  if (!call.parameters.has("cursor")) return Done{};
  if (call.parameters.has("startIndex"))
    return Error::invalid_value("cursor and startIndex are two ways through one list; name one of them");
  const std::string_view text = trim(call.parameters.get("cursor"));
  if (text.empty()) {  // the first page of a walk
    request.after = Position{};
    return Done{};
  }
  Result<Position> position = parse_cursor(text, request.walk);
  if (!position) return position.error();
  request.after = std::move(*position);
  return Done{};
}

constexpr std::string_view kSearchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

bool names(const Json* schemas, std::string_view urn) {
  if (schemas == nullptr || schemas->array() == nullptr) return false;
  return std::any_of(schemas->array()->begin(), schemas->array()->end(),
                     [&](const Json& one) { return iequals(one.string_or(""), urn); });
}

std::string join(const Json* names) {
  std::string out;
  if (names == nullptr || names->array() == nullptr) return out;
  for (const Json& name : *names->array()) out.append(name.string_or("")).append(",");
  return out;
}

}  // namespace

Result<ListRequest> parse_list_request(const Call& call, std::span<const ResourceType* const> types) {
  const Limits& limits = call.context.limits;
  ListRequest request;
  const auto start = parse_count(call.parameters, "startIndex", 1, 1);
  if (!start) return start.error();
  request.start_index = *start;
  const auto count = parse_count(call.parameters, "count", 0, limits.default_count);
  if (!count) {
    return call.parameters.has("cursor") ? Error{400, "invalidCount", count.error().detail} : count.error();
  }
  request.count = std::min(*count, limits.max_count);
  if (Check taken = take_filter(call, types, request); !taken) return taken.error();
  if (Check taken = take_order(call, types, request); !taken) return taken.error();
  if (Check taken = take_cursor(call, request); !taken) return taken.error();
  return request;
}

Check take_search_request(Call& call) {
  const Result<Json> body = read_body(call);
  if (!body) return body.error();
  if (body->object() == nullptr) return Error::invalid_syntax("the body must be a JSON object");
  if (!names(body->find("schemas"), kSearchRequest) && !call.notes.use(Habit::missing_schemas, "SearchRequest"))
    return Error::invalid_syntax("schemas must name " + std::string(kSearchRequest));
  call.parameters = Parameters();
  for (const char* name : {"filter", "startIndex", "count", "cursor", "sortBy", "sortOrder"}) {
    const Json* value = body->find(name);
    if (value == nullptr || value->is_null()) continue;
    const Number* number = value->number();
    if (number == nullptr && value->string() == nullptr)
      return Error::invalid_value(std::string(name) + " has the wrong type");
    call.parameters.add(name, number != nullptr ? number->text : *value->string());
  }
  call.selection =
      parse_selection(call.context.catalogue, join(body->find("attributes")), join(body->find("excludedAttributes")));
  return Done{};
}

}  // namespace rosterd::scim
