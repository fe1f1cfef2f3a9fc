// Everything the daemon counts, as one typed list; GET /metrics is text(). No label holds a person's data, and every
// label is from a small fixed set (route patterns, source names), so that the number of series is bounded. Thread-safe;
// each call is a few atomic operations after the first with its labels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rosterd::metrics {

struct SyncNumbers {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  std::int64_t held = 0;
  std::int64_t set_aside = 0;  // entries that could not be taken, by name in the log
};

// What the door has counted since its start.
struct DoorNumbers {
  std::uint64_t accepted = 0;
  std::uint64_t turned_away = 0;
  std::uint64_t tls_failures = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped_answers = 0;
  std::size_t connections = 0;
  std::size_t queued = 0;
};

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  // HTTP. `route` is the pattern ("/invitation/{}"), never the path.
  void http_request(std::string_view method, std::string_view route, int status, double seconds);
  void http_door(const DoorNumbers& numbers);

  // SCIM, per connection; `operation` is one of a fixed set ("patch_user").
  void scim_operation(std::string_view source, std::string_view operation, int status);

  // Habits of its client, by their names in scim/habits.h.
  void scim_habit(std::string_view source, std::string_view habit, bool on);

  // Directory sync. outcome: ok, held, failed.
  void sync_run(std::string_view source, std::string_view outcome, double seconds, const SyncNumbers& numbers);
  void sync_last_success(std::string_view source, double unix_seconds);
  // From the beginning of the reading that showed a departure until sessions and tokens were gone.
  void off_boarding(std::string_view source, double seconds);

  // Mail. outcome: sent, deferred, refused, given_up, cancelled.
  void mail_attempt(std::string_view outcome, double seconds);
  void removals_held(std::string_view source, std::int64_t items);
  void mail_waiting(std::int64_t queued, bool on_hold = false);

  // Store and people.
  void commits(std::uint64_t so_far);
  void store_failure(std::string_view kind);
  void people(std::int64_t active, std::int64_t inactive);
  void sign_in(std::string_view outcome);  // ok, refused, locked

  void reload(bool accepted);
  void tls_expiry(double unix_seconds);  // of the certificate in force

  std::string text() const;  // Prometheus text format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rosterd::metrics
