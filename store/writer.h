// The one writer: a thread that puts waiting units into one commit, so that clients share an fsync. Nobody is answered
// before his unit is durable. A unit that fails undoes itself alone: most refuse before they write, and the first of a
// transaction is undone with it; where neighbours have written before it, all of them run again, each in a savepoint
// (which costs every unit a copy of the pages it changes, so it is not how they start). When the whole transaction is
// lost (disk full, I/O error), its units run again one by one, so that each gets its own answer.
// Thread-safe; the connection belongs to the writer's thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/damage.h"
#include "store/store.h"

namespace rosterd::store {

class Writer {
 public:
  // All of these outlive the writer.
  struct Parts {
    Connection& db;
    const Clock& clock;
    std::string_view secret_key;
    Signal& mail_signal;
    Signal& work_signal;
    Damage& damage;  // once noted, every unit is refused
    std::size_t queue_limit;
  };
  explicit Writer(const Parts& parts);
  // Units that wait are still run; later ones get StoreError::Kind::stopped.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Blocks until `work` is durable, undone (it returned false) or has failed: its own exception, or StoreError.
  // `settings`, when given, are in force for `work` and, unless it fails, for every unit after it.
  void run(const Actor& actor, const std::function<bool(Unit&)>& work,
           std::shared_ptr<const Settings> settings = nullptr);
  std::shared_ptr<const Settings> settings() const;
  std::uint64_t commits() const { return commits_.load(); }

 private:
  // Shared, so that whoever is answered may go before the writer's thread is through with waking him. The lock is his
  // own: 32 who wake up together do not queue for one.
  struct Job {
    const Actor& actor;
    const std::function<bool(Unit&)>& work;
    std::shared_ptr<const Settings> settings = nullptr;
    std::exception_ptr error = nullptr;
    bool mail_queued = false;
    bool work_queued = false;
    std::mutex mutex = {};
    std::condition_variable answered = {};
    bool done = false;
  };
  using JobPtr = std::shared_ptr<Job>;
  using Batch = std::vector<JobPtr>;
  enum class Attempt { over, undo_all, lost };

  void loop();
  void begin();
  void run_batch(JobPtr first);
  bool fill(Batch& batch);             // begins with the one that is in it; false: the transaction was lost
  bool run_again(const Batch& batch);  // in savepoints; false: the transaction was lost
  Attempt attempt(Job& job);           // undo_all: it failed, and what it wrote cannot be told from what others wrote
  bool run_work(Job& job);             // false: to be undone
  Attempt undo_unit(std::int64_t changes_before, bool threw);
  void note_damage(const std::exception_ptr& error);
  bool commit() noexcept;  // false: nothing of this transaction is durable
  void run_alone(const JobPtr& job);
  void answer(const Batch& batch);
  void undo() noexcept;
  JobPtr next_job();  // nullptr: stopped and empty
  JobPtr another_job(std::size_t taken, std::chrono::steady_clock::time_point until);

  Parts parts_;
  std::atomic<std::uint64_t> commits_{0};
  std::shared_ptr<const Settings> in_unit_;  // writer's thread: what the open transaction goes by
  bool changed_ = false;                     // writer's thread: the open transaction holds something to commit
  bool savepoints_ = false;                  // writer's thread: units of the open transaction have one
  bool undid_ = false;                       // writer's thread: a unit of this batch had to be undone
  std::size_t last_batch_ = 1;               // writer's thread
  std::exception_ptr lost_by_ = {};          // writer's thread: why the last transaction was lost

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_;
  std::deque<JobPtr> queue_;
  std::shared_ptr<const Settings> settings_;
  bool stopping_ = false;

  std::thread thread_;  // last: starts when all is there
};

}  // namespace rosterd::store
