#include "store/writer.h"

#include <pthread.h>

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
  Job job{actor, work, std::move(settings)};
  std::unique_lock lock(mutex_);
  if (stopping_) throw StoreError(StoreError::Kind::stopped, "store: closing");
  if (queue_.size() >= parts_.queue_limit)
    throw StoreError(StoreError::Kind::busy, "store: too many units of work are waiting");
  queue_.push_back(&job);
  arrived_.notify_one();
  job.answered.wait(lock, [&] { return job.done; });
  if (job.error) std::rethrow_exception(job.error);
}

void Writer::loop() {
  while (Job* job = next_job()) run_batch(job);
}

Writer::Job* Writer::next_job() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return nullptr;
  Job* job = queue_.front();
  queue_.pop_front();
  return job;
}

Writer::Job* Writer::another_job(std::size_t taken, steady_clock::time_point until) {
  if (taken >= kUnitsPerCommit || steady_clock::now() >= until) return nullptr;
  std::unique_lock lock(mutex_);
  if (queue_.empty() && taken < last_batch_ && !stopping_)
    arrived_.wait_for(lock, kGatherTime, [&] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return nullptr;
  Job* job = queue_.front();
  queue_.pop_front();
  return job;
}

void Writer::run_batch(Job* first) {
  Batch batch;
  lost_by_ = nullptr;
  if (fill(batch, first) && commit()) {
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
  for (Job* job : batch) run_alone(*job);
}

void Writer::begin() {
  parts_.damage.refuse();
  undo();  // of what could not be undone when it was lost
  changed_ = false;
  in_unit_ = settings();
  parts_.db.prepare("BEGIN IMMEDIATE").run();
}

bool Writer::fill(Batch& batch, Job* first) {
  const auto until = steady_clock::now() + kBatchTime;
  batch.push_back(first);
  try {
    begin();
  } catch (...) {
    lost_by_ = std::current_exception();
    return false;
  }
  for (Job* job = first; job; job = another_job(batch.size(), until)) {
    if (job != first) batch.push_back(job);
    if (!attempt(*job)) return false;
  }
  return true;
}

bool Writer::attempt(Job& job) {
  const auto settings = job.settings ? job.settings : in_unit_;
  job.error = nullptr;
  job.mail_queued = job.work_queued = false;
  bool keep = false;
  try {
    parts_.db.prepare("SAVEPOINT unit").run();
    Unit unit(parts_.db, parts_.clock.now(), job.actor, *settings, parts_.secret_key);
    keep = job.work(unit);
    job.mail_queued = keep && unit.mail_queued();
    job.work_queued = keep && unit.work_queued();
  } catch (...) {
    job.error = std::current_exception();
    note_damage(job.error);
  }
  try {
    parts_.damage.refuse();
    if (!parts_.db.in_transaction()) throw StoreError(StoreError::Kind::io, "store: the transaction was rolled back");
    if (!keep) parts_.db.prepare("ROLLBACK TO unit").run();
    parts_.db.prepare("RELEASE unit").run();
  } catch (...) {
    // The unit's own error says more about the cause than what followed from it.
    lost_by_ = job.error ? std::move(job.error) : std::current_exception();
    return false;
  }
  changed_ = changed_ || keep;
  if (!job.error) in_unit_ = settings;
  return true;
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

void Writer::run_alone(Job& job) {
  Batch one{&job};
  lost_by_ = nullptr;
  bool durable = false;
  try {
    begin();
    durable = attempt(job) && commit();
  } catch (...) {
    lost_by_ = std::current_exception();
  }
  if (!durable) {
    undo();
    job.error = std::exchange(lost_by_, nullptr);
  }
  answer(one);
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
  {
    std::lock_guard lock(mutex_);
    for (Job* job : batch) {
      if (!job->error) {
        mail = mail || job->mail_queued;
        work = work || job->work_queued;
      }
      job->done = true;
      job->answered.notify_one();  // under the lock: the job's owner ends it as soon as the lock is free
    }
  }
  if (mail) parts_.mail_signal.notify();
  if (work) parts_.work_signal.notify();
}

}  // namespace rosterd::store
