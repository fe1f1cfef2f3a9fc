// The one door to SQLite: a connection and its statements, without a SQLite type. SQL that goes through here stays
// inside what SQLite and PostgreSQL share. Not thread-safe: one connection belongs to one thread at a time. Errors:
// every call throws StoreError.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "store/clock.h"
#include "store/ids.h"

namespace rosterd::store {

class Connection;

// A prepared statement, cached in its connection and reset when it goes out of scope. Columns count from 0, parameters
// are bound in order by bind(...). Text views stay valid until the next step.
class Statement {
 public:
  ~Statement();
  Statement(Statement&&) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;

  template <class... Values>
  Statement& bind(const Values&... values) {
    (bind_next(values), ...);
    return *this;
  }
  bool step();  // true: a row is there
  void run();   // steps to the end

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view view(int column) const;  // text or blob; empty for NULL
  std::string text(int column) const { return std::string(view(column)); }
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<std::string> maybe_text(int column) const;

  void bind_next(std::nullptr_t);
  void bind_next(std::int64_t value);
  void bind_next(int value) { bind_next(static_cast<std::int64_t>(value)); }
  void bind_next(bool value) { bind_next(static_cast<std::int64_t>(value)); }
  void bind_next(std::string_view value);  // copied; UTF-8 text
  void bind_next(const std::string& value) { bind_next(std::string_view(value)); }
  void bind_next(const char* value) { bind_next(std::string_view(value)); }
  void bind_next(Instant at) { bind_next(to_millis(at)); }
  template <class Tag>
  void bind_next(Id<Tag> id) {
    bind_next(id.value);
  }  // "none" is stored as 0
  template <class T>
  void bind_next(const std::optional<T>& value) {
    if (value)
      bind_next(*value);
    else
      bind_next(nullptr);
  }

 private:
  friend class Connection;
  struct Handle;
  explicit Statement(Handle* handle);
  Handle* handle_;
  int next_ = 0;
};

class Connection {
 public:
  // scratch: reads the database and has temporary tables of its own, which are gone with it.
  // What is too large for memory goes into files without a name (mode 0600) in the folder of the process's first
  // database: sorts of read_only and scratch, temporary tables.
  enum class Mode { read_write, read_only, scratch };
  Connection(const std::string& path, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepares (or takes from the cache) a statement. A statement that is in use is prepared a second time.
  Statement prepare(std::string_view sql);
  void execute(std::string_view sql);  // one or several statements without parameters
  std::int64_t changes() const;        // rows changed by the last statement
  std::int64_t all_changes() const;    // rows changed since the start, also those that were undone; no schema changes
  std::int64_t last_id() const;        // key of the last inserted row
  bool in_transaction() const;         // false after the database rolled back by itself (disk full, I/O error)
  std::int64_t steps() const;          // virtual machine steps of finished statements: work, measured without a clock
  // Empty when the quick check finds nothing, or was stopped. Damage that ends the check is a problem as well.
  std::string integrity_problem(const std::stop_token& stop = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rosterd::store
