#include "store/store.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "store/assignments.h"
#include "store/attribute_index.h"
#include "store/audit.h"
#include "store/audit_chain.h"
#include "store/damage.h"
#include "store/directory_lock.h"
#include "store/facts.h"
#include "store/file.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/migrations.h"
#include "store/work.h"
#include "store/writer.h"

namespace rosterd::store {
namespace {

const char* const kRulesFact = "access_rules";
const char* const kClosedFact = "closed_cleanly";

// A fixed number of reading connections; who finds none free waits.
class Readers {
 public:
  Readers(const std::string& path, std::size_t count) {
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i)
      free_.push_back(std::make_unique<Connection>(path, Connection::Mode::read_only));
  }

  std::unique_ptr<Connection> take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !free_.empty(); });
    auto connection = std::move(free_.back());
    free_.pop_back();
    return connection;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    {
      std::lock_guard lock(mutex_);
      free_.push_back(std::move(connection));
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> free_;
};

// A transaction of a connection that cannot change the database: one snapshot, and temporary tables.
class ScratchTransaction {
 public:
  explicit ScratchTransaction(Connection& db) : db_(db) { db_.prepare("BEGIN").run(); }
  ~ScratchTransaction() {
    try {
      if (db_.in_transaction()) db_.prepare("ROLLBACK").run();
    } catch (const StoreError&) {
      // The next BEGIN reports what is wrong.
    }
  }
  ScratchTransaction(const ScratchTransaction&) = delete;
  ScratchTransaction& operator=(const ScratchTransaction&) = delete;
  void keep() { db_.prepare("COMMIT").run(); }

 private:
  Connection& db_;
};

// One snapshot: from the first statement to the end of this object.
class Snapshot {
 public:
  explicit Snapshot(Readers& readers) : readers_(readers), connection_(readers.take()) {
    try {
      connection_->prepare("BEGIN").run();
    } catch (...) {
      readers_.give_back(std::move(connection_));
      throw;
    }
  }
  ~Snapshot() {
    try {
      if (connection_->in_transaction()) connection_->prepare("ROLLBACK").run();
    } catch (const StoreError&) {
      // Nothing was written; the next BEGIN on this connection reports what is wrong.
    }
    readers_.give_back(std::move(connection_));
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  Connection& db() { return *connection_; }

 private:
  Readers& readers_;
  std::unique_ptr<Connection> connection_;
};

// The reading that this thread is in.
struct Reading {
  const void* store = nullptr;
  const View* view = nullptr;
};
thread_local Reading current_reading;

class ReadingScope {
 public:
  explicit ReadingScope(const Reading& now) : before_(std::exchange(current_reading, now)) {}
  ~ReadingScope() { current_reading = before_; }
  ReadingScope(const ReadingScope&) = delete;
  ReadingScope& operator=(const ReadingScope&) = delete;

 private:
  Reading before_;
};

}  // namespace

struct Store::State {
  State(const StoreOptions& options, const Clock& used_clock)
      : clock(used_clock), lock(options.directory), damage(options.directory), path(options.directory + "/rosterd.db") {
    prepare_database_file(path);
    secret_key = load_secret_key(options.directory);
    db = std::make_unique<Connection>(path, Connection::Mode::read_write);
    const bool fresh = schema_of(*db) == 0;
    migrate(*db, [&] { begin_audit_trail(*db, secret_key); });
    closed_cleanly = take_closed_mark() || fresh;
    sound = closed_cleanly;
    sync_directory(options.directory);
    readers = std::make_unique<Readers>(path, options.readers);
    writer = std::make_unique<Writer>(Writer::Parts{*db, clock, secret_key, mail_signal, work_signal, damage,
                                                    std::max<std::size_t>(options.queue_limit, 1)});
  }

  ~State() {
    writer.reset();  // runs what waits
    readers.reset();
    try {
      if (sound && damage.text().empty())
        db->prepare("INSERT INTO facts (name, value) VALUES (?, '')").bind(kClosedFact).run();
    } catch (const StoreError&) {
      // Without the mark the next process checks the file, which is right after a failure here.
    }
  }

  bool take_closed_mark() {
    db->prepare("DELETE FROM facts WHERE name = ?").bind(kClosedFact).run();
    return db->changes() > 0;
  }

  const Clock& clock;
  DirectoryLock lock;
  Damage damage;
  std::string path;
  std::string secret_key;
  bool closed_cleanly = false;
  std::atomic<bool> sound{false};  // closed cleanly before us, or checked since
  Signal mail_signal;
  Signal work_signal;
  std::unique_ptr<Connection> db;  // the writer's
  std::unique_ptr<Readers> readers;
  std::unique_ptr<Writer> writer;
};

std::string integrity_problem(const View& view) {
  return view.db().integrity_problem();
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}

Store::~Store() = default;

std::unique_ptr<Store> Store::open(const StoreOptions& options, const Clock& clock) {
  try {
    return std::unique_ptr<Store>(new Store(std::make_unique<State>(options, clock)));
  } catch (const StoreError& error) {
    const std::string what = error.what();
    if (error.kind() != StoreError::Kind::corrupt || what.find("rosterd restore") != std::string::npos) throw;
    throw StoreError(error.kind(), what + "; restore a backup with `rosterd restore FILE`");
  }
}

std::shared_ptr<const Settings> Store::settings() const {
  return state_->writer->settings();
}

void Store::configure(Settings settings) {
  const auto wanted = std::make_shared<const Settings>(std::move(settings));
  const auto note_rules = [&](Unit& unit) {
    const bool index_changed = index_attributes(unit, wanted->indexed);
    const std::string digest = wanted->access.digest() + assignment_digest(unit, *wanted);
    if (fact(unit, kRulesFact) == digest) return index_changed;
    set_fact(unit, kRulesFact, digest);
    audit(unit, "access.rules", "configuration", "digest " + digest);
    if (unit.db().prepare("SELECT 1 FROM users LIMIT 1").step()) queue_work(unit, Work::refresh_everybody);
    return true;
  };
  // With the unit, not before it: rules that could not be noted are not in force either.
  state_->writer->run(Actor{kLocal, "configuration"}, note_rules, wanted);
}

void Store::run_unit(const Actor& actor, const std::function<bool(Unit&)>& work) {
  state_->writer->run(actor, work);
}

void Store::run_view(const std::function<void(const View&)>& work) const {
  try {
    if (current_reading.store == this) return work(*current_reading.view);
    Snapshot snapshot(*state_->readers);
    const View view(snapshot.db(), state_->clock.now());
    const ReadingScope scope({this, &view});
    work(view);
  } catch (const StoreError& error) {
    if (error.kind() == StoreError::Kind::corrupt) state_->damage.note(error.what());
    throw;
  }
}

std::unique_ptr<Connection> Store::open_scratch() const {
  return std::make_unique<Connection>(state_->path, Connection::Mode::scratch);
}

void Store::run_view_on(Connection& scratch, const std::function<void(const View&)>& work) const {
  try {
    ScratchTransaction transaction(scratch);
    const View view(scratch, state_->clock.now());
    const ReadingScope scope({this, &view});
    work(view);
    transaction.keep();
  } catch (const StoreError& error) {
    if (error.kind() != StoreError::Kind::corrupt) throw;
    // It may be the temporary file alone that cannot be read again.
    const std::string problem = Connection(state_->path, Connection::Mode::read_only).integrity_problem();
    if (problem.empty()) throw StoreError(StoreError::Kind::io, std::string("temporary file: ") + error.what());
    state_->damage.note(problem);
    throw;
  }
}

bool Store::was_closed_cleanly() const {
  return state_->closed_cleanly;
}

std::string Store::check_integrity(std::stop_token stop) {
  Connection db(state_->path, Connection::Mode::read_only);
  const std::string problem = db.integrity_problem(stop);
  if (stop.stop_requested()) return {};
  if (!problem.empty()) state_->damage.note(problem);
  state_->sound = problem.empty();
  return problem;
}

std::string Store::damage() const {
  return state_->damage.text();
}

Signal& Store::mail_signal() {
  return state_->mail_signal;
}
Signal& Store::work_signal() {
  return state_->work_signal;
}
std::string_view Store::secret_key() const {
  return state_->secret_key;
}
std::uint64_t Store::commits() const {
  return state_->writer->commits();
}
const Clock& Store::clock() const {
  return state_->clock;
}

}  // namespace rosterd::store
