// The limit of durable writes: the recorded statements again, prepared once, in commits of --per-commit units, with the
// same durability. Prints units a second.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <unordered_map>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/sqlite.h"

namespace {

using rosterd::bench::Database;
using rosterd::bench::Options;

struct Value {
  enum class Type { null, integer, text } type = Type::null;
  sqlite3_int64 number = 0;
  std::string text = {};
};

struct Statement {
  sqlite3_stmt* prepared = nullptr;
  std::vector<Value> values = {};
};

using Unit = std::vector<Statement>;

// The literal at `at`, which moves behind it.
Value take_literal(const std::string& expanded, std::size_t& at) {
  Value value;
  if (expanded.compare(at, 4, "NULL") == 0) {
    at += 4;
  } else if (expanded[at] == '\'') {
    value.type = Value::Type::text;
    for (++at; expanded[at] != '\'' || expanded[at + 1] == '\''; ++at) {
      if (expanded[at] == '\'') ++at;
      value.text += expanded[at];
    }
    ++at;
  } else {
    value.type = Value::Type::integer;
    std::size_t used = 0;
    value.number = std::stoll(expanded.substr(at, 24), &used);
    at += used;
  }
  return value;
}

std::vector<Value> values_of(const std::string& sql, const std::string& expanded) {
  std::vector<Value> values;
  std::size_t at = 0;
  bool quoted = false;
  for (const char c : sql) {
    if (c == '\'') quoted = !quoted;
    if (c == '?' && !quoted) {
      values.push_back(take_literal(expanded, at));
    } else if (expanded.at(at++) != c) {
      throw std::runtime_error("cannot match " + sql);
    }
  }
  return values;
}

std::vector<Unit> load(const std::string& path, Database& db) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  std::unordered_map<std::string, sqlite3_stmt*> prepared;
  std::vector<Unit> units;
  Unit unit;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1d') {
      if (!unit.empty()) units.push_back(std::move(unit));
      unit.clear();
      ++at;
      continue;
    }
    const std::size_t middle = text.find('\x1e', at);
    const std::size_t end = text.find('\x1f', middle);
    const std::string sql = text.substr(at, middle - at);
    auto& statement = prepared[sql];
    if (!statement) statement = db.prepare(sql);
    unit.push_back({statement, values_of(sql, text.substr(middle + 1, end - middle - 1))});
    at = end + 1;
  }
  return units;
}

void execute(Database& db, const Statement& statement) {
  int index = 0;
  for (const Value& value : statement.values) {
    ++index;
    if (value.type == Value::Type::integer) {
      sqlite3_bind_int64(statement.prepared, index, value.number);
    } else if (value.type == Value::Type::text) {
      sqlite3_bind_text(statement.prepared, index, value.text.data(), static_cast<int>(value.text.size()),
                        SQLITE_STATIC);
    } else {
      sqlite3_bind_null(statement.prepared, index);
    }
  }
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(statement.prepared);
  db.check(code);
  sqlite3_reset(statement.prepared);
}

int run(const Options& options) {
  Database db(options.text("--database"));
  db.configure();
  const auto units = load(options.text("--statements"), db);
  const std::size_t per_commit = options.number("--per-commit");
  const auto begin = std::chrono::steady_clock::now();
  timespec cpu_begin{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_begin);
  std::size_t statements = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i % per_commit == 0) db.execute("BEGIN IMMEDIATE");
    for (const Statement& statement : units[i]) execute(db, statement);
    statements += units[i].size();
    if (i % per_commit == per_commit - 1 || i + 1 == units.size()) db.execute("COMMIT");
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  timespec cpu_end{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_end);
  const double cpu = static_cast<double>(cpu_end.tv_sec - cpu_begin.tv_sec) +
                     static_cast<double>(cpu_end.tv_nsec - cpu_begin.tv_nsec) * 1e-9;
  std::printf("{\"units\":%zu,\"statements\":%zu,\"seconds\":%.6f,\"cpu\":%.6f,\"per_second\":%.1f}\n", units.size(),
              statements, seconds, cpu, static_cast<double>(units.size()) / seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argc, argv, {{"--database", ""}, {"--statements", ""}, {"--per-commit", "32"}}});
  } catch (const std::exception& error) {
    std::cerr << "limit_replay: " << error.what() << "\n";
    return 1;
  }
}
