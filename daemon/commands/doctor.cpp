#include "daemon/commands/bundle.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/examine.h"
#include "daemon/commands/text.h"
#include "store/audit_chain.h"
#include "store/backup.h"
#include "store/holds.h"
#include "store/outbox.h"
#include "store/outbox_hold.h"
#include "store/overview.h"
#include "store/query.h"
#include "store/remembered.h"
#include "store/sources.h"
#include "store/tokens.h"

namespace rosterd::commands {
namespace {

void read_store(const Services& services, std::vector<Finding>& findings) {
  const auto problem = services.store.check_integrity();
  services.store.read([&](const store::View& view) {
    findings.push_back({problem.empty(), "store",
                        problem.empty()
                            ? "readable and consistent, " + std::to_string(store::count_users(view, {}, {})) + " people"
                            : problem});
    if (const auto foreign = store::schema_problem(view); !foreign.empty())
      findings.push_back({false, "schema", foreign + ": somebody has changed the database, see what it does"});
    const auto trail = store::verify_audit_end(view);
    findings.push_back({trail.problem.empty(), "audit trail",
                        trail.problem.empty()
                            ? std::to_string(trail.head.sequence) + " rows; `rosterd audit verify` proves each of them"
                            : trail.problem + "; `rosterd audit verify` names the first wrong row"});
    const auto holds = store::list_holds(view, true);
    for (const auto& hold : holds) {
      findings.push_back({false, "hold " + std::to_string(hold.id.value),
                          hold.summary + "; see `rosterd holds show " + std::to_string(hold.id.value) + "`"});
    }
    for (const auto& source : store::list_sources(view)) {
      if (const auto discarded = store::discarded_items(view, source.id).size(); discarded > 0) {
        findings.push_back(
            {false, source.name,
             std::to_string(discarded) + " removals are still due but were discarded; see `rosterd holds list --all`"});
      }
      if (!source.last_error.empty()) findings.push_back({false, source.name, "last run failed: " + source.last_error});
    }
  });
}

// A name that nobody answers to for long is a mistake at the provider, or somebody it never brings.
void check_remembered(const Services& services, std::vector<Finding>& findings) {
  constexpr auto kLong = std::chrono::hours{24 * 7};
  services.store.read([&](const store::View& view) {
    for (const auto& source : store::list_sources(view)) {
      const auto count = store::count_remembered(view, source.id);
      if (count == 0) continue;
      const auto oldest = store::remembered_of(view, source.id, 1).front();
      findings.push_back({view.now() - oldest.since < kLong, source.name,
                          std::to_string(count) + " members of its groups are not there yet, one of " + oldest.group +
                              " since " + format_instant(oldest.since) + "; `rosterd explain NAME` tells of each"});
    }
  });
}

// What a damaged page hides must not hide the rest.
void check_store(const Services& services, std::vector<Finding>& findings) {
  try {
    read_store(services, findings);
  } catch (const store::StoreError& error) {
    findings.push_back({false, "store", error.what()});
  }
}

// A real unit, durable like any other; what it notes means nothing to anybody.
void check_writing(const Services& services, std::vector<Finding>& findings) {
  try {
    services.store.write(services.actor, [](store::Unit& unit) { store::try_writing(unit); });
    findings.push_back({true, "store", "takes writes"});
  } catch (const store::StoreError& error) {
    const bool full = error.kind() == store::StoreError::Kind::full;
    findings.push_back({false, "store",
                        std::string("refuses to write: ") + error.what() +
                            (full ? "; make room on its disk, no restart is needed" : "")});
  }
}

void check_tokens(const Services& services, std::vector<Finding>& findings) {
  services.store.read([&](const store::View& view) {
    for (const auto& connection : services.config->scim) {
      std::optional<store::Instant> last;
      for (const auto& token : store::list_tokens(view)) {
        if (token.source_name != connection.connection() || token.revoked) continue;
        if (!token.expires || !last || *token.expires > *last) last = token.expires.value_or(store::Instant::max());
      }
      const auto subject = connection.connection();
      if (!last) {
        findings.push_back(
            {false, subject, "has no token; `rosterd token create --name NAME --source " + subject + "`"});
      } else if (*last <= view.now()) {
        findings.push_back({false, subject, "every token has expired"});
      } else if (*last != store::Instant::max() && *last < view.now() + std::chrono::hours{24 * 30}) {
        findings.push_back(
            {false, subject,
             "the last token expires at " + format_instant(*last) + "; make a second one now, both work side by side"});
      } else {
        findings.push_back({true, subject, "has a live token"});
      }
    }
  });
}

// Mails that ended unsent: how many, and why the newest of them did.
bool check_ended(const store::View& view, std::string_view state, std::vector<Finding>& findings) {
  const auto count = store::count_mails(view, state);
  if (count == 0) return true;
  const std::string word = state == "refused" ? "refused" : "given up";
  findings.push_back({false, "outbox",
                      std::to_string(count) + " mails were " + word + ", the newest because of: " +
                          store::list_mails(view, state, 1).front().last_error + "; see `rosterd mail list --state " +
                          std::string(state) + "`, then `rosterd mail retry ID`"});
  return false;
}

void check_mail(const Services& services, std::vector<Finding>& findings) {
  if (!services.config->mail) {
    findings.push_back({false, "mail", "[mail] is not configured: invitations wait in the outbox"});
    return;
  }
  services.store.read([&](const store::View& view) {
    if (const auto hold = store::outbox_hold(view)) {
      findings.push_back({false, "outbox",
                          "on hold since " + format_instant(hold->since) + ": " + hold->reason + "; " +
                              std::to_string(store::count_mails(view, "queued")) +
                              " mails wait, see `rosterd mail list --state queued`, then `rosterd mail release`"});
    }
    const bool none_refused = check_ended(view, "refused", findings);
    const bool none_given_up = check_ended(view, "given_up", findings);
    std::size_t waiting = 0;
    std::string error;
    for (const auto& mail : store::list_mails(view, "queued", 100)) {
      if (mail.last_error.empty()) continue;
      ++waiting;
      error = mail.last_error;
    }
    if (waiting > 0) {
      findings.push_back({false, "outbox",
                          std::to_string(waiting) + " mails could not be sent yet: " + error +
                              "; `rosterd mail test ADDRESS` shows the step that fails"});
    }
    if (none_refused && none_given_up && waiting == 0) findings.push_back({true, "outbox", "no mail is stuck"});
  });
  for (auto& step : services.test_mail({})) findings.push_back({step.good, "mail " + step.subject, step.text});
}

}  // namespace

std::vector<Finding> examine(const Services& services) {
  std::vector<Finding> findings;
  check_store(services, findings);
  check_writing(services, findings);
  check_tokens(services, findings);
  check_remembered(services, findings);
  for (const auto& directory : services.config->directories) {
    for (auto& finding : services.diagnose(directory)) findings.push_back(std::move(finding));
  }
  check_mail(services, findings);
  if (services.own_state) {
    for (auto& finding : services.own_state()) findings.push_back(std::move(finding));
  }
  return findings;
}

Result told(const std::vector<Finding>& findings) {
  bool good = true;
  std::string text;
  scim::Array data;
  for (const auto& finding : findings) {
    good = good && finding.good;
    text += (finding.good ? "ok    " : "WARN  ") + finding.subject + ": " + printable(finding.text) + "\n";
    data.push_back(scim::make_object({{"good", finding.good}, {"subject", finding.subject}, {"text", finding.text}}));
  }
  return {good ? Exit::ok : Exit::doctor_found, std::move(data), std::move(text)};
}

Result told_without_store(const config::Config& config, const std::vector<Finding>& findings,
                          const Arguments& arguments) {
  auto result = told(findings);
  if (flag(arguments, "bundle")) result.data = support_bundle(config, findings, flag(arguments, "personal"));
  return result;
}

Result doctor(const Services& services, const Arguments& arguments) {
  auto findings = examine(services);
  auto result = told(findings);
  try {
    if (flag(arguments, "bundle")) result.data = support_bundle(services, findings, flag(arguments, "personal"));
  } catch (const store::StoreError& error) {
    findings.push_back({false, "bundle", std::string("is without the store's part: ") + error.what()});
    return told_without_store(*services.config, findings, arguments);
  }
  return result;
}

}  // namespace rosterd::commands
