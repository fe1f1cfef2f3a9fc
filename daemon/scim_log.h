// The last SCIM exchanges of each connection and what its client does outside the standard, for `rosterd scim log` and
// `rosterd scim quirks`: in memory, since the daemon's start, bounded, without values. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "scim/habits.h"
#include "store/clock.h"

namespace rosterd {

struct ScimExchange {
  store::Instant at;
  std::string connection;  // "scim:NAME"
  std::string token;       // its name
  std::string method;
  std::string path;   // as scim::shape_of_path and its neighbours write them
  std::string query;  // likewise
  std::string body;   // likewise, and only of a request that was refused or has notes
  int status = 0;
  std::string scim_type;
  std::string detail;  // why it was refused
  std::vector<scim::Note> notes;
  std::chrono::microseconds duration{};
  std::string request_id;
};

// One habit of one connection's client, or (without a habit) what was ignored.
struct ScimQuirk {
  std::string connection;
  std::optional<scim::Habit> habit;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // the habit was off
  store::Instant first;
  store::Instant last;
  std::string where;    // the latest: an attribute, an operation
  std::string example;  // the latest request's shape
};

class ScimLog {
 public:
  explicit ScimLog(std::size_t per_connection = 500) : per_connection_(per_connection) {}

  void note(ScimExchange exchange);
  // Newest first. An empty connection is every one.
  std::vector<ScimExchange> exchanges(std::string_view connection, bool failed_only, std::size_t limit) const;
  // By connection, then in the order of the table of habits.
  std::vector<ScimQuirk> quirks(std::string_view connection) const;

 private:
  struct Connection {
    std::deque<ScimExchange> exchanges;  // newest last
    std::map<std::optional<scim::Habit>, ScimQuirk> quirks;
  };

  const std::size_t per_connection_;
  mutable std::mutex mutex_;
  std::map<std::string, Connection, std::less<>> connections_;  // names come from the configuration
};

}  // namespace rosterd
