// Runs POST /Users through the SCIM engine and writes down every statement that the store's writer executes for it,
// with its values: limit_replay runs the same ones without anything around them. Each request is a transaction of its
// own here, which ends its unit; savepoints are left out.
#include <sqlite3.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string_view>

#include "scim/engine.h"
#include "store/sources.h"
#include "store/store.h"
#include "tests/bench/options.h"
#include "tests/bench/person.h"

namespace {

using namespace rosterd;

std::ofstream g_out;
bool g_recording = false;  // the writer's thread only

int on_statement(unsigned, void*, void* statement, void* text) {
  const std::string_view sql(static_cast<const char*>(text));
  if (sql == "BEGIN IMMEDIATE") {
    g_recording = true;
  } else if (sql == "COMMIT") {
    g_recording = false;
    g_out << '\x1d';
  } else if (g_recording && !sql.starts_with("SAVEPOINT") && !sql.starts_with("RELEASE") && !sql.starts_with("--")) {
    char* expanded = sqlite3_expanded_sql(static_cast<sqlite3_stmt*>(statement));
    g_out << sql << '\x1e' << expanded << '\x1f';
    sqlite3_free(expanded);
  }
  return 0;
}

// Every connection that the store opens; readers never run "BEGIN IMMEDIATE".
int on_open(sqlite3* db, const char**, const void*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, nullptr);
}

std::string body(std::size_t i) {
  std::string text = bench::profile(i);
  return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":"ext-)" + bench::person_number(i) +
         R"(","active":true,)" + text.substr(1);
}

int run(const bench::Options& options) {
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(&on_open));
  store::SystemClock clock;
  const auto store = store::Store::open({.directory = options.text("--store")}, clock);
  const store::SourceId source = store->write({store::kLocal, "record"}, [&](store::Unit& unit) {
    return store::ensure_source(unit, options.text("--source"));
  });
  g_out.open(options.text("--out"), std::ios::binary);
  const store::Actor actor{source, "token:bench", "request"};
  scim::Connection connection;
  connection.source = source;
  const std::size_t first = options.number("--first");
  for (std::size_t i = first; i < first + options.number("--requests"); ++i) {
    const scim::Request request{.method = "POST",
                                .path = "/Users",
                                .query = {},
                                .content_type = "application/scim+json",
                                .if_match = {},
                                .if_none_match = {},
                                .body = body(i)};
    const auto answer =
        scim::handle(request, {*store, scim::Catalogue::standard(), connection, actor, "http://127.0.0.1/scim/v2", {}});
    if (answer.status != 201) throw std::runtime_error("status " + std::to_string(answer.status) + ": " + answer.body);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argc,
                argv,
                {{"--store", ""}, {"--source", "scim:bench"}, {"--first", "0"}, {"--requests", "100"}, {"--out", ""}}});
  } catch (const std::exception& error) {
    std::cerr << "record: " << error.what() << "\n";
    return 1;
  }
}
