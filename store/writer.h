// The one writer: a thread that puts waiting units, each in a savepoint, into one commit, so that clients share an
// fsync. Nobody is answered before his unit is durable. A unit that fails undoes itself alone; when the whole
// transaction is lost (disk full, I/O error), its units run again one by one, so that each gets its own answer.
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
  struct Job {
    const Actor& actor;
    const std::function<bool(Unit&)>& work;
    std::shared_ptr<const Settings> settings = nullptr;
    std::exception_ptr error = nullptr;
    bool mail_queued = false;
    bool work_queued = false;
    bool done = false;
    std::condition_variable answered = {};
  };
  using Batch = std::vector<Job*>;

  void loop();
  void begin();
  void run_batch(Job* first);
  bool fill(Batch& batch, Job* first);  // false: the transaction was lost
  bool attempt(Job& job);               // false: the transaction was lost
  void note_damage(const std::exception_ptr& error);
  bool commit() noexcept;  // false: nothing of this transaction is durable
  void run_alone(Job& job);
  void answer(const Batch& batch);
  void undo() noexcept;
  Job* next_job();  // nullptr: stopped and empty
  Job* another_job(std::size_t taken, std::chrono::steady_clock::time_point until);

  Parts parts_;
  std::atomic<std::uint64_t> commits_{0};
  std::shared_ptr<const Settings> in_unit_;  // writer's thread: what the open transaction goes by
  bool changed_ = false;                     // writer's thread: the open transaction holds something to commit
  std::size_t last_batch_ = 1;               // writer's thread
  std::exception_ptr lost_by_ = {};          // writer's thread: why the last transaction was lost

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_;
  std::deque<Job*> queue_;
  std::shared_ptr<const Settings> settings_;
  bool stopping_ = false;

  std::thread thread_;  // last: starts when all is there
};

}  // namespace rosterd::store
