// One run over one directory: read → plan → guard → run. Nothing is removed by a run that failed or saw only a part.
// Live changes (RFC 4533, DirSync) come in beside read_directory(): a source of changes that stages what moved and ends
// in the same plan, guard and runner; only its reading will be another type than CompleteReading.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ldap/connection.h"
#include "ldap/group_mapping.h"
#include "ldap/guard.h"
#include "ldap/mapping.h"
#include "ldap/plan.h"
#include "ldap/reading.h"
#include "store/holds.h"
#include "store/store.h"

namespace rosterd::ldap {

// One directory, as configured.
struct DirectoryOptions {
  std::string name;  // the source's name in the store: "ldap:corp"
  ServerOptions server;
  std::vector<SearchBase> people;
  std::vector<SearchBase> groups;
  MappingOptions mapping;
  GroupOptions group_mapping;
  unsigned page_size = 0;  // 0: none, except on Active Directory
  GuardLimits limits;
};

// A sentence about the first thing that cannot be; empty when all is well.
std::string check(const DirectoryOptions& options);

struct SyncOptions {
  bool dry_run = false;  // plan and guard, but state nothing
  std::size_t changes_per_unit = 100;
  std::stop_token stop = {};  // ends the run early; what has been stated stays, nothing is half done
};

struct SyncResult {
  enum class State { in_step, changed, would_change, failed };

  State state = State::failed;
  std::optional<DirectoryError> error = {};  // exactly when failed
  std::uint64_t people = 0;                  // read
  std::uint64_t groups = 0;
  std::uint64_t references = 0;          // to other servers, not followed
  std::uint64_t unresolved_members = 0;  // members that are no entry of ours
  PlanCounts planned = {};
  std::uint64_t refused = 0;    // changes that the store refused, each told to the observer
  std::uint64_t set_aside = 0;  // entries that could not be used, each told to the observer
  std::string held = {};        // what the guard holds, as a sentence; empty: nothing
  std::uint64_t held_items = 0;
  store::HoldId hold = {};
};

// What happens, for logs, metrics and terminals. Called from the thread that runs sync(). Does nothing by itself.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(const DirectoryOptions&, bool /*dry_run*/) {}
  virtual void searching(const std::string& /*ldapsearch_line*/) {}
  virtual void progress(const char* /*step*/, std::uint64_t /*done*/) {}
  virtual void set_aside(const SetAside&) {}
  virtual void planned(const Change&, bool /*held*/) {}  // dry run: every change; otherwise removals only
  virtual void refused(const Change&, const store::Refused&) {}
  virtual void finished(const SyncResult&) {}
  virtual void failed(const DirectoryError&) {}
};

// REQUIRES: one run per directory at a time.
// Throws StoreError when the store cannot go on.
SyncResult sync(const DirectoryOptions& options, store::Store& store, const SyncOptions& run, Observer& observer);

// Runs exactly those removals of a hold that are still true, and names the others. Refuses: not_found, invalid (not
// open). A stop leaves the rest of the hold open.
store::Outcome<store::Released> release(store::Store& store, store::HoldId hold, const store::Actor& actor,
                                        const std::stop_token& stop = {});

}  // namespace rosterd::ldap
