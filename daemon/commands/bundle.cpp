#include "daemon/commands/bundle.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "daemon/commands/redact.h"
#include "daemon/commands/text.h"
#include "store/audit_chain.h"
#include "store/clock.h"
#include "store/holds.h"
#include "store/link_text.h"
#include "store/outbox.h"
#include "store/overview.h"
#include "store/sources.h"
#include "store/tokens.h"

namespace rosterd::commands {
namespace {

constexpr std::size_t kMostMails = 200;

// Every text from outside goes through here.
class Teller {
 public:
  explicit Teller(bool personal) : personal_(personal) {}
  std::string operator()(std::string_view text) const {
    const std::string told = store::without_links(text);
    return personal_ ? told : without_personal_data(told);
  }

 private:
  bool personal_;
};

scim::Json configuration(const config::Config& config) {
  scim::Array all;
  for (const auto& setting : config.settings) {
    // "set" is all that is said of a secret or an account; other values may still hold an address.
    const auto value = setting.is_private ? std::string("[set]") : without_personal_data(setting.text);
    all.push_back(scim::make_object({{"option", setting.key}, {"value", value}, {"default", setting.is_default}}));
  }
  return all;
}

scim::Json findings_json(const std::vector<Finding>& findings, const Teller& tell) {
  scim::Array all;
  for (const auto& finding : findings) {
    all.push_back(
        scim::make_object({{"good", finding.good}, {"subject", tell(finding.subject)}, {"text", tell(finding.text)}}));
  }
  return all;
}

scim::Json store_json(const store::View& view) {
  scim::Object counts;
  for (const auto& [name, count] : store::row_counts(view)) counts.set(name, count);
  const auto trail = store::verify_audit_end(view);
  return scim::make_object({{"schema", store::schema_version(view)},
                            {"rows", std::move(counts)},
                            {"audit_head", store::to_text(trail.head)},
                            {"audit_problem", trail.problem}});
}

scim::Json sources_json(const store::View& view, const Teller& tell) {
  scim::Array all;
  for (const auto& source : store::list_sources(view)) {
    all.push_back(scim::make_object({{"name", source.name},
                                     {"first_complete", json_instant(source.first_complete_at)},
                                     {"last_success", json_instant(source.last_success_at)},
                                     {"last_error", tell(source.last_error)}}));
  }
  return all;
}

scim::Json tokens_json(const store::View& view) {
  scim::Array all;
  for (const auto& token : store::list_tokens(view)) {
    all.push_back(scim::make_object({{"id", token.id.value},
                                     {"source", token.source_name},
                                     {"created", format_instant(token.created)},
                                     {"expires", json_instant(token.expires)},
                                     {"revoked", json_instant(token.revoked)},
                                     {"last_used", json_instant(token.last_used)}}));
  }
  return all;
}

scim::Json holds_json(const store::View& view) {
  scim::Array all;
  for (const auto& hold : store::list_holds(view, true)) {
    all.push_back(scim::make_object({{"id", hold.id.value},
                                     {"source", hold.source_name},
                                     {"items", hold.items},
                                     {"created", format_instant(hold.created)}}));
  }
  return all;
}

// Mails that are not through: what state, how often tried, what the server said.
scim::Json mails_json(const store::View& view, const Teller& tell, bool personal) {
  scim::Array all;
  for (const auto* state : {"queued", "leased", "refused", "given_up"}) {
    for (const auto& mail : store::list_mails(view, state, kMostMails)) {
      auto row = scim::make_object({{"id", mail.id.value},
                                    {"kind", mail.kind},
                                    {"state", mail.state},
                                    {"attempts", mail.attempts},
                                    {"created", format_instant(mail.created)},
                                    {"due", format_instant(mail.due)},
                                    {"last_error", tell(mail.last_error)}});
      if (personal) row.set("recipient", mail.recipient);
      all.push_back(std::move(row));
    }
  }
  return all;
}

// The lines that say how the process is fenced in and how large it is.
scim::Json status_json() {
  static constexpr std::string_view kLines[] = {"Threads", "VmRSS",  "VmHWM",      "Seccomp", "Seccomp_filters",
                                                "CapEff",  "CapBnd", "NoNewPrivs", "Uid",     "Gid"};
  scim::Object out;
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = line.substr(0, colon);
    if (std::find(std::begin(kLines), std::end(kLines), name) == std::end(kLines)) continue;
    const auto value = line.find_first_not_of(" \t", colon + 1);
    out.set(name, value == std::string::npos ? "" : line.substr(value));
  }
  return out;
}

scim::Json limit_json(int resource) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return nullptr;
  if (limit.rlim_cur == RLIM_INFINITY) return "unlimited";
  return static_cast<std::int64_t>(limit.rlim_cur);
}

scim::Json process_json(bool daemon) {
  utsname system{};
  ::uname(&system);
  const auto is_set = [](const char* name) { return std::getenv(name) != nullptr; };
  return scim::make_object({{"is", daemon ? "daemon" : "command, no daemon runs"},
                            {"kernel", std::string(system.sysname) + " " + system.release + " " + system.machine},
                            {"status", status_json()},
                            {"limit_files", limit_json(RLIMIT_NOFILE)},
                            {"limit_core", limit_json(RLIMIT_CORE)},
                            {"systemd", scim::make_object({{"unit", is_set("INVOCATION_ID")},
                                                           {"notify", is_set("NOTIFY_SOCKET")},
                                                           {"watchdog", is_set("WATCHDOG_USEC")},
                                                           {"sockets", is_set("LISTEN_FDS")},
                                                           {"credentials", is_set("CREDENTIALS_DIRECTORY")}})}});
}

scim::Json metrics_json(const std::string& metrics) {
  scim::Array lines;
  for (std::size_t at = 0; at < metrics.size();) {
    const auto end = std::min(metrics.find('\n', at), metrics.size());
    if (metrics[at] != '#') lines.push_back(metrics.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

scim::Object support_bundle(const config::Config& config, const std::vector<Finding>& findings, bool personal) {
  return scim::make_object({{"rosterd", ROSTERD_VERSION},
                            {"personal_data", personal},
                            {"made", format_instant(store::SystemClock().now())},
                            {"findings", findings_json(findings, Teller(personal))},
                            {"configuration", configuration(config)},
                            {"process", process_json(false)}});
}

scim::Object support_bundle(const Services& services, const std::vector<Finding>& findings, bool personal) {
  const Teller tell(personal);
  auto bundle = support_bundle(*services.config, findings, personal);
  services.store.read([&](const store::View& view) {
    bundle.set("store", store_json(view));
    bundle.set("sources", sources_json(view, tell));
    bundle.set("holds", holds_json(view));
    bundle.set("tokens", tokens_json(view));
    bundle.set("mails", mails_json(view, tell, personal));
  });
  bundle.set("process", process_json(static_cast<bool>(services.metrics)));
  bundle.set("metrics", metrics_json(services.metrics ? services.metrics() : ""));
  return bundle;
}

}  // namespace rosterd::commands
