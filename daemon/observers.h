// What the lower parts report, as log lines and metrics. Thread-safe.
#pragma once

#include "daemon/http/server.h"
#include "daemon/mail/sender.h"
#include "daemon/metrics/metrics.h"

namespace rosterd {

// `metrics` must outlive the result. Paths are logged as route patterns, so that no link's secret and no name is.
http::Observer http_observer(metrics::Metrics& metrics);

class MailObserver final : public mail::SenderObserver {
 public:
  explicit MailObserver(metrics::Metrics& metrics) : metrics_(metrics) {}
  void mail_event(const mail::MailEvent& event) override;
  void sender_trouble(std::string_view what) override;

 private:
  metrics::Metrics& metrics_;
};

}  // namespace rosterd
