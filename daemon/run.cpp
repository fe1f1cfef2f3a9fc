// The life of the process: signals in, systemd informed, an exit status out.
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "daemon/log/log.h"
#include "daemon/mail/templates.h"
#include "daemon/runtime.h"
#include "daemon/service_manager.h"
#include "daemon/setup/http_setup.h"

namespace rosterd {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{1'000};
constexpr milliseconds kPatience{30'000};  // without a watchdog: only told, nothing is restarted

// Blocked before the first thread starts, so that every thread inherits it and only this one takes them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

int wait_for_signal(const sigset_t& set, milliseconds limit) {
  const timespec span{limit.count() / 1000, (limit.count() % 1000) * 1'000'000};
  return ::sigtimedwait(&set, nullptr, &span);  // -1: time passed, or interrupted
}

std::string serving_at(const Runtime& runtime) {
  std::string text = "Serving at";
  for (const auto& bound : runtime.bound()) {
    text += (bound.tls ? " tls:" : " ") + bound.address + (bound.port == 0 ? "" : ":" + std::to_string(bound.port));
  }
  return text;
}

void reload(Runtime& runtime) {
  service_manager::reloading();
  const bool accepted = runtime.reload();
  service_manager::ready(accepted ? serving_at(runtime)
                                  : serving_at(runtime) + "; the changed configuration was refused, see the log");
}

// Fed only while every part has really moved; a part that stands still lets systemd start us afresh.
void feed(Runtime& runtime, milliseconds period, bool& troubled) {
  const auto stale = runtime.stale(period.count() > 0 ? period * 3 / 4 : kPatience);
  for (const std::string& part : stale) {
    if (!troubled) log::error("part_stands_still", {{"part", part}, {"watchdog", period.count() > 0}});
  }
  troubled = !stale.empty();
  if (!troubled && period.count() > 0) service_manager::feed_watchdog();
}

void serve(Runtime& runtime, const sigset_t& signals) {
  const milliseconds period = service_manager::watchdog_period();
  const milliseconds tick = period.count() > 0 ? std::min(kTick, period / 4) : kTick;
  bool troubled = false;
  while (true) {
    const int number = wait_for_signal(signals, tick);
    if (number == SIGTERM || number == SIGINT) return log::info("stopping", {{"signal", number}});
    if (number == SIGHUP) reload(runtime);
    if (!runtime.damage().empty()) return log::error("store_damaged", {{"what", runtime.damage()}});
    feed(runtime, period, troubled);
  }
}

Exit live(const std::filesystem::path& file, std::shared_ptr<const config::Config> config, const sigset_t& signals) {
  Runtime runtime(file, std::move(config));
  runtime.start(service_manager::adopted_sockets());
  log::info("started", {{"version", ROSTERD_VERSION}, {"at", serving_at(runtime)}});
  service_manager::ready(serving_at(runtime));
  serve(runtime, signals);
  service_manager::stopping("Finishing requests");
  runtime.stop();
  if (const std::string damage = runtime.damage(); !damage.empty()) {
    throw store::StoreError(store::StoreError::Kind::corrupt,
                            "the database is damaged and not written on any more: " + damage +
                                "; restore a backup with `rosterd restore FILE`");
  }
  log::info("stopped");
  return Exit::ok;
}

Exit failed(Exit exit, const std::string& why) {
  log::error("cannot_run", {{"why", why}, {"exit", to_status(exit)}});
  service_manager::status(why);
  return exit;
}

}  // namespace

Exit run_daemon(const std::filesystem::path& config_file) {
  const sigset_t signals = block_signals();
  ::umask(0027);
  const auto loaded = config::load(config_file);
  for (const auto& problem : loaded.problems) {
    log::error("configuration_problem", {{"problem", config::to_text(problem, config_file)}});
  }
  if (!loaded.config) return failed(Exit::configuration, "the configuration is wrong");
  apply_log(*loaded.config);
  for (const auto& warning : loaded.warnings) {
    log::warning("configuration_warning", {{"warning", config::to_text(warning, config_file)}});
  }
  try {
    return live(config_file, loaded.config, signals);
  } catch (const store::StoreError& error) {
    return failed(exit_of(error.kind()), error.what());
  } catch (const mail::TemplateError& error) {
    return failed(Exit::configuration, error.what());
  } catch (const setup::HttpError& error) {
    return failed(Exit::configuration, error.what());
  } catch (const std::exception& error) {
    return failed(Exit::internal, error.what());
  }
}

}  // namespace rosterd
