#include "daemon/runtime.h"

#include <sodium.h>

#include "daemon/commands/text.h"
#include "daemon/log/log.h"
#include "daemon/services.h"
#include "daemon/setup/http_setup.h"
#include "daemon/setup/mail_setup.h"
#include "daemon/setup/scim_setup.h"
#include "daemon/setup/store_setup.h"
#include "store/audit.h"
#include "store/holds.h"
#include "store/outbox.h"
#include "store/outbox_hold.h"
#include "store/query.h"
#include "store/sources.h"

namespace rosterd {
namespace {

using std::chrono::milliseconds;

double random_fraction() {
  return randombytes_uniform(1'000'000) / 1'000'000.0;
}

store::StoreOptions store_options(const config::Config& config) {
  // A request thread reads or waits for the writer, never both at once; two more for the jobs.
  return {.directory = config.store.directory.string(),
          .readers = static_cast<std::size_t>(config.http.request_threads) + 2};
}

// Commands are few, trusted and may take as long as the first sync of a large directory.
http::Limits control_limits() {
  http::Limits limits;
  limits.request_threads = 4;
  limits.queue_length = 32;
  limits.handler_timeout = std::chrono::hours{24};
  return limits;
}

std::optional<jobs::Millis> since_last_success(const store::Store& store, const std::string& name) {
  return store.read([&](const store::View& view) -> std::optional<jobs::Millis> {
    const auto source = store::find_source(view, name);
    if (!source || !source->last_success_at) return std::nullopt;
    return view.now() - *source->last_success_at;
  });
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Names of options, never what they say. The configuration is in force by now, and changed access rules have an audit
// row of their own in the unit that took them over: a full disk here is told, and makes no half-applied reload.
void note_reload(store::Store& store, const config::Difference& changes) {
  if (changes.changed.empty()) return;
  try {
    store.write({store::kLocal, "reload"}, [&](store::Unit& unit) {
      store::audit(unit, "configuration.reload", "configuration", joined(changes.changed));
    });
  } catch (const store::StoreError& error) {
    log::error("reload_not_noted", {{"why", error.what()}});
  }
}

}  // namespace

void apply_log(const config::Config& config) {
  static_assert(static_cast<int>(config::LogLevel::error) == static_cast<int>(log::Level::error));
  static_assert(static_cast<int>(config::LogFormat::journal) == static_cast<int>(log::Format::journal));
  log::configure(static_cast<log::Level>(config.log.level), static_cast<log::Format>(config.log.format));
}

std::function<std::uint64_t()> http_heart(std::function<http::Stats()> stats, HttpParts parts, milliseconds turn) {
  return [stats = std::move(stats), parts, turn, beats = std::uint64_t{0}, taken = std::uint64_t{0}]() mutable {
    const auto now = stats();
    const bool turning = now.oldest_tick < turn;
    const bool taking = parts == HttpParts::reactors || now.queued == 0 || now.taken != taken;
    taken = now.taken;
    if (turning && taking) ++beats;
    return beats;
  };
}

Runtime::Runtime(std::filesystem::path config_file, std::shared_ptr<const config::Config> config)
    : config_file_(std::move(config_file)),
      started_with_(config),
      config_(config),
      catalogue_(setup::make_catalogue(*config)),
      store_(store::Store::open(store_options(*config), clock_)),
      hasher_(static_cast<std::size_t>(config->authentication.hash_parallel),
              static_cast<std::size_t>(config->authentication.hash_queue)),
      mail_observer_(metrics_),
      sender_(*store_, setup::sender_setup(*config), mail_observer_),
      directories_(*store_, &metrics_),
      scheduler_(
          {.config = [this] { return this->config(); },
           .run =
               [this](const config::Directory& directory, std::stop_token stop) {
                 return directories_.sync(directory, false, std::move(stop)).failure.empty();
               },
           .since_last_success = [this](const std::string& source) { return since_last_success(*store_, source); },
           .random = random_fraction}),
      housekeeping_(*store_, [this] { return this->config()->housekeeping.interval; }),
      context_(context()) {
  setup::apply(*config, *store_);
  const auto hold = store_->read([](const store::View& view) { return store::outbox_hold(view); });
  if (hold)
    log::warning("outbox_on_hold", {{"reason", hold->reason},
                                    {"since", commands::format_instant(hold->since)},
                                    {"release", "rosterd mail release"}});
}

Runtime::~Runtime() {
  stop();
}

void Runtime::start(const std::vector<service_manager::Socket>& adopted) {
  const auto config = this->config();
  free_orphans(*config);
  sender_.start();
  housekeeping_.start();
  // GET /metrics of the control door tells about the public one, which therefore starts first and ends last.
  public_server_ = std::make_unique<http::Server>(
      setup::listens(config->http, adopted), setup::public_limits(config->http), handler(), http_observer(metrics_));
  use(setup::load_tls(config->http));
  control_server_ = std::make_unique<http::Server>(
      std::vector{http::Listen::local(std::string{api::kControl}, config->control.socket.string(), 0600)},
      control_limits(), handler(), http_observer(metrics_));
  public_server_->start();
  control_server_->start();
  scheduler_.apply();
  serving_ = true;
  if (!store_->was_closed_cleanly()) check_ = std::jthread([this](std::stop_token stop) { check_store(stop); });
}

// After a crash, beside the requests: a large file takes longer to read than anybody should wait for us.
void Runtime::check_store(const std::stop_token& stop) {
  const auto from = std::chrono::steady_clock::now();
  try {
    const std::string problem = store_->check_integrity(stop);
    if (stop.stop_requested() || !problem.empty()) return;  // damage: run.cpp sees it at its next tick
    log::info("store_checked", {{"why", "the last stop was unclean"},
                                {"took", std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - from)}});
  } catch (const store::StoreError& error) {
    log::error("store_not_checked", {{"why", error.what()}});
  }
}

// Without one (no certificate is configured any more) the one in force stays until a restart, like the listeners.
void Runtime::use(std::shared_ptr<const http::Tls> tls) {
  if (!tls) return;
  for (const auto& warning : setup::tls_warnings(*tls, std::chrono::system_clock::now())) {
    log::warning("configuration_warning", {{"warning", config::to_text(warning, config_file_)}});
  }
  log::info("tls_certificate", {{"fingerprint", tls->fingerprint()}});
  metrics_.tls_expiry(std::chrono::duration<double>(tls->valid_until().time_since_epoch()).count());
  tls_.store(tls);
  public_server_->set_tls(std::move(tls));
}

// A failure only delays these mails until their leases run out.
void Runtime::free_orphans(const config::Config& config) {
  try {
    mail::free_orphans(*store_, setup::retry_policy(config), setup::note_file(config));
  } catch (const store::StoreError& error) {
    mail_observer_.sender_trouble(error.what());
  }
}

void Runtime::stop() {
  serving_ = false;
  if (check_.joinable()) {
    check_.request_stop();
    check_.join();
  }
  commands_stop_.request_stop();
  scheduler_.stop();
  const auto within = config()->http.drain_timeout;
  for (auto* server : {public_server_.get(), control_server_.get()}) {
    if (server != nullptr && !server->drain(within)) log::warning("drain_cut", {{"after", within}});
  }
  pulse_.reset();
  control_server_.reset();
  public_server_.reset();
  housekeeping_.stop();
  sender_.stop();
  housekeeping_.note_audit_head();
}

bool Runtime::reload() {
  const auto loaded = config::load(config_file_);
  std::string why;
  std::shared_ptr<const http::Tls> tls;
  config::Difference changes;
  for (const auto& problem : loaded.problems) {
    log::error("configuration_problem", {{"problem", config::to_text(problem, config_file_)}});
  }
  if (loaded.config) {
    try {
      auto mail = setup::sender_setup(*loaded.config);
      tls = setup::load_tls(loaded.config->http);
      changes = config::difference(*config(), *loaded.config);
      setup::apply(*loaded.config, *store_);
      sender_.configure(std::move(mail));
    } catch (const std::exception& error) {
      why = error.what();
    }
  }
  const bool accepted = loaded.config && why.empty();
  metrics_.reload(accepted);
  if (!accepted) {
    log::error("reload_refused", {{"problems", loaded.problems.size()}, {"why", why}});
    if (!loaded.problems.empty()) why = config::to_text(loaded.problems.front(), config_file_);
    refused_reload_.store(std::make_shared<const std::string>(commands::format_instant(clock_.now()) + ": " + why));
    return false;
  }
  refused_reload_.store(nullptr);
  config_.store(loaded.config);
  catalogue_.store(setup::make_catalogue(*loaded.config));
  note_reload(*store_, changes);
  apply_log(*loaded.config);
  use(std::move(tls));
  scheduler_.apply();
  for (const auto& warning : loaded.warnings) {
    log::warning("configuration_warning", {{"warning", config::to_text(warning, config_file_)}});
  }
  log::info("reloaded", {{"changed", joined(changes.changed)}, {"need_restart", joined(changes.needs_restart)}});
  return true;
}

http::Handler Runtime::handler() {
  return [this](const http::Request& request) {
    const log::RequestScope scope{request.id};
    return api::answer(context_, request);
  };
}

api::Context Runtime::context() {
  return {.store = *store_,
          .config = [this] { return config(); },
          .catalogue = [this] { return catalogue_.load(); },
          .services = [this](store::Actor actor) { return services(std::move(actor)); },
          .hasher = hasher_,
          .readiness = [this] { return readiness(); },
          .metrics = [this] { return metrics_text(); },
          .report =
              [this](std::string_view event, std::string_view detail, std::string_view) {
                if (event != "store.failed") return log::info(event, {{"detail", detail}});
                metrics_.store_failure("request");
                log::error(event, {{"detail", detail}});
              },
          .count_scim = [this](std::string_view source, std::string_view operation,
                               int status) { metrics_.scim_operation(source, operation, status); },
          .count_habit = [this](std::string_view source, std::string_view habit,
                                bool on) { metrics_.scim_habit(source, habit, on); },
          .scim_log = scim_log_};
}

commands::Services Runtime::services(store::Actor actor) {
  auto services = make_services(*store_, config(), directories_, std::move(actor));
  services.sync = [this](const config::Directory& directory, bool dry_run) {
    return directories_.sync(directory, dry_run, commands_stop_.get_token());
  };
  services.release = [this, actor = services.actor](store::HoldId hold) {
    return directories_.release(hold, actor, commands_stop_.get_token());
  };
  services.own_state = [this] { return own_state(); };
  services.metrics = [this] { return metrics_text(); };
  services.scim_log = scim_log_;
  return services;
}

// Of what is in force, which a refused reload leaves behind the files.
std::vector<commands::Finding> Runtime::own_state() {
  std::vector<commands::Finding> findings;
  if (const auto tls = tls_.load()) findings.push_back(setup::tls_finding(*tls, std::chrono::system_clock::now()));
  if (const auto refused = refused_reload_.load())
    findings.push_back({false, "reload", "the last reload was refused at " + *refused});
  if (const auto waiting = config::difference(*started_with_, *config()).needs_restart; !waiting.empty())
    findings.push_back({false, "restart", "changed in the file, in force after a restart: " + joined(waiting)});
  return findings;
}

std::vector<commands::Finding> Runtime::readiness() {
  std::vector<commands::Finding> findings;
  findings.push_back({serving_, "daemon", serving_ ? "serving" : "starting or stopping"});
  try {
    store_->read([&](const store::View& view) {
      const std::string damage = store_->damage();
      findings.push_back({damage.empty(), "store", damage.empty() ? "readable" : damage});
      if (const auto hold = store::outbox_hold(view))
        findings.push_back({true, "outbox", "on hold: " + hold->reason + "; `rosterd mail release`"});
      for (const auto& hold : store::list_holds(view, true))
        findings.push_back({true, hold.source_name, "removals wait for a decision; `rosterd holds list`"});
      // A directory that fails is no reason to send no requests here: what is known stays right.
      for (const auto& source : store::list_sources(view)) {
        if (!source.last_error.empty())
          findings.push_back({true, source.name, "last run failed: " + source.last_error});
      }
    });
  } catch (const store::StoreError& error) {
    findings.push_back({false, "store", error.what()});
  }
  // Anybody may read this, and the old configuration serves well: why stays with `doctor`.
  if (const auto tls = tls_.load()) {
    findings.push_back(setup::tls_finding(*tls, std::chrono::system_clock::now()));
    findings.back().good = true;
  }
  if (refused_reload_.load())
    findings.push_back({true, "reload", "the last one was refused; `rosterd doctor` says when and why"});
  if (!config()->mail) findings.push_back({true, "mail", "not configured, mails wait"});
  return findings;
}

std::string Runtime::metrics_text() {
  const auto stats = public_server_->stats();
  metrics_.http_door({.accepted = stats.accepted,
                      .turned_away = stats.turned_away,
                      .tls_failures = stats.tls_failures,
                      .refused = stats.refused,
                      .dropped_answers = stats.dropped_answers,
                      .connections = stats.connections,
                      .queued = stats.queued});
  metrics_.commits(store_->commits());
  store_->read([&](const store::View& view) {
    const store::Query active{.type = store::Query::Type::condition, .field = store::Field::active, .number = 1};
    const auto all = static_cast<std::int64_t>(store::count_users(view, {}, {}));
    const auto may_sign_in = static_cast<std::int64_t>(store::count_users(view, {}, active));
    metrics_.people(may_sign_in, all - may_sign_in);
    for (const auto& source : store::list_sources(view)) {
      if (source.id == store::kLocal) continue;
      const auto hold = store::open_hold(view, source.id);
      metrics_.removals_held(source.name, hold ? static_cast<std::int64_t>(hold->items) : 0);
    }
    metrics_.mail_waiting(static_cast<std::int64_t>(store::count_mails(view, "queued")),
                          store::outbox_hold(view).has_value());
  });
  return metrics_.text();
}

std::vector<std::string> Runtime::stale(milliseconds limit) {
  const auto now = std::chrono::steady_clock::now();
  if (!pulse_) {
    pulse_ = std::make_unique<jobs::Pulse>(limit);
    pulse_->watch(
        "store", [this] { return housekeeping_.heartbeat(); }, now);
    pulse_->watch(
        "outbox", [this] { return sender_.heartbeat(); }, now);
    const auto stats_of = [](const http::Server& server) { return [&server] { return server.stats(); }; };
    // With `limit` at 3/4 of WatchdogSec a reactor that hangs is told before one WatchdogSec, as the other parts are.
    const auto turn = limit / 4;
    pulse_->watch("http", http_heart(stats_of(*public_server_), HttpParts::all, turn), now);
    // Every thread of this door may wait for a long sync, and the next command behind them.
    pulse_->watch("control", http_heart(stats_of(*control_server_), HttpParts::reactors, turn), now);
  }
  return pulse_->stale(now);
}

}  // namespace rosterd
