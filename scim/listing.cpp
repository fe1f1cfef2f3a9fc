#include "scim/listing.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <variant>

#include "scim/assignables.h"
#include "scim/evaluate.h"
#include "scim/group_resource.h"
#include "scim/list_request.h"
#include "scim/reply.h"
#include "scim/text.h"
#include "scim/translate.h"
#include "scim/user_resource.h"
#include "store/query.h"

namespace rosterd::scim {
namespace {

using Types = std::span<const ResourceType* const>;
using Row = std::variant<store::User, store::Group, Assignable>;
using EachRow = std::function<bool(const Row&)>;

std::int64_t key_of(const Row& row) {
  if (const auto* one = std::get_if<Assignable>(&row)) return one->key;
  if (const auto* user = std::get_if<store::User>(&row)) return user->key.value;
  return std::get<store::Group>(row).key.value;
}

// Those are few and have no index: every one is evaluated.
Translated translate_for(const std::optional<Filter>& filter, const ResourceType& type) {
  if (!filter) return {{}, true};
  return type.resource > Resource::group ? Translated{} : translate(*filter, type);
}

// One type's part of a list.
struct Part {
  const Call& call;
  const store::View& view;
  const ResourceType& type;
  const std::optional<Filter>& filter;
  Translated translated = translate_for(filter, type);
  mutable std::optional<Error> unshown = {};  // a group that is too large to be shown, and so to be judged

  std::size_t count() const {
    if (type.resource > Resource::group) return count_assignables(call, view, type.resource);
    return type.resource == Resource::user ? store::count_users(view, call.source(), translated.query)
                                           : store::count_groups(view, call.source(), translated.query);
  }
  void scan(const store::Page& page, const EachRow& each) const {
    const auto row = [&](const auto& one) { return each(Row(one)); };
    if (type.resource > Resource::group) return scan_assignables(call, view, type.resource, page, row);
    if (type.resource == Resource::user) return store::scan_users(view, call.source(), translated.query, page, row);
    store::scan_groups(view, call.source(), translated.query, page, row);
  }
  std::optional<Row> find(std::int64_t key) const {
    if (type.resource > Resource::group) return find_assignable(call, view, type.resource, key);
    if (type.resource == Resource::user) return store::find_user(view, store::UserId{key});
    return store::find_group(view, store::GroupId{key});
  }

  // With as much as `needed` says of the attributes that cost a look-up of their own.
  Json render(const Row& row, const std::function<bool(std::string_view schema, std::string_view name)>& needed) const {
    if (const auto* user = std::get_if<store::User>(&row)) {
      const UserParts parts{needed("", "groups"), needed(kAccessSchema, ""), needed(kClientSchema, "")};
      return render_user(call, look_up(call, view, {*user, store::seen_by(view, *user, call.source())}, parts));
    }
    if (const auto* one = std::get_if<Assignable>(&row)) return render_assignable(call, type, *one);
    Json group = render_group(call, view, std::get<store::Group>(row), needed("", "members"));
    if (Check shown = check_members(call, group); !shown) unshown = shown.error();
    return group;
  }
  // JSON text. Groups of each person are listed only when asked for by name.
  std::string show(const Row& row) const {
    if (const auto* user = std::get_if<store::User>(&row); user != nullptr && call.selection.empty()) {
      const UserParts parts{.groups = false, .access = true};
      const ShownUser shown = look_up(call, view, {*user, store::seen_by(view, *user, call.source())}, parts);
      if (auto text = write_user(call, shown)) return std::move(*text);
    }
    const auto needed = [&](std::string_view schema, std::string_view name) {
      return !schema.empty() || call.selection.wants(name, name == "groups");
    };
    return write_json(project(render(row, needed), type, call.selection));
  }
  bool matches(const Row& row) const {
    if (translated.exact) return true;
    const auto needed = [&](std::string_view schema, std::string_view name) { return mentions(*filter, schema, name); };
    return scim::matches(*filter, render(row, needed), type);
  }
};

struct Found {
  std::vector<std::pair<std::size_t, Row>> page;  // with the type
  std::vector<std::string> values;                // of a sorted walk, one for each row of the page
  std::size_t total = 0;
  bool more = false;
};

// Reads rows of all types with a bound on how many.
class Search {
 public:
  Search(const Call& call, const store::View& view, const ListRequest& request, Types types)
      : call_(call), request_(request) {
    for (const ResourceType* type : types) {
      parts_.push_back({call, view, *type, request.filter});
    }
  }

  Result<Found> run() {
    Check done = request_.sorting ? sorted() : in_stable_order();
    if (!done) return done.error();
    if (Check judged = all_shown(); !judged) return judged.error();
    return std::move(found_);
  }
  std::string show(std::size_t type, const Row& row) const { return parts_[type].show(row); }
  Check all_shown() const {
    for (const Part& part : parts_)
      if (part.unshown) return *part.unshown;
    return Done{};
  }

 private:
  // Takes a row that belongs on the page or behind it; false: nothing further is of interest.
  bool offer(std::size_t type, const Row& row) {
    found_.more = found_.page.size() == request_.count;
    if (!found_.more) found_.page.emplace_back(type, row);
    return !found_.more;
  }

  // An index says it all: count, and read just the page.
  void take_exact(std::size_t type, std::size_t skip, std::int64_t after) {
    const std::size_t total = parts_[type].count();
    if (request_.count > 0 && !found_.more && skip < total) {
      const std::size_t room = request_.count - found_.page.size() + 1;  // one more: is there another page?
      parts_[type].scan({skip, room, after}, [&](const Row& row) { return offer(type, row); });
    }
    found_.total += total;
  }

  // The index is wider than the filter: every candidate is evaluated.
  Check take_evaluated(std::size_t type, std::size_t skip, std::int64_t after) {
    return each_match(type, [&](const Row& row) {
      ++found_.total;
      if (key_of(row) <= after) return;
      if (skip > 0) {
        --skip;
      } else if (!found_.more) {
        offer(type, row);
      }
    });
  }

  Check each_match(std::size_t type, const std::function<void(const Row&)>& take) {
    const std::size_t limit = call_.context.limits.max_scanned;
    parts_[type].scan({0, limit - scanned_ + 1}, [&](const Row& row) {
      if (++scanned_ > limit) return false;
      if (parts_[type].matches(row)) take(row);
      return true;
    });
    if (scanned_ <= limit) return Done{};
    return Error::too_many("the query would have to read more than " + std::to_string(limit) + " resources");
  }

  Check in_stable_order() {
    for (std::size_t type = 0; type < parts_.size(); ++type) {
      std::size_t skip = 0;
      std::int64_t after = 0;
      if (request_.after) {
        constexpr std::int64_t kNobody = std::numeric_limits<std::int64_t>::max();
        after = type < request_.after->type ? kNobody : type == request_.after->type ? request_.after->key : 0;
      } else {
        skip = request_.start_index - 1 - std::min(request_.start_index - 1, found_.total);
      }
      if (parts_[type].translated.exact) {
        take_exact(type, skip, after);
      } else if (Check done = take_evaluated(type, skip, after); !done) {
        return done;
      }
    }
    return Done{};
  }

  // Everybody's place is found, but no more of them kept than lead to the page; then the page is read.
  Check sorted() {
    const auto before = [descending = request_.sorting->descending](const Position& a, const Position& b) {
      if (a.value != b.value) return descending ? b.value < a.value : a.value < b.value;
      return std::tie(a.type, a.key) < std::tie(b.type, b.key);
    };
    const bool goes_on = request_.after && *request_.after != Position{};
    const std::size_t skip = request_.start_index - 1;
    const std::size_t limit = call_.context.limits.max_scanned;  // nobody comes behind it
    const std::size_t room = std::min(skip, limit) + request_.count + 1;
    std::priority_queue places(before, std::vector<Position>());  // the first `room` of them, the last on top
    const auto take = [&](Position place) {
      ++found_.total;
      if (goes_on && !before(*request_.after, place)) return;
      places.push(std::move(place));
      if (places.size() > room) places.pop();
    };
    for (std::size_t type = 0; type < parts_.size(); ++type) {
      Check done = each_match(type, [&](const Row& row) { take(place_of(type, row)); });
      if (!done) return done;
    }
    std::vector<Position> page;  // from its end to its beginning
    for (; places.size() > skip; places.pop()) page.push_back(places.top());
    for (auto at = page.rbegin(); at != page.rend() && offer(at->type, *parts_[at->type].find(at->key)); ++at)
      found_.values.push_back(std::move(at->value));
    return Done{};
  }

  Position place_of(std::size_t type, const Row& row) const {
    const auto needed = [&](std::string_view schema, std::string_view name) {
      const AttributePath& path = request_.sorting->path;
      return iequals(path.schema, schema) && (name.empty() || iequals(path.name, name));
    };
    return {sort_value(*request_.sorting, parts_[type].render(row, needed), parts_[type].type), type, key_of(row)};
  }

  const Call& call_;
  const ListRequest& request_;
  std::vector<Part> parts_;
  std::size_t scanned_ = 0;
  Found found_;
};

void set_next(Object& body, const ListRequest& request, const Found& found) {
  if (!found.more || found.page.empty()) return;
  const auto& [type, row] = found.page.back();
  const Position last{found.values.empty() ? std::string() : found.values.back(), type, key_of(row)};
  body.set("nextCursor", to_cursor(last, request.walk));
}

Object list_frame(std::size_t count, std::size_t total) {
  Object body;
  body.set("schemas", Array{Json("urn:ietf:params:scim:api:messages:2.0:ListResponse")});
  body.set("totalResults", total);
  body.set("itemsPerPage", count);
  return body;
}

// Resources are texts already: most of a profile is passed on as it is stored.
Response reply_list(const Object& frame, const std::vector<std::string>& resources) {
  Response response = reply_json(200, frame);
  response.body.pop_back();
  char before = '[';
  response.body += ",\"Resources\":";
  for (const std::string& resource : resources) (response.body += std::exchange(before, ',')) += resource;
  response.body += resources.empty() ? "[]}" : "]}";
  return response;
}

}  // namespace

Object list_response(Array resources, std::size_t total) {
  Object body = list_frame(resources.size(), total);
  body.set("Resources", std::move(resources));
  return body;
}

Result<Response> list_resources(const Call& call, Types types) {
  const Result<ListRequest> request = parse_list_request(call, types);
  if (!request) return request.error();
  return look(call, [&](const store::View& view) -> Result<Response> {
    Search search(call, view, *request, types);
    const Result<Found> found = search.run();
    if (!found) return found.error();
    std::vector<std::string> resources;
    for (const auto& [type, row] : found->page) resources.push_back(search.show(type, row));
    if (Check shown = search.all_shown(); !shown) return shown.error();
    Object body = list_frame(resources.size(), found->total);
    if (request->after) {
      set_next(body, *request, *found);
    } else {
      body.set("startIndex", request->start_index);
    }
    return reply_list(body, resources);
  });
}

Result<Response> search_resources(Call call, Types types) {
  if (Check taken = take_search_request(call); !taken) return taken.error();
  return list_resources(call, types);
}

}  // namespace rosterd::scim
