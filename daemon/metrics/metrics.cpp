#include "daemon/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

namespace rosterd::metrics {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;
using Labels = prometheus::Labels;

const Histogram::BucketBoundaries kRequestSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
const Histogram::BucketBoundaries kSyncSeconds{0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600};
const Histogram::BucketBoundaries kOffBoardingSeconds{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30, 300, 3600};

Family<Counter>& counter(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& gauge(Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& histogram(Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(registry);
}

std::string text_of(std::string_view text) {
  return std::string{text};
}

// Counters that somebody else keeps: brought up to what they are now.
void raise(Counter& counter, std::uint64_t total) {
  counter.Increment(std::max(0.0, static_cast<double>(total) - counter.Value()));
}

// A client's word becomes a label only when it is a known one, so that no client can make series.
template <std::size_t N>
std::string known(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) == std::end(words) ? "other" : text_of(word);
}
constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

struct Metrics::Impl {
  Registry registry;
  Family<Counter>& http_requests = counter(registry, "rosterd_http_requests_total", "Requests answered.");
  Family<Histogram>& http_seconds = histogram(registry, "rosterd_http_request_seconds", "From request to answer.");
  Family<Counter>& http_accepted = counter(registry, "rosterd_http_connections_total", "Connections accepted.");
  Family<Counter>& http_refused =
      counter(registry, "rosterd_http_refused_total", "What the door did not take, by reason.");
  Family<Gauge>& http_open = gauge(registry, "rosterd_http_connections", "Open connections.");
  Family<Gauge>& http_queued = gauge(registry, "rosterd_http_queued", "Requests that wait for a thread.");
  Family<Counter>& scim =
      counter(registry, "rosterd_scim_operations_total", "SCIM operations answered, by connection.");
  Family<Counter>& scim_habits = counter(registry, "rosterd_scim_habits_total",
                                         "What SCIM clients do outside the standard, by connection and habit.");
  Family<Counter>& sync_runs = counter(registry, "rosterd_sync_runs_total", "Directory syncs by outcome.");
  Family<Histogram>& sync_seconds = histogram(registry, "rosterd_sync_seconds", "Length of a sync.");
  Family<Counter>& sync_changes = counter(registry, "rosterd_sync_changes_total", "Changes by kind.");
  Family<Gauge>& sync_success =
      gauge(registry, "rosterd_sync_last_success_timestamp_seconds", "End of the last good sync.");
  Family<Histogram>& off_boarding =
      histogram(registry, "rosterd_off_boarding_seconds",
                "From the beginning of the reading that showed a departure until sessions and tokens were gone.");
  Family<Counter>& mail_attempts = counter(registry, "rosterd_mail_attempts_total", "Attempts to send, by outcome.");
  Family<Histogram>& mail_seconds = histogram(registry, "rosterd_mail_attempt_seconds", "Length of an attempt.");
  Family<Gauge>& removals_held =
      gauge(registry, "rosterd_removals_held", "Removals that wait for `rosterd holds release`.");
  Family<Gauge>& mail_queued = gauge(registry, "rosterd_mail_queued", "Mails that wait.");
  Family<Gauge>& mail_on_hold =
      gauge(registry, "rosterd_mail_on_hold", "1 while nothing is sent until `rosterd mail release`.");
  Family<Counter>& commits = counter(registry, "rosterd_store_commits_total", "Durable commits.");
  Family<Counter>& store_failures =
      counter(registry, "rosterd_store_failures_total", "Requests that the store could not serve, by kind.");
  Family<Gauge>& people = gauge(registry, "rosterd_people", "People by whether they may sign in.");
  Family<Counter>& sign_ins = counter(registry, "rosterd_sign_ins_total", "Sign-ins by outcome.");
  Family<Gauge>& tls_expiry =
      gauge(registry, "rosterd_tls_certificate_expiry_seconds", "When the certificate in force expires, as Unix time.");
  Family<Counter>& reloads = counter(registry, "rosterd_config_reloads_total", "Reloads of the configuration.");
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  BuildGauge()
      .Name("rosterd_build_info")
      .Help("Always 1.")
      .Register(impl_->registry)
      .Add({{"version", ROSTERD_VERSION}})
      .Set(1);
}
Metrics::~Metrics() = default;

void Metrics::http_request(std::string_view method, std::string_view route, int status, double seconds) {
  impl_->http_requests
      .Add({{"method", known(kMethods, method)}, {"route", text_of(route)}, {"status", std::to_string(status)}})
      .Increment();
  impl_->http_seconds.Add({{"route", text_of(route)}}, kRequestSeconds).Observe(seconds);
}

void Metrics::http_door(const DoorNumbers& numbers) {
  raise(impl_->http_accepted.Add({}), numbers.accepted);
  raise(impl_->http_refused.Add({{"reason", "over_limit"}}), numbers.turned_away);
  raise(impl_->http_refused.Add({{"reason", "tls"}}), numbers.tls_failures);
  raise(impl_->http_refused.Add({{"reason", "bad_request"}}), numbers.refused);
  raise(impl_->http_refused.Add({{"reason", "client_gone"}}), numbers.dropped_answers);
  impl_->http_open.Add({}).Set(static_cast<double>(numbers.connections));
  impl_->http_queued.Add({}).Set(static_cast<double>(numbers.queued));
}

void Metrics::scim_operation(std::string_view source, std::string_view operation, int status) {
  impl_->scim.Add({{"source", text_of(source)}, {"operation", text_of(operation)}, {"status", std::to_string(status)}})
      .Increment();
}

void Metrics::scim_habit(std::string_view source, std::string_view habit, bool on) {
  impl_->scim_habits
      .Add({{"source", text_of(source)}, {"habit", text_of(habit)}, {"outcome", on ? "accepted" : "refused"}})
      .Increment();
}

void Metrics::sync_run(std::string_view source, std::string_view outcome, double seconds, const SyncNumbers& numbers) {
  impl_->sync_runs.Add({{"source", text_of(source)}, {"outcome", text_of(outcome)}}).Increment();
  impl_->sync_seconds.Add({{"source", text_of(source)}}, kSyncSeconds).Observe(seconds);
  const std::pair<const char*, std::int64_t> kinds[] = {{"added", numbers.added},
                                                        {"changed", numbers.changed},
                                                        {"removed", numbers.removed},
                                                        {"held", numbers.held},
                                                        {"set_aside", numbers.set_aside}};
  for (const auto& [kind, count] : kinds) {
    impl_->sync_changes.Add({{"source", text_of(source)}, {"kind", kind}}).Increment(static_cast<double>(count));
  }
}

void Metrics::sync_last_success(std::string_view source, double unix_seconds) {
  impl_->sync_success.Add({{"source", text_of(source)}}).Set(unix_seconds);
}

void Metrics::mail_attempt(std::string_view outcome, double seconds) {
  impl_->mail_attempts.Add({{"outcome", text_of(outcome)}}).Increment();
  impl_->mail_seconds.Add({}, kRequestSeconds).Observe(seconds);
}

void Metrics::removals_held(std::string_view source, std::int64_t items) {
  impl_->removals_held.Add({{"source", text_of(source)}}).Set(static_cast<double>(items));
}

void Metrics::mail_waiting(std::int64_t queued, bool on_hold) {
  impl_->mail_queued.Add({}).Set(static_cast<double>(queued));
  impl_->mail_on_hold.Add({}).Set(on_hold ? 1 : 0);
}

void Metrics::commits(std::uint64_t so_far) {
  raise(impl_->commits.Add({}), so_far);
}
void Metrics::store_failure(std::string_view kind) {
  impl_->store_failures.Add({{"kind", text_of(kind)}}).Increment();
}

void Metrics::people(std::int64_t active, std::int64_t inactive) {
  impl_->people.Add({{"status", "active"}}).Set(static_cast<double>(active));
  impl_->people.Add({{"status", "inactive"}}).Set(static_cast<double>(inactive));
}

void Metrics::sign_in(std::string_view outcome) {
  impl_->sign_ins.Add({{"outcome", text_of(outcome)}}).Increment();
}

void Metrics::off_boarding(std::string_view source, double seconds) {
  impl_->off_boarding.Add({{"source", text_of(source)}}, kOffBoardingSeconds).Observe(seconds);
}

void Metrics::reload(bool accepted) {
  impl_->reloads.Add({{"outcome", accepted ? "accepted" : "refused"}}).Increment();
}

void Metrics::tls_expiry(double unix_seconds) {
  impl_->tls_expiry.Add({}).Set(unix_seconds);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

}  // namespace rosterd::metrics
