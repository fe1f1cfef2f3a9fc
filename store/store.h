// The store: the only place where facts become consequences. Readers see one consistent snapshot; all writes go through
// one writer that puts waiting units into one durable commit (WAL, synchronous=FULL).
// Thread-safe. Errors: StoreError; a refusal is the work's own Outcome.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <vector>

#include "store/clock.h"
#include "store/ids.h"
#include "store/outcome.h"
#include "store/settings.h"
#include "store/signal.h"

namespace rosterd::store {

class Connection;

// A consistent reading. Valid only inside the call that handed it out.
class View {
 public:
  View(Connection& db, Instant now) : db_(db), now_(now) {}
  Connection& db() const { return db_; }
  Instant now() const { return now_; }

 private:
  Connection& db_;
  Instant now_;
};

// Empty when the database's own quick check finds nothing wrong. Reads the whole file: for doctor, not for requests.
std::string integrity_problem(const View&);

// Who acts: written into the audit trail. `source` is the door (scim:…, ldap:…, local), `name` a token, a command's
// user or a job.
struct Actor {
  SourceId source;
  std::string name;
  std::string request_id = {};
};

// One unit of work: facts + effective user + audit row + change row + outbox mail together, or none of it.
class Unit : public View {
 public:
  Unit(Connection& db, Instant now, const Actor& actor, const Settings& settings, std::string_view secret_key)
      : View(db, now), actor_(actor), settings_(settings), secret_key_(secret_key) {}
  const Actor& actor() const { return actor_; }
  const Settings& settings() const { return settings_; }
  std::string_view secret_key() const { return secret_key_; }
  // Wakes the outbox sender, or the work queue, once this unit is durable.
  void mail_was_queued() { mail_queued_ = true; }
  void work_was_queued() { work_queued_ = true; }
  bool mail_queued() const { return mail_queued_; }
  bool work_queued() const { return work_queued_; }
  // For the brake on removals (brake.h). Whoever was made or brought back in this unit loses nothing by being blocked
  // in it. What an administrator releases is neither held nor counted.
  void note_woken(UserId user) { woken_.push_back(user); }
  bool was_woken(UserId user) const { return std::find(woken_.begin(), woken_.end(), user) != woken_.end(); }
  void release_brake(bool released) { brake_released_ = released; }
  bool is_brake_released() const { return brake_released_; }

 private:
  const Actor& actor_;
  const Settings& settings_;
  std::string_view secret_key_;
  bool mail_queued_ = false;
  bool work_queued_ = false;
  bool brake_released_ = false;
  std::vector<UserId> woken_;
};

struct StoreOptions {
  std::string directory;           // holds rosterd.db and secret.key (created 0600)
  std::size_t readers = 4;         // reading connections; a further reader waits
  std::size_t queue_limit = 1024;  // waiting units; beyond it StoreError::Kind::busy
};

class Store {
 public:
  // Takes the store's exclusive lock (a second process gets Kind::locked_by_other), brings the schema up to date
  // (Kind::newer_schema when it comes from a later rosterd) and starts the writer. `clock` must outlive the store.
  static std::unique_ptr<Store> open(const StoreOptions& options, const Clock& clock);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Exchanges the settings for units that start from now on, in one unit: when it throws, the old ones stay in force.
  // Changed access rules queue work for everybody they touch.
  void configure(Settings settings);
  std::shared_ptr<const Settings> settings() const;  // those in force

  // Runs `work(Unit&)` and returns its result once it is durable. An Outcome that is a refusal, or an exception, undoes
  // the unit alone. `work` may run more than once (a neighbour had to be undone, the transaction was lost), so it must
  // not have effects of its own. A unit that changes the schema throws when it wants to be undone.
  template <class Work>
  auto write(const Actor& actor, Work&& work) -> std::invoke_result_t<Work, Unit&> {
    using Result = std::invoke_result_t<Work, Unit&>;
    if constexpr (std::is_void_v<Result>) {
      run_unit(actor, [&](Unit& unit) {
        work(unit);
        return true;
      });
    } else {
      std::optional<Result> result;
      run_unit(actor, [&](Unit& unit) {
        result.emplace(work(unit));
        if constexpr (requires { result->refused(); }) return static_cast<bool>(*result);
        return true;
      });
      return std::move(*result);
    }
  }

  // Runs `work(const View&)` in one snapshot with every unit acknowledged before; within a reading, in that one's.
  template <class Work>
  auto read(Work&& work) const -> std::invoke_result_t<Work, const View&> {
    using Result = std::invoke_result_t<Work, const View&>;
    if constexpr (std::is_void_v<Result>) {
      run_view([&](const View& view) { work(view); });
    } else {
      std::optional<Result> result;
      run_view([&](const View& view) { result.emplace(work(view)); });
      return std::move(*result);
    }
  }

  // False when the process before this one did not close the store; stays so for the next one, until check_integrity
  // has passed.
  bool was_closed_cleanly() const;
  // The database's own quick check of the whole file, on a connection of its own, while others read and write. Returns
  // what is wrong, "" for nothing or when it was stopped. Whoever meets damage, here or in a unit or reading, ends all
  // writing: from then on units get Kind::corrupt, and so does the next open.
  std::string check_integrity(std::stop_token stop = {});
  std::string damage() const;  // what was met; "" for none

  Signal& mail_signal();                // mail was queued
  Signal& work_signal();                // the work queue has something
  std::string_view secret_key() const;  // 32 bytes, for links that are derived, never stored
  std::uint64_t commits() const;        // durable commits so far: the writer's proof of life
  const Clock& clock() const;

 private:
  friend class Staging;  // reads on a connection of its own, which has temporary tables
  std::unique_ptr<Connection> open_scratch() const;
  void run_view_on(Connection&, const std::function<void(const View&)>& work) const;  // temporary rows stay

  struct State;
  explicit Store(std::unique_ptr<State> state);
  void run_unit(const Actor& actor, const std::function<bool(Unit&)>& work);  // false: undo
  void run_view(const std::function<void(const View&)>& work) const;
  std::unique_ptr<State> state_;
};

}  // namespace rosterd::store
