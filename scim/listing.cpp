#include "scim/listing.h"

#include <algorithm>
#include <charconv>

#include "scim/evaluate.h"
#include "scim/group_resource.h"
#include "scim/reply.h"
#include "scim/text.h"
#include "scim/translate.h"
#include "scim/user_resource.h"
#include "store/query.h"

namespace rosterd::scim {
namespace {

struct ListRequest {
  std::optional<Filter> filter;
  std::size_t start_index = 1;
  std::size_t count = 0;
};

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

Result<ListRequest> parse_list_request(const Call& call, const ResourceType& type) {
  const Limits& limits = call.context.limits;
  ListRequest request;
  const auto start = parse_count(call.parameters, "startIndex", 1, 1);
  if (!start) return start.error();
  request.start_index = *start;
  const auto count = parse_count(call.parameters, "count", 0, limits.default_count);
  if (!count) return count.error();
  request.count = std::min(*count, limits.max_count);
  const std::string_view text = call.parameters.get("filter");
  if (trim(text).empty()) {
    // A filter that got lost must not come to mean everybody.
    if (call.parameters.has("filter")) return Error::invalid_filter("filter: the text is empty");
    return request;
  }
  Result<Filter> filter = parse_filter(text, limits.filter);
  if (!filter) return filter.error();
  if (Check checked = check_filter(*filter, type); !checked) return checked.error();
  request.filter = std::move(*filter);
  return request;
}

// What differs between people and groups.
struct Users {
  using Row = store::User;
  static const ResourceType& type() { return user_type(); }
  static std::size_t count(const store::View& view, store::SourceId source, const store::Query& query) {
    return store::count_users(view, source, query);
  }
  template <class Each>
  static void scan(const store::View& view, store::SourceId source, const store::Query& query, const store::Page& page,
                   const Each& each) {
    store::scan_users(view, source, query, page, each);
  }
  // Groups of each person are listed only when asked for by name: they cost a look-up each.
  static Json render(const Call& call, const store::View& view, const Row& user) {
    return render_user(call, view, user, {call.selection.wants("groups", true), true});
  }
  static Json render_for(const Filter& filter, const Call& call, const store::View& view, const Row& user) {
    return render_user(call, view, user, {mentions(filter, "", "groups"), mentions(filter, kAccessSchema, "")});
  }
};

struct Groups {
  using Row = store::Group;
  static const ResourceType& type() { return group_type(); }
  static std::size_t count(const store::View& view, store::SourceId source, const store::Query& query) {
    return store::count_groups(view, source, query);
  }
  template <class Each>
  static void scan(const store::View& view, store::SourceId source, const store::Query& query, const store::Page& page,
                   const Each& each) {
    store::scan_groups(view, source, query, page, each);
  }
  static Json render(const Call& call, const store::View& view, const Row& group) {
    return render_group(call, view, group, call.selection.wants("members"));
  }
  static Json render_for(const Filter& filter, const Call& call, const store::View& view, const Row& group) {
    return render_group(call, view, group, mentions(filter, "", "members"));
  }
};

template <class Row>
struct Found {
  std::vector<Row> page;
  std::size_t total = 0;
};

// An index says it all: count, and read just the page.
template <class Kind>
Found<typename Kind::Row> find_exact(const Call& call, const store::View& view, const ListRequest& request,
                                     const store::Query& query) {
  Found<typename Kind::Row> found;
  found.total = Kind::count(view, call.source(), query);
  if (request.count == 0 || request.start_index > found.total) return found;
  Kind::scan(view, call.source(), query, {request.start_index - 1, request.count}, [&](const auto& row) {
    found.page.push_back(row);
    return true;
  });
  return found;
}

// The index is wider than the filter: every candidate is evaluated.
template <class Kind>
Result<Found<typename Kind::Row>> find_by_evaluation(const Call& call, const store::View& view,
                                                     const ListRequest& request, const store::Query& query) {
  const std::size_t limit = call.context.limits.max_scanned;
  Found<typename Kind::Row> found;
  std::size_t scanned = 0;
  Kind::scan(view, call.source(), query, {0, limit + 1}, [&](const auto& row) {
    if (++scanned > limit) return false;
    if (!matches(*request.filter, Kind::render_for(*request.filter, call, view, row), Kind::type())) return true;
    ++found.total;
    if (found.total >= request.start_index && found.page.size() < request.count) found.page.push_back(row);
    return true;
  });
  if (scanned > limit)
    return Error::too_many("the filter would have to read more than " + std::to_string(limit) + " resources");
  return found;
}

template <class Kind>
Result<Response> list(const Call& call) {
  const Result<ListRequest> request = parse_list_request(call, Kind::type());
  if (!request) return request.error();
  const Translated translated = request->filter ? translate(*request->filter, Kind::type()) : Translated{{}, true};
  return call.context.store.read([&](const store::View& view) -> Result<Response> {
    Found<typename Kind::Row> found;
    if (translated.exact) {
      found = find_exact<Kind>(call, view, *request, translated.query);
    } else {
      auto evaluated = find_by_evaluation<Kind>(call, view, *request, translated.query);
      if (!evaluated) return evaluated.error();
      found = std::move(*evaluated);
    }
    Array resources;
    for (const auto& row : found.page) {
      resources.push_back(project(Kind::render(call, view, row), Kind::type(), call.selection));
    }
    return reply_json(200, list_response(std::move(resources), found.total, request->start_index));
  });
}

std::string join(const Json* names) {
  std::string out;
  if (names == nullptr || names->array() == nullptr) return out;
  for (const Json& name : *names->array()) out.append(name.string_or("")).append(",");
  return out;
}

}  // namespace

Json list_response(Array resources, std::size_t total, std::size_t start_index) {
  Object body;
  body.set("schemas", Array{Json("urn:ietf:params:scim:api:messages:2.0:ListResponse")});
  body.set("totalResults", total);
  body.set("startIndex", start_index);
  body.set("itemsPerPage", resources.size());
  body.set("Resources", std::move(resources));
  return body;
}

Result<Response> list_resources(const Call& call, const ResourceType& type) {
  return &type == &user_type() ? list<Users>(call) : list<Groups>(call);
}

Result<Response> search_resources(Call call, const ResourceType& type) {
  const Result<Json> body = read_body(call);
  if (!body) return body.error();
  if (body->object() == nullptr) return Error::invalid_syntax("the body must be a JSON object");
  call.parameters = Parameters();
  for (const char* name : {"filter", "startIndex", "count"}) {
    const Json* value = body->find(name);
    if (value == nullptr || value->is_null()) continue;
    const Number* number = value->number();
    if (number == nullptr && value->string() == nullptr)
      return Error::invalid_value(std::string(name) + " has the wrong type");
    call.parameters.add(name, number != nullptr ? number->text : *value->string());
  }
  call.selection = parse_selection(join(body->find("attributes")), join(body->find("excludedAttributes")));
  return list_resources(call, type);
}

}  // namespace rosterd::scim
