#include "store/writer.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kUnitsPerCommit = 64;
constexpr std::chrono::milliseconds kBatchTime{20};
// Clients that were answered together come back together: waiting for them this long costs less than a second fsync.
constexpr std::chrono::microseconds kGatherTime{300};

}  // namespace

Writer::Writer(const Parts& parts)
    : parts_(parts), settings_(std::make_shared<const Settings>()), thread_([this] { loop(); }) {
  ::pthread_setname_np(thread_.native_handle(), "store-writer");
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  thread_.join();
}

std::shared_ptr<const Settings> Writer::settings() const {
  std::lock_guard lock(mutex_);
  return settings_;
}

void Writer::run(const Actor& actor, const std::function<bool(Unit&)>& work, std::shared_ptr<const Settings> settings) {
  if (std::this_thread::get_id() == thread_.get_id())
    throw StoreError(StoreError::Kind::internal, "store: a unit of work started another one");
  const JobPtr job(new Job{actor, work, std::move(settings)});
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) throw StoreError(StoreError::Kind::stopped, "store: closing");
    if (queue_.size() >= parts_.queue_limit)
      throw StoreError(StoreError::Kind::busy, "store: too many units of work are waiting");
    queue_.push_back(job);
  }
  arrived_.notify_one();
  std::exception_ptr error;
  {
    std::unique_lock lock(job->mutex);
    job->answered.wait(lock, [&] { return job->done; });
    error = std::move(job->error);  // ends here, not on the writer's thread
  }
  if (error) std::rethrow_exception(error);
}

void Writer::loop() {
  while (JobPtr job = next_job()) run_batch(std::move(job));
}

Writer::JobPtr Writer::next_job() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return nullptr;
  JobPtr job = std::move(queue_.front());
  queue_.pop_front();
  return job;
}

Writer::JobPtr Writer::another_job(std::size_t taken, steady_clock::time_point until) {
  if (taken >= kUnitsPerCommit || steady_clock::now() >= until) return nullptr;
  std::unique_lock lock(mutex_);
  if (queue_.empty() && taken < last_batch_ && !stopping_)
    arrived_.wait_for(lock, kGatherTime, [&] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return nullptr;
  JobPtr job = std::move(queue_.front());
  queue_.pop_front();
  return job;
}

void Writer::run_batch(JobPtr first) {
  Batch batch{std::move(first)};
  lost_by_ = nullptr;
  // Whoever fails after writing often does it again: then savepoints cost less than running twice.
  savepoints_ = std::exchange(undid_, false);
  if (fill(batch) && commit()) {
    last_batch_ = batch.size();
    answer(batch);
    return;
  }
  undo();
  last_batch_ = 1;
  if (batch.size() == 1) {
    batch.front()->error = std::exchange(lost_by_, nullptr);
    answer(batch);
    return;
  }
  for (const JobPtr& job : batch) run_alone(job);
}

void Writer::begin() {
  parts_.damage.refuse();
  undo();  // of what could not be undone when it was lost
  changed_ = false;
  in_unit_ = settings();
  parts_.db.prepare("BEGIN IMMEDIATE").run();
}

bool Writer::fill(Batch& batch) {
  const auto until = steady_clock::now() + kBatchTime;
  try {
    begin();
  } catch (...) {
    lost_by_ = std::current_exception();
    return false;
  }
  while (true) {
    const Attempt outcome = attempt(*batch.back());
    if (outcome == Attempt::lost || (outcome == Attempt::undo_all && !run_again(batch))) return false;
    JobPtr next = another_job(batch.size(), until);
    if (!next) return true;
    batch.push_back(std::move(next));
  }
}

bool Writer::run_again(const Batch& batch) {
  savepoints_ = true;
  undo();
  try {
    begin();
  } catch (...) {
    lost_by_ = std::current_exception();
    return false;
  }
  return std::all_of(batch.begin(), batch.end(), [&](const JobPtr& job) { return attempt(*job) == Attempt::over; });
}

bool Writer::run_work(Job& job) {
  const auto settings = job.settings ? job.settings : in_unit_;
  job.error = nullptr;
  job.mail_queued = job.work_queued = false;
  bool keep = false;
  try {
    if (savepoints_) parts_.db.prepare("SAVEPOINT unit").run();
    Unit unit(parts_.db, parts_.clock.now(), job.actor, *settings, parts_.secret_key);
    keep = job.work(unit);
    job.mail_queued = keep && unit.mail_queued();
    job.work_queued = keep && unit.work_queued();
    in_unit_ = settings;
  } catch (...) {
    job.error = std::current_exception();
    note_damage(job.error);
  }
  return keep;
}

Writer::Attempt Writer::attempt(Job& job) {
  const std::int64_t changes_before = parts_.db.all_changes();
  const bool keep = run_work(job);
  try {
    parts_.damage.refuse();
    if (!parts_.db.in_transaction()) throw StoreError(StoreError::Kind::io, "store: the transaction was rolled back");
    if (!keep && undo_unit(changes_before, job.error != nullptr) == Attempt::undo_all) return Attempt::undo_all;
    if (savepoints_) parts_.db.prepare("RELEASE unit").run();
  } catch (...) {
    // The unit's own error says more about the cause than what followed from it.
    lost_by_ = job.error ? std::move(job.error) : std::current_exception();
    return Attempt::lost;
  }
  changed_ = changed_ || keep;
  return Attempt::over;
}

Writer::Attempt Writer::undo_unit(std::int64_t changes_before, bool threw) {
  if (!threw && parts_.db.all_changes() == changes_before) return Attempt::over;  // it refused before it wrote
  undid_ = true;
  if (savepoints_) {
    parts_.db.prepare("ROLLBACK TO unit").run();
  } else if (changed_) {
    return Attempt::undo_all;
  } else {
    parts_.db.prepare("ROLLBACK").run();
    parts_.db.prepare("BEGIN IMMEDIATE").run();
  }
  return Attempt::over;
}

// Whoever meets damage ends the writing for everybody: what else would be built upon it?
void Writer::note_damage(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const StoreError& known) {
    if (known.kind() == StoreError::Kind::corrupt) parts_.damage.note(known.what());
  } catch (...) {
    // Not the store's.
  }
}

bool Writer::commit() noexcept {
  try {
    parts_.db.prepare(changed_ ? "COMMIT" : "ROLLBACK").run();
    if (changed_) ++commits_;
    std::lock_guard lock(mutex_);
    settings_ = in_unit_;
    return true;
  } catch (...) {
    lost_by_ = std::current_exception();
    note_damage(lost_by_);
    return false;
  }
}

void Writer::run_alone(const JobPtr& job) {
  lost_by_ = nullptr;
  savepoints_ = false;
  bool durable = false;
  try {
    begin();
    durable = attempt(*job) == Attempt::over && commit();
  } catch (...) {
    lost_by_ = std::current_exception();
  }
  if (!durable) {
    undo();
    job->error = std::exchange(lost_by_, nullptr);
  }
  answer({job});
}

void Writer::undo() noexcept {
  try {
    if (parts_.db.in_transaction()) parts_.db.execute("ROLLBACK");
  } catch (...) {
    // The next BEGIN reports what is wrong to the one who asks for it.
  }
}

void Writer::answer(const Batch& batch) {
  bool mail = false;
  bool work = false;
  for (const JobPtr& job : batch) {
    if (!job->error) {
      mail = mail || job->mail_queued;
      work = work || job->work_queued;
    }
    {
      const std::lock_guard lock(job->mutex);
      job->done = true;
    }
    job->answered.notify_one();
  }
  if (mail) parts_.mail_signal.notify();
  if (work) parts_.work_signal.notify();
}

}  // namespace rosterd::store
