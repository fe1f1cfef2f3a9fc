// PATCH (RFC 7644 section 3.5.2) on a document. Pure: the engine runs it inside the store's unit of work. Where clients
// and the RFC differ, the habits of `notes` decide. A refusal says which operation it is about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scim/error.h"
#include "scim/intake.h"
#include "scim/json.h"
#include "scim/path.h"
#include "scim/schema.h"

namespace rosterd::scim {

struct Operation {
  enum class Kind { add, replace, remove };
  Kind kind = Kind::add;
  std::optional<PatchPath> path;
  Json value;             // null when absent
  std::size_t index = 0;  // in the request's Operations
};

// "Operations[2] (replace emails[type eq "work"].value): " and the refusal.
Error refuse(const Operation& operation, Error error);

struct PatchLimits {
  std::size_t max_operations = 4000;
  ValueLimits values;
};

// By what a PATCH is read: for one resource type, by the habits of one connection.
struct PatchContext {
  const Catalogue& catalogue;
  const ResourceType& type;
  Notes& notes;
  const PatchLimits& limits;
};

// Reads the PatchOp envelope.
Result<std::vector<Operation>> parse_operations(const Json& body, const PatchContext& context);

// Applies the operations in order, all or none. `document` is the resource as take_in() leaves it, plus `id`.
// Refuses: invalidPath (an unknown attribute named by path), invalidValue, mutability, noTarget.
Result<Object> apply_patch(Object document, const std::vector<Operation>& operations, const PatchContext& context);

// What a group PATCH does to the members, found without reading the group.
struct MemberChanges {
  std::optional<std::vector<std::string>> replace;  // the whole new list; add and remove are then empty
  std::vector<std::string> add;
  std::vector<std::string> remove;

  bool empty() const { return !replace && add.empty() && remove.empty(); }
};

struct GroupPatch {
  MemberChanges members;
  std::vector<Operation> rest;  // for apply_patch on the group's other attributes
};

// Folds all operations on `members` into one change, as if they ran in order.
Result<GroupPatch> split_member_operations(std::vector<Operation> operations, const PatchContext& context);

}  // namespace rosterd::scim
