#include "daemon/observers.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>

#include "daemon/api/routes.h"
#include "daemon/log/log.h"

namespace rosterd {
namespace {

log::Level level_of(const http::Finished& finished) {
  if (finished.status >= 500 && finished.status != 501) return log::Level::error;
  if (finished.status == 429 || finished.status == 501 || finished.method.empty()) return log::Level::warning;
  const bool reads = finished.method == "GET" || finished.method == "HEAD";
  return reads ? log::Level::debug : log::Level::info;
}

// A client may send anything as its method, a password too.
std::string_view known_method(std::string_view method) {
  static constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""};
  return std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods) ? method : "other";
}

void write(log::Level level, std::string_view event, log::Fields fields) {
  switch (level) {
    case log::Level::debug:
      return log::debug(event, fields);
    case log::Level::info:
      return log::info(event, fields);
    case log::Level::warning:
      return log::warning(event, fields);
    case log::Level::error:
      return log::error(event, fields);
  }
}

std::string_view sign_in_outcome(int status) {
  return status == 200 ? "ok" : status == 429 ? "locked" : "refused";
}

bool writes(const http::Finished& finished) {
  return finished.method != "GET" && finished.method != "HEAD" && finished.status < 300;
}

// Told once, until a write was taken again: every client repeats what was refused.
class DiskState {
 public:
  void note(const http::Finished& finished) {
    if (finished.status == kFull && !full_.exchange(true))
      log::error("store_full", {{"why", kWhy}, {"do", "make room; writes are taken again without a restart"}});
    if (writes(finished) && full_.exchange(false)) log::info("store_writes_again", {});
  }
  static std::string_view problem(const http::Finished& finished) {
    return finished.error.empty() && finished.status == kFull ? kWhy : std::string_view(finished.error);
  }

 private:
  static constexpr int kFull = 507;
  static constexpr std::string_view kWhy = "the disk of the store is full";
  std::atomic<bool> full_{false};
};

}  // namespace

http::Observer http_observer(metrics::Metrics& metrics) {
  return [&metrics, disk = std::make_shared<DiskState>()](const http::Finished& finished) {
    if (finished.status == 0) {  // anybody on the network can cause it
      return log::info("tls_failed",
                       {{"door", finished.listener}, {"client", finished.address}, {"problem", finished.error}});
    }
    const std::string_view route = api::pattern_of(finished.listener, finished.method, finished.path);
    const double seconds = std::chrono::duration<double>(finished.duration).count();
    metrics.http_request(finished.method, route, finished.status, seconds);
    if (route == "/api/v1/authenticate" && finished.method == "POST") metrics.sign_in(sign_in_outcome(finished.status));

    const log::RequestScope scope{finished.id};
    disk->note(finished);
    write(level_of(finished), "request",
          {{"door", finished.listener},
           {"client", finished.address},
           {"certificate", finished.certificate},
           {"method", known_method(finished.method)},
           {"route", route},
           {"status", finished.status},
           {"bytes", finished.response_bytes},
           {"seconds", seconds},
           {"problem", DiskState::problem(finished)}});
  };
}

void MailObserver::mail_event(const mail::MailEvent& event) {
  const auto outcome = mail::to_string(event.kind);
  metrics_.mail_attempt(outcome, std::chrono::duration<double>(event.took).count());
  const bool good = event.kind == mail::MailEvent::Kind::sent || event.kind == mail::MailEvent::Kind::cancelled;
  write(good ? log::Level::info : log::Level::warning, "mail",
        {{"outcome", outcome},
         {"mail", event.mail.value},
         {"user_key", event.user.value},
         {"kind", event.template_kind},
         {"attempt", event.attempt},
         {"detail", event.detail},
         {"took_ms", event.took}});
}

void MailObserver::sender_trouble(std::string_view what) {
  log::error("mail_sender_waits", {{"why", what}});
}

}  // namespace rosterd
