// The plan of a sync as values: ordered, comparable, printable, each change with its reason, never a statement.
// Planning is one pure decision per row of a merge of two sorted streams: what we hold, and what the directory says.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ldap/reading.h"
#include "store/staging.h"

namespace rosterd::ldap {

enum class ChangeKind {
  add_group,
  update_group,
  add_person,
  update_person,
  return_person,  // was gone, is back: lifts this directory's own blocks
  add_member,
  remove_member,
  block_person,
  hide_group,
  conflict,  // was refused before and nothing changed since: tried again, counts as no change
};
inline constexpr std::size_t kChangeKinds = 10;

// Why a person is blocked; stays with the block.
enum class Departure { none, left_directory, out_of_scope, disabled, locked, expired };

struct Change {
  ChangeKind kind = ChangeKind::add_person;
  std::string key = {};     // of the person or the group in the directory
  std::string member = {};  // member changes: the member's key
  bool member_is_group = false;
  Departure departure = Departure::none;
  std::string name = {};  // for a reader: user name, group name or DN
  std::string reason = {};
  std::string before = {};    // digest that we hold: the precondition of a removal
  std::string after = {};     // digest of what the directory says
  std::string document = {};  // what the directory says; empty when it says nothing any more

  bool operator==(const Change&) const = default;
};

std::string_view to_string(ChangeKind kind);
std::string_view to_string(Departure departure);
// What the guard counts.
bool is_removal(ChangeKind kind);

// Adds that were refused in the run before, as key → digest: they are tried again but are no news.
using Refusals = std::map<std::string, std::string, std::less<>>;

struct PlanContext {
  const CompleteReading& reading;  // without one there is no plan
  store::Instant now;
  const Refusals& refused;
};

// One row of the merge; nothing when both agree, or when nothing may be concluded. REQUIRES: not both null.
std::optional<Change> plan_person(const store::HeldPerson* held, const store::StagedPerson* staged,
                                  const PlanContext& context);
std::optional<Change> plan_group(const store::HeldGroup* held, const store::StagedGroup* staged,
                                 const PlanContext& context);
std::optional<Change> plan_member(const store::MemberDifference& difference, const PlanContext& context);

struct PlanCounts {
  std::array<std::uint64_t, kChangeKinds> of{};

  std::uint64_t& operator[](ChangeKind kind) { return of[static_cast<std::size_t>(kind)]; }
  std::uint64_t operator[](ChangeKind kind) const { return of[static_cast<std::size_t>(kind)]; }
  std::uint64_t changes() const;  // without conflicts
  bool operator==(const PlanCounts&) const = default;
};

// "+ person "anna" (uid=anna,…): new in directory", one line without its end.
std::string format_change(const Change& change);
// "Plan: 3 people to add, 1 to change, …" or "Nothing to do."
std::string format_counts(const PlanCounts& counts);
// The same change as one JSON object.
std::string to_json(const Change& change);
std::string to_json(const PlanCounts& counts);

}  // namespace rosterd::ldap
