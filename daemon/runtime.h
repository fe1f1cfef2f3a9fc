// The daemon as one object: parts in the order of their start, stopped in reverse. `rosterd run` is run_daemon().
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/api/password_hasher.h"
#include "daemon/api/routes.h"
#include "daemon/config/load.h"
#include "daemon/exit_codes.h"
#include "daemon/http/server.h"
#include "daemon/jobs/directory_jobs.h"
#include "daemon/jobs/housekeeping.h"
#include "daemon/jobs/pulse.h"
#include "daemon/jobs/scheduler.h"
#include "daemon/mail/sender.h"
#include "daemon/metrics/metrics.h"
#include "daemon/observers.h"
#include "daemon/service_manager.h"
#include "scim/catalogue.h"
#include "store/store.h"

namespace rosterd {

// One thread constructs, reloads, stops and destroys it.
class Runtime {
 public:
  // Opens the store and writes roles, rules and sources into it. Throws StoreError, mail::TemplateError.
  Runtime(std::filesystem::path config_file, std::shared_ptr<const config::Config> config);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Starts every thread; requests are answered when it returns. `adopted` replaces http.listen when not empty.
  // Throws setup::HttpError, and std::runtime_error that names the listener that failed.
  void start(const std::vector<service_manager::Socket>& adopted = {});
  // Finishes what runs (http.drain_timeout), then ends every thread. Idempotent.
  void stop();

  // Reads the file again. True: in force. False: refused, every problem is in the log, the old one goes on.
  bool reload();

  std::vector<http::Bound> bound() const { return public_server_->bound(); }
  // What is wrong with the store's file, once anybody has met it; "" for nothing. It must not be written on.
  std::string damage() const { return store_->damage(); }
  // Parts that have stood still for longer than `limit` (given at the first call); empty: feed the watchdog.
  std::vector<std::string> stale(std::chrono::milliseconds limit);

 private:
  std::shared_ptr<const config::Config> config() const { return config_.load(); }
  commands::Services services(store::Actor actor);
  std::vector<commands::Finding> readiness();
  std::vector<commands::Finding> own_state();
  std::string metrics_text();
  void check_store(const std::stop_token& stop);
  void use(std::shared_ptr<const http::Tls> tls);
  api::Context context();
  http::Handler handler();
  void free_orphans(const config::Config& config);

  const std::filesystem::path config_file_;
  std::shared_ptr<const config::Config> started_with_;  // what options that need a restart still are
  std::atomic<std::shared_ptr<const config::Config>> config_;
  std::atomic<std::shared_ptr<const scim::Catalogue>> catalogue_;
  std::atomic<std::shared_ptr<const http::Tls>> tls_;               // in force; null without
  std::atomic<std::shared_ptr<const std::string>> refused_reload_;  // when and why the last one was; null: it was not
  const store::SystemClock clock_;
  std::atomic<bool> serving_{false};

  metrics::Metrics metrics_;
  std::shared_ptr<ScimLog> scim_log_ = std::make_shared<ScimLog>();
  std::unique_ptr<store::Store> store_;
  api::PasswordHasher hasher_;
  MailObserver mail_observer_;
  mail::Sender sender_;
  jobs::DirectoryJobs directories_;
  std::stop_source commands_stop_;
  jobs::Scheduler scheduler_;
  jobs::Housekeeping housekeeping_;
  api::Context context_;
  std::unique_ptr<http::Server> public_server_;
  std::unique_ptr<http::Server> control_server_;
  std::unique_ptr<jobs::Pulse> pulse_;
  std::jthread check_;  // after an unclean stop
};

enum class HttpParts {
  all,
  reactors,  // for a door whose requests may take as long as they like
};
// A counter for jobs::Pulse: grows at each call while every reactor thread has turned within `turn` and, for `all`,
// while request threads take what waits.
std::function<std::uint64_t()> http_heart(std::function<http::Stats()> stats, HttpParts parts,
                                          std::chrono::milliseconds turn);

// [log] in force from now on.
void apply_log(const config::Config& config);

// The whole life of the daemon: signals, systemd, exit status. Blocks until SIGTERM or SIGINT.
Exit run_daemon(const std::filesystem::path& config_file);

}  // namespace rosterd
