// Everything the daemon counts, as one typed list; GET /metrics is text(). No label holds a person's data, and every
// label is from a small fixed set (route patterns, source names), so that the number of series is bounded. Thread-safe;
// each call is a few atomic operations after the first with its labels.
#pragma once

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

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  // HTTP. `route` is the pattern ("/scim/v2/Users/{id}"), never the path.
  void http_request(std::string_view method, std::string_view route, int status, double seconds);
  void http_refused(std::string_view reason);  // malformed, too_large, timeout, queue_full, ...
  void http_connections(std::int64_t open);

  // SCIM, per connection.
  void scim_operation(std::string_view source, std::string_view operation, int status);

  // Directory sync. outcome: ok, held, failed.
  void sync_run(std::string_view source, std::string_view outcome, double seconds, const SyncNumbers& numbers);
  void sync_last_success(std::string_view source, double unix_seconds);

  // Mail. outcome: sent, deferred, failed, cancelled.
  void mail_attempt(std::string_view outcome, double seconds);
  void mail_waiting(std::int64_t queued, double oldest_seconds);

  // Store. A commit may hold several units.
  void commit(std::int64_t units, double seconds);
  void store_failure(std::string_view kind);

  // People.
  void people(std::int64_t active, std::int64_t pending, std::int64_t inactive);
  void sign_in(std::string_view outcome);  // ok, refused, locked, busy

  // From the source's word to the last session gone.
  void off_boarding(std::string_view source, double seconds);

  void reload(bool accepted);
  void work_steps(std::string_view kind, std::int64_t steps);

  std::string text() const;  // Prometheus text format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rosterd::metrics
