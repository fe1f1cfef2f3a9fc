#include <algorithm>
#include <unordered_map>

#include "scim/patch.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

using Kind = Operation::Kind;

const Attribute& members_attribute(const PatchContext& context) {
  return *context.type.find("", "members");
}

bool names_members(const AttributePath& path) {
  return path.schema.empty() && iequals(path.name, "members");
}

// The last word on each member, in the order in which members were first named.
class MemberFold {
 public:
  void replace_all(std::vector<std::string> ids) {
    clear();
    replaced_ = true;
    set(ids, true);
  }
  void set(const std::vector<std::string>& ids, bool member) {
    for (const std::string& id : ids) {
      const auto [it, added] = index_.try_emplace(id, order_.size());
      if (added) order_.push_back({id, member});
      order_[it->second].second = member;
    }
  }
  MemberChanges take() {
    MemberChanges changes;
    std::vector<std::string> present, absent;
    for (auto& [id, member] : order_) (member ? present : absent).push_back(std::move(id));
    if (replaced_) {
      changes.replace = std::move(present);
    } else {
      changes.add = std::move(present);
      changes.remove = std::move(absent);
    }
    return changes;
  }

 private:
  void clear() {
    index_.clear();
    order_.clear();
  }
  bool replaced_ = false;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::pair<std::string, bool>> order_;
};

Result<std::vector<std::string>> ids_of(const Json& value, const PatchContext& context) {
  Result<Json> taken = coerce(members_attribute(context), value, context.notes, context.limits.values);
  if (!taken) return taken.error();
  std::vector<std::string> ids;
  if (taken->is_null()) return ids;
  for (const Json& element : *taken->array()) {
    const Json* id = element.find("value");
    if (id == nullptr) return Error::invalid_value("a member needs a value, the member's id");
    ids.push_back(*id->string());
  }
  return ids;
}

// `value eq "u"`, also several joined by or: the only filters that name members without reading the group.
bool ids_in(const Filter& where, std::vector<std::string>& ids) {
  if (const auto* any = std::get_if<Or>(&where.node)) {
    return std::all_of(any->terms.begin(), any->terms.end(), [&](const Filter& term) { return ids_in(term, ids); });
  }
  const auto* test = std::get_if<Comparison>(&where.node);
  if (test == nullptr || test->op != Compare::eq || !iequals(test->path.name, "value")) return false;
  if (test->value.string() == nullptr) return false;
  ids.push_back(*test->value.string());
  return true;
}

Check fold_selected(const PatchPath& path, Kind kind, MemberFold& members, const PatchContext& context) {
  std::vector<std::string> ids;
  if (!ids_in(*path.where, ids)) return Error::invalid_filter("members can be selected by value eq \"id\" only");
  if (!path.attribute.sub.empty()) {
    if (members_attribute(context).sub(path.attribute.sub) == nullptr) {
      return Error::invalid_path("there is no attribute members." + excerpt(path.attribute.sub));
    }
    if (!iequals(path.attribute.sub, "value") || kind != Kind::remove) {
      if (iequals(path.attribute.sub, "value")) return Error::mutability("members.value is immutable");
      context.notes.ignore("members." + path.attribute.sub);
      return Done{};
    }
  }
  members.set(ids, kind != Kind::remove);
  return Done{};
}

Check fold_members(Kind kind, const Json& value, MemberFold& members, const PatchContext& context) {
  if (kind == Kind::remove && value.is_null()) {
    members.replace_all({});
    return Done{};
  }
  if (kind == Kind::remove && !context.notes.use(Habit::remove_with_value, "members"))
    return Error::invalid_value("remove takes no value; write members[value eq \"id\"]");
  Result<std::vector<std::string>> ids = ids_of(value, context);
  if (!ids) return ids.error();
  if (kind == Kind::replace) {
    members.replace_all(std::move(*ids));
  } else {
    members.set(*ids, kind == Kind::add);
  }
  return Done{};
}

// Takes the member keys out of a path-less operation's value.
Check fold_keys(Operation& operation, MemberFold& members, const PatchContext& context) {
  Object rest;
  for (Member& member : *operation.value.object()) {
    const Result<PatchPath> path = parse_patch_path(context.catalogue, member.name);
    if (!path.ok() || !names_members(path->attribute)) {
      rest.set(member.name, std::move(member.value));
      continue;
    }
    const bool is_path = path->where != nullptr || istarts_with(member.name, "urn:");
    if (is_path && !context.notes.use(Habit::keys_as_paths, "members"))
      return Error::invalid_syntax("there is no attribute or schema " + excerpt(member.name));
    Check folded = path->where != nullptr ? fold_selected(*path, operation.kind, members, context)
                                          : fold_members(operation.kind, member.value, members, context);
    if (!folded) return folded;
  }
  operation.value = std::move(rest);
  return Done{};
}

}  // namespace

Result<GroupPatch> split_member_operations(std::vector<Operation> operations, const PatchContext& context) {
  GroupPatch patch;
  MemberFold members;
  for (Operation& operation : operations) {
    if (!operation.path) {
      if (Check folded = fold_keys(operation, members, context); !folded) return refuse(operation, folded.error());
      if (!operation.value.object()->empty()) patch.rest.push_back(std::move(operation));
      continue;
    }
    const PatchPath& path = *operation.path;
    if (!names_members(path.attribute)) {
      patch.rest.push_back(std::move(operation));
      continue;
    }
    if (path.where == nullptr && !path.attribute.sub.empty() && !iequals(path.attribute.sub, "value")) {
      return refuse(operation, Error::invalid_path("name a member, not " + excerpt(to_string(path.attribute))));
    }
    Check folded = path.where != nullptr ? fold_selected(path, operation.kind, members, context)
                                         : fold_members(operation.kind, operation.value, members, context);
    if (!folded) return refuse(operation, folded.error());
  }
  patch.members = members.take();
  return patch;
}

}  // namespace rosterd::scim
