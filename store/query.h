// A neutral query tree between SCIM filters and SQL: only what an index serves. What it cannot say, the caller
// evaluates exactly on the candidates (a query may be wider than the filter, never narrower).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/groups.h"
#include "store/users.h"

namespace rosterd::store {

enum class Field {
  id,
  key,
  user_name,
  email,
  display_name,
  active,
  created,
  modified,
  member,
  attribute
};  // key: externalId; member: a user's or group's public id; attribute: one with an index, named by `attribute`
enum class Compare { equal, starts_with, less, less_equal, greater, greater_equal, present };

struct Query {
  enum class Type { all, condition, both, either };
  Type type = Type::all;
  Field field = Field::id;
  Compare compare = Compare::equal;
  std::string attribute = {};     // its address (settings.h); only people have such, and only `equal` is served
  std::string text = {};          // folded by the store where the column is
  std::int64_t number = 0;        // active: 0/1; instants in milliseconds
  std::vector<Query> parts = {};  // of both (and) and either (or)
};

struct Page {
  std::size_t offset = 0;
  std::size_t limit = 100;
  std::int64_t after = 0;  // only keys above this one
};

// In stable order: by key, which grows with creation. Only people with a live claim of `source`, only its groups (none:
// all of them); hidden ones never.
std::size_t count_users(const View&, SourceId source, const Query&);
std::size_t count_groups(const View&, SourceId source, const Query&);
// Calls `row` until it returns false.
void scan_users(const View&, SourceId source, const Query&, const Page&, const std::function<bool(const User&)>& row);
void scan_groups(const View&, SourceId source, const Query&, const Page&, const std::function<bool(const Group&)>& row);

}  // namespace rosterd::store
