#include <sodium.h>

#include <algorithm>

#include "daemon/api/password_hasher.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/person.h"
#include "daemon/commands/text.h"
#include "daemon/mail/address.h"
#include "store/audit.h"
#include "store/fold.h"
#include "store/query.h"
#include "store/sign_in.h"
#include "store/sources.h"
#include "store/withheld.h"

namespace rosterd::commands {
namespace {

struct Found {
  store::Explanation explanation;
  bool withheld = false;
};

std::optional<Found> look_up(const Services& services, const Arguments& arguments) {
  return services.store.read([&](const store::View& view) -> std::optional<Found> {
    const auto user = store::find_person(view, argument(arguments, "PERSON"));
    if (!user) return {};
    return Found{store::explain(view, user->key, services.store.settings()->access),
                 store::has_withheld(view, user->key)};
  });
}

// Empty is "all"; case does not matter.
bool is_one_of(const std::string& value, std::initializer_list<std::string_view> choices) {
  return value.empty() || std::any_of(choices.begin(), choices.end(), [&](std::string_view choice) {
           return store::fold(choice) == store::fold(value);
         });
}

Result nobody(const Arguments& arguments) {
  return failure(Exit::not_found, "nobody is known as \"" + printable(argument(arguments, "PERSON")) + "\"");
}

std::string summary(const store::Explanation& explanation) {
  const auto& user = explanation.user;
  std::string out = printable(user.display_name.empty() ? user.user_name : user.display_name) + "\n";
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += "  " + std::string(name) + std::string(12 - name.size(), ' ') + printable(value) + "\n";
  };
  line("id", user.id);
  line("userName", user.user_name);
  line("e-mail", user.email);
  line("kind", std::string(store::to_string(user.kind)));
  line("company", user.company);
  line("status", std::string(store::to_string(user.status())) + (user.hidden ? " (hidden: deprovisioned)" : ""));
  line("roles", join(explanation.roles));
  line("projects", join(explanation.projects));
  line("permissions", join(explanation.permissions));
  line("mail", user.mail_problem);
  return out;
}

std::string because(const store::ExplainedGrant& explained) {
  const auto& grant = explained.grant;
  const auto what = !grant.role.empty()      ? "role " + grant.role
                    : !grant.project.empty() ? "project " + grant.project
                                             : "permission " + grant.permission;
  return "  " + printable(what) + "\n      " + printable(why(explained)) + ", since " + format_instant(grant.since) +
         "\n";
}

std::string promised(const std::vector<store::RememberedMember>& remembered) {
  std::string out;
  for (const auto& waiting : remembered) {
    out += "  " + printable(waiting.group) + " (" + waiting.source_name + ") as " + printable(waiting.named) +
           " since " + format_instant(waiting.since) + "\n";
  }
  return out.empty() ? out : "\nWill be a member as soon as the source brings this person:\n" + out;
}

std::string chain(const store::Explanation& explanation) {
  std::string out;
  if (!explanation.grants.empty()) out += "\nWhy these roles and projects:\n";
  for (const auto& grant : explanation.grants) out += because(grant);
  for (const auto& role : explanation.withheld)
    out += "\nWithheld: role " + printable(role.role) + "\n      member of " + printable(join(role.path, " → ")) +
           " (" + printable(role.source) + ") → rule " + printable(role.rule) +
           ", but the role is privileged and that connection has no may_give_privileged\n";
  if (explanation.blocks.empty()) {
    out += explanation.user.joined_at ? "\nNo block: may sign in.\n" : "\nNo block: may sign in once joined.\n";
    if (explanation.user.email.empty()) out += "No e-mail address: cannot be invited.\n";
  } else {
    out += "\nBlocked:\n";
  }
  for (const auto& [source, block] : explanation.blocks) {
    out +=
        "  " + std::string(store::to_string(block.reason)) + " (" + source + ") since " + format_instant(block.since);
    out += block.detail.empty() ? "\n" : ": " + printable(block.detail) + "\n";
  }
  out += "\nKnown from:\n";
  for (const auto& [source, claim] : explanation.claims) {
    out += "  " + source + (claim.ended ? " (ended)" : "") + "  " + printable(claim.key.value_or("-"));
    out += claim.origin.empty() ? "\n" : "  " + printable(claim.origin) + "\n";
  }
  if (explanation.claims.empty()) out += "  local\n";
  out += promised(explanation.remembered);
  if (!explanation.invitations.empty()) out += "\nInvitations:\n";
  for (const auto& invitation : explanation.invitations) {
    out += "  " + invitation.state + ", made " + format_instant(invitation.created) + ", until " +
           format_instant(invitation.expires) + "\n";
  }
  for (const auto& mail : explanation.mails) {
    out += "  mail " + std::to_string(mail.id.value) + " (" + mail.kind + ") " + mail.state +
           (mail.last_error.empty() ? "" : ": " + printable(mail.last_error)) + "\n";
  }
  return out;
}

// Runs a change on the person named and tells what the record says afterwards.
template <class Change>
Result change_person(const Services& services, const Arguments& arguments, Change change) {
  const auto outcome = services.store.write(actor(services), [&](store::Unit& unit) -> store::Outcome<store::User> {
    auto user = store::find_person(unit, argument(arguments, "PERSON"));
    if (!user)
      return store::Refused{store::Refusal::not_found, "nobody is known as \"" + argument(arguments, "PERSON") + "\""};
    auto changed = change(unit, *user);
    if (!changed) return changed.refused();
    return *store::find_user(unit, user->key);
  });
  if (!outcome) return refusal(outcome.refused());
  const auto explanation = services.store.read(
      [&](const store::View& view) { return store::explain(view, outcome->key, services.store.settings()->access); });
  return {Exit::ok, person_json(explanation), summary(explanation)};
}

std::string new_password() {
  static constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz23456789";
  std::string out;
  for (int i = 0; i < 25; ++i) {
    if (i > 0 && i % 5 == 0) out += '-';
    out += kLetters[randombytes_uniform(kLetters.size())];
  }
  return out;
}

// The person with that address, or a new local one.
store::Outcome<store::UserId> find_or_make(store::Unit& unit, const std::string& email) {
  if (const auto known = store::find_user_by_login(unit, email)) {
    if (store::fold(known->email) == store::fold(email)) return known->key;
    return store::Refused{store::Refusal::uniqueness,
                          "\"" + email + "\" is the userName of somebody with another address"};
  }
  store::ClaimFacts facts;
  facts.profile = scim::write_json(scim::make_object(
      {{"userName", email}, {"emails", scim::Array{scim::make_object({{"value", email}, {"primary", true}})}}}));
  facts.kind = store::Kind::staff;
  const auto claimed = store::put_claim(unit, store::kLocal, facts);
  if (!claimed) return claimed.refused();
  return claimed->user;
}

// A name that a group waits for is worth more than "nobody".
Result nobody_yet(const Services& services, const Arguments& arguments) {
  auto result = nobody(arguments);
  const auto waiting = services.store.read(
      [&](const store::View& view) { return store::remembered_as(view, argument(arguments, "PERSON")); });
  result.text += promised(waiting);
  return result;
}

}  // namespace

Result explain(const Services& services, const Arguments& arguments) {
  const auto found = look_up(services, arguments);
  if (!found) return nobody_yet(services, arguments);
  auto text = summary(found->explanation) + chain(found->explanation);
  if (found->withheld) {
    text += "\nCame back by userName alone: local grants and the old password wait for `rosterd user reactivate`.\n";
  }
  return {Exit::ok, person_json(found->explanation), std::move(text)};
}

Result user_show(const Services& services, const Arguments& arguments) {
  const auto found = look_up(services, arguments);
  if (!found) return nobody(arguments);
  return {Exit::ok, person_json(found->explanation), summary(found->explanation)};
}

Result user_list(const Services& services, const Arguments& arguments) {
  const auto status = argument(arguments, "status"), kind = argument(arguments, "kind");
  if (!is_one_of(status, {"Pending", "Participating", "Inactive"})) {
    return failure(Exit::usage, "--status is Pending, Participating or Inactive");
  }
  if (!is_one_of(kind, {"staff", "client"})) return failure(Exit::usage, "--kind is staff or client");
  std::size_t limit = 1000;
  if (const auto text = argument(arguments, "limit"); !text.empty()) {
    limit = static_cast<std::size_t>(std::strtoull(text.c_str(), nullptr, 10));
    if (limit == 0 || limit > 1'000'000) return failure(Exit::usage, "--limit must be between 1 and 1000000");
  }
  scim::Array data;
  std::vector<std::vector<std::string>> rows;
  services.store.read([&](const store::View& view) {
    store::scan_users(view, {}, {}, {0, SIZE_MAX}, [&](const store::User& user) {
      const std::string is(store::to_string(user.status()));
      if ((!status.empty() && store::fold(status) != store::fold(is)) ||
          (!kind.empty() && store::fold(kind) != store::to_string(user.kind))) {
        return true;
      }
      rows.push_back({user.user_name, user.display_name, user.email, std::string(store::to_string(user.kind)), is});
      data.push_back(scim::make_object({{"id", user.id},
                                        {"user_name", user.user_name},
                                        {"display_name", user.display_name},
                                        {"email", user.email},
                                        {"kind", store::to_string(user.kind)},
                                        {"active", user.active},
                                        {"status", is}}));
      return data.size() < limit;
    });
  });
  return {Exit::ok, std::move(data), columns({"USERNAME", "NAME", "E-MAIL", "KIND", "STATUS"}, rows)};
}

Result user_deactivate(const Services& services, const Arguments& arguments) {
  return change_person(services, arguments, [&](store::Unit& unit, const store::User& user) {
    return store::block(unit, user.key, store::kLocal, store::Reason::admin, argument(arguments, "reason"));
  });
}

Result user_reactivate(const Services& services, const Arguments& arguments) {
  auto result = change_person(services, arguments, [&](store::Unit& unit, const store::User& user) {
    if (store::has_withheld(unit, user.key)) {
      if (auto restored = store::restore_withheld(unit, user.key); !restored)
        return store::Outcome<bool>(restored.refused());
    }
    return store::lift(unit, user.key, store::kLocal, store::Reason::admin);
  });
  if (result.exit == Exit::ok && !*result.data.find("active")->boolean()) {
    result.exit = Exit::refused;
    result.text +=
        "  Still inactive: another source blocks this person; `rosterd explain` says which, and only it can lift "
        "that.\n";
  }
  return result;
}

Result user_invite(const Services& services, const Arguments& arguments) {
  return change_person(services, arguments,
                       [](store::Unit& unit, const store::User& user) { return store::invite(unit, user.key); });
}

Result admin_reset(const Services& services, const Arguments& arguments) {
  const auto address = mail::parse_address(argument(arguments, "EMAIL"));
  if (!address) return failure(Exit::usage, "that is no e-mail address: " + address.refusal);
  const auto email = address.address->spec();
  const auto password = new_password();
  const auto hash = api::hash_password(password);
  const auto outcome = services.store.write(actor(services), [&](store::Unit& unit) -> store::Outcome<store::UserId> {
    auto who = find_or_make(unit, email);
    if (!who) return who;
    if (auto lifted = store::lift(unit, *who, store::kLocal); !lifted) return lifted.refused();
    if (auto granted = store::grant_role(unit, *who, "Admin", "admin reset"); !granted) return granted.refused();
    store::set_password_hash(unit, *who, hash);
    store::mark_joined(unit, *who);
    const auto admin = *store::find_user(unit, *who);
    if (!admin.active) {
      return store::Refused{store::Refusal::privileged,
                            "another source blocks this person and only it can lift that; "
                            "`rosterd explain` names it. Use another address for an admin of your own."};
    }
    store::record_success(unit, store::account_subject(admin.id));
    store::audit(unit, "admin.reset", admin.id, "restored from the command line");
    return who;
  });
  if (!outcome) return refusal(outcome.refused());
  const auto explanation = services.store.read(
      [&](const store::View& view) { return store::explain(view, *outcome, services.store.settings()->access); });
  auto data = person_json(explanation);
  data.object()->set("password", password);
  auto text = summary(explanation) + "\nNew password, shown only now: " + password + "\n";
  return {Exit::ok, std::move(data), std::move(text)};
}

}  // namespace rosterd::commands
