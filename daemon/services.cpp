#include "daemon/services.h"

#include "daemon/mail/probe.h"
#include "daemon/setup/http_setup.h"
#include "daemon/setup/mail_setup.h"
#include "daemon/setup/store_setup.h"

namespace rosterd {
namespace {

std::vector<commands::Finding> test_mail(const config::Config& config, const std::string& recipient,
                                         store::Instant now) {
  if (!config.mail) return {};
  const auto options = setup::smtp_options(config);
  if (auto faults = mail::faults_of(options); !faults.empty()) return {{false, "options", faults.front()}};
  if (recipient.empty()) {
    return {{true, "options",
             options.host + ":" + std::to_string(options.port) + "; `rosterd mail test ADDRESS` sends one"}};
  }
  const auto to = mail::parse_address(recipient);
  if (!to) return {{false, "recipient", to.refusal}};
  const auto test = mail::test_mail(options, *setup::load_templates(config), config.mail->from_name, *to.address, now);
  std::vector<commands::Finding> findings;
  for (const auto& step : test.steps) findings.push_back({step.ok, std::string(mail::to_string(step.step)), step.text});
  if (test.delivery.result != mail::Delivery::Result::delivered && (findings.empty() || findings.back().good)) {
    findings.push_back({false, std::string(mail::to_string(test.delivery.step)), test.delivery.text});
  }
  return findings;
}

// What a start would find.
std::vector<commands::Finding> examine_tls(const config::Config& config, store::Instant now) {
  try {
    const auto tls = setup::load_tls(config.http);
    if (!tls) return {};
    return {setup::tls_finding(*tls, now)};
  } catch (const setup::HttpError& error) {
    return {{false, "TLS", error.what()}};
  }
}

}  // namespace

commands::Services make_services(store::Store& store, std::shared_ptr<const config::Config> config,
                                 jobs::DirectoryJobs& directories, store::Actor actor) {
  const auto shared = config;
  return {.store = store,
          .config = std::move(config),
          .sync = [&directories](const config::Directory& directory,
                                 bool dry_run) { return directories.sync(directory, dry_run); },
          .release = [&directories, actor](store::HoldId hold) { return directories.release(hold, actor); },
          .diagnose = jobs::DirectoryJobs::diagnose,
          .test_mail = [shared, &store](const std::string& to) { return test_mail(*shared, to, store.clock().now()); },
          .own_state = [shared, &store] { return examine_tls(*shared, store.clock().now()); },
          .metrics = {},
          .actor = std::move(actor)};
}

std::vector<commands::Finding> examine_without_store(const config::Config& config, const std::string& why) {
  const auto now = store::SystemClock().now();
  std::vector<commands::Finding> findings{{false, "store", why}};
  const auto add = [&](std::vector<commands::Finding> more, const std::string& prefix = {}) {
    for (auto& finding : more) findings.push_back({finding.good, prefix + finding.subject, std::move(finding.text)});
  };
  for (const auto& directory : config.directories) add(jobs::DirectoryJobs::diagnose(directory));
  if (!config.mail) findings.push_back({false, "mail", "[mail] is not configured"});
  add(test_mail(config, {}, now), "mail ");
  add(examine_tls(config, now));
  return findings;
}

LocalServices::LocalServices(std::shared_ptr<const config::Config> config, const store::Clock& clock,
                             store::Actor actor)
    : store_(store::Store::open({.directory = config->store.directory.string()}, clock)),
      directories_(*store_, nullptr),
      services_(make_services(*store_, config, directories_, std::move(actor))) {
  setup::apply(*config, *store_);
}

}  // namespace rosterd
