#include "store/sqlite/connection.h"

#include <sqlite3.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "store/outcome.h"
#include "store/sqlite/errors.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kCachedStatements = 256;

// Statements are long and differ in their length or in most places: their length and five words tell them apart.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    if (text.size() < kWord) return std::hash<std::string_view>{}(text);
    const std::size_t last = text.size() - kWord;
    std::uint64_t hash = text.size();
    for (std::size_t part = 1; part <= 5; ++part) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + last * part / 5, kWord);
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32;
    }
    return hash;
  }
};

}  // namespace

struct Statement::Handle {
  sqlite3_stmt* statement = nullptr;
  sqlite3* db = nullptr;
  bool in_use = false;
  bool cached = false;
  std::int64_t* steps = nullptr;

  ~Handle() { sqlite3_finalize(statement); }
};

struct Connection::State {
  sqlite3* db = nullptr;
  std::int64_t steps = 0;
  std::unordered_map<std::string, std::unique_ptr<Statement::Handle>, TextHash, std::equal_to<>> statements;

  ~State() {
    statements.clear();
    sqlite3_close_v2(db);
  }

  std::unique_ptr<Statement::Handle> make(std::string_view sql) {
    auto handle = std::make_unique<Statement::Handle>();
    handle->db = db;
    handle->steps = &steps;
    const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &handle->statement, nullptr);
    if (code != SQLITE_OK) fail(db, code, "prepare");
    return handle;
  }

  // Filters of clients come in many shapes: the cache is emptied of what is idle instead of growing without end.
  void make_room() {
    if (statements.size() < kCachedStatements) return;
    std::erase_if(statements, [](const auto& entry) { return !entry.second->in_use; });
  }
};

Statement::Statement(Handle* handle) : handle_(handle) {
  handle_->in_use = true;
}

Statement::Statement(Statement&& other) noexcept : handle_(other.handle_), next_(other.next_) {
  other.handle_ = nullptr;
}

Statement::~Statement() {
  if (!handle_) return;
  sqlite3_reset(handle_->statement);
  sqlite3_clear_bindings(handle_->statement);
  *handle_->steps += sqlite3_stmt_status(handle_->statement, SQLITE_STMTSTATUS_VM_STEP, 1);
  handle_->in_use = false;
  if (!handle_->cached) delete handle_;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_->statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(handle_->db, code, "statement");
}

void Statement::run() {
  while (step()) {
  }
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_->statement, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_->statement, column);
}

std::string_view Statement::view(int column) const {
  const void* data = sqlite3_column_blob(handle_->statement, column);
  if (!data) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(handle_->statement, column))};
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Statement::maybe_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

void Statement::bind_next(std::nullptr_t) {
  const int code = sqlite3_bind_null(handle_->statement, ++next_);
  if (code != SQLITE_OK) fail(handle_->db, code, "bind");
}

void Statement::bind_next(std::int64_t value) {
  const int code = sqlite3_bind_int64(handle_->statement, ++next_, value);
  if (code != SQLITE_OK) fail(handle_->db, code, "bind");
}

void Statement::bind_next(std::string_view value) {
  // A null pointer would be bound as NULL: an empty text has an address, too.
  const char* data = value.data() ? value.data() : "";
  const int code = sqlite3_bind_text64(handle_->statement, ++next_, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) fail(handle_->db, code, "bind");
}

namespace {

// SQLite's statistics of its own memory cost every allocation a lock that all connections share. Too late, when
// somebody has used SQLite before us in this process: then they stay on.
// Temporary files go where the database is: a service may write there, and its disk is the one that is watched. Where
// that folder is gone (a restored store has moved) SQLite takes /var/tmp.
void configure_library(const std::string& path) {
  static std::once_flag once;
  std::call_once(once, [&] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    if (sqlite3_initialize() == SQLITE_OK) sqlite3_temp_directory = sqlite3_mprintf("%s", folder.c_str());
  });
}

}  // namespace

Connection::Connection(const std::string& path, Mode mode) : state_(std::make_unique<State>()) {
  configure_library(path);
  const int flags = (mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &state_->db, flags, nullptr);
  if (code != SQLITE_OK) fail(state_->db, code, "open " + path);
  sqlite3_busy_timeout(state_->db, 5000);
  sqlite3_db_config(state_->db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;");
  if (mode != Mode::read_write) {
    // Small: there is one for each request thread, and the operating system keeps the file's pages for all of them.
    execute("PRAGMA temp_store = FILE; PRAGMA cache_size = -2000;");
    execute(mode == Mode::read_only ? "PRAGMA query_only = ON" : "PRAGMA temp.cache_size = -8000");
    return;
  }
  // In memory: what a savepoint may have to put back is as small as a unit of work.
  // The write-ahead log is copied back every 4,000 pages (16 MB): fewer fsyncs of the database file per commit.
  execute(
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;"
      "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;");
  // The log stays when we stop: without it a member of the reader group could not open the database until we start
  // again.
  int keep = 1;
  sqlite3_file_control(state_->db, nullptr, SQLITE_FCNTL_PERSIST_WAL, &keep);
}

Connection::~Connection() = default;

Statement Connection::prepare(std::string_view sql) {
  if (auto found = state_->statements.find(sql); found != state_->statements.end()) {
    if (!found->second->in_use) return Statement(found->second.get());
    return Statement(state_->make(sql).release());
  }
  state_->make_room();
  auto handle = state_->make(sql);
  handle->cached = true;
  Statement::Handle* raw = handle.get();
  state_->statements.emplace(std::string(sql), std::move(handle));
  return Statement(raw);
}

void Connection::execute(std::string_view sql) {
  const std::string text(sql);
  const int code = sqlite3_exec(state_->db, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(state_->db, code, "execute");
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(state_->db);
}

std::int64_t Connection::all_changes() const {
  return sqlite3_total_changes64(state_->db);
}

std::int64_t Connection::last_id() const {
  return sqlite3_last_insert_rowid(state_->db);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(state_->db) == 0;
}

std::int64_t Connection::steps() const {
  return state_->steps;
}

std::string Connection::integrity_problem(const std::stop_token& stop) {
  struct Interruptible {
    Interruptible(sqlite3* handle, const std::stop_token& token) : db(handle) {
      sqlite3_progress_handler(
          db, 10'000, [](void* given) { return static_cast<const std::stop_token*>(given)->stop_requested() ? 1 : 0; },
          const_cast<std::stop_token*>(&token));
    }
    ~Interruptible() { sqlite3_progress_handler(db, 0, nullptr, nullptr); }
    sqlite3* db;
  };
  const Interruptible scope(state_->db, stop);
  try {
    Statement check = prepare("PRAGMA quick_check(1)");
    if (!check.step()) return "the check gave no answer";
    std::string answer = check.text(0);
    if (answer == "ok") answer.clear();
    return answer;
  } catch (const StoreError& error) {
    if (stop.stop_requested()) return {};
    if (error.kind() == StoreError::Kind::corrupt) return error.what();
    throw;
  }
}

}  // namespace rosterd::store
