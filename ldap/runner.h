// Runs changes: turns each into facts of the store, in units of a limited size. The only place that states anything.
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "ldap/sync.h"
#include "store/pace.h"

namespace rosterd::ldap {

// Not thread-safe; one per run.
class Runner {
 public:
  Runner(store::Store& store, const store::Actor& actor, store::SourceId source, std::size_t changes_per_unit,
         Observer& observer)
      : store_(store),
        actor_(actor),
        source_(source),
        most_(changes_per_unit),
        most_members_(changes_per_unit * kMembersPerChange),
        pace_(most_, most_),
        member_pace_(most_members_, most_members_),
        observer_(observer) {}

  void add(Change change);
  void flush();  // in units of changes_per_unit (of more memberships), of fewer where the clock says so

  std::uint64_t done() const { return done_; }
  std::uint64_t refused() const { return refused_; }
  const Refusals& refusals() const { return refusals_; }  // people whom the store did not take, for the next plan

 private:
  store::Store& store_;
  const store::Actor& actor_;
  const store::SourceId source_;
  static constexpr std::size_t kMembersPerChange = 4;  // about as much work

  void state(std::span<const Change> some, store::Pace& pace);

  const std::size_t most_;
  const std::size_t most_members_;
  store::Pace pace_;
  store::Pace member_pace_;
  Observer& observer_;
  std::vector<Change> waiting_;
  std::uint64_t done_ = 0;
  std::uint64_t refused_ = 0;
  Refusals refusals_;
};

// Changes of one unit, members of one group at once. Calls `refused` for each that the store did not take; the others
// stand.
void apply(store::Unit& unit, store::SourceId source, std::span<const Change> changes,
           const std::function<void(const Change&, const store::Refused&)>& refused);

// One item of a release: false when it is no longer true, or was refused.
bool run_item(store::Unit& unit, const store::Hold& hold, const store::HoldItem& item);

// Runs the consequences that wait; false when it was stopped before their end.
bool finish_work(store::Store& store, const std::stop_token& stop);

}  // namespace rosterd::ldap
