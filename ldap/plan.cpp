#include "ldap/plan.h"

#include "ldap/dn.h"
#include "ldap/group_mapping.h"

namespace rosterd::ldap {
namespace {

// What the new state means for somebody who is in the directory.
Departure departure_of(const PersonDocument& document, store::Instant now) {
  if (document.state == AccountState::disabled) return Departure::disabled;
  if (document.state == AccountState::locked) return Departure::locked;
  if (document.expires && *document.expires <= now) return Departure::expired;
  return Departure::none;
}

Change person_change(ChangeKind kind, const store::HeldPerson* held, const store::StagedPerson& staged,
                     const PersonDocument& document, std::string reason) {
  Change change{kind, staged.key};
  change.name = document.user_name;
  change.reason = std::move(reason);
  change.before = held != nullptr ? held->digest : std::string();
  change.after = staged.digest;
  change.document = staged.document;
  return change;
}

std::optional<Change> plan_gone_person(const store::HeldPerson& held, const PlanContext& context) {
  if (held.gone) return std::nullopt;
  if (context.reading.set_aside().protects(held.key, normalize_dn(held.origin).value_or(held.origin))) {
    return std::nullopt;
  }
  Change change{ChangeKind::block_person, held.key};
  change.departure = Departure::left_directory;
  change.name = held.origin;
  change.reason = "no longer in the directory";
  change.before = held.digest;
  return change;
}

std::optional<Change> plan_new_person(const store::StagedPerson& staged, const PersonDocument& document,
                                      const PlanContext& context) {
  const auto refused = context.refused.find(staged.key);
  const bool again = refused != context.refused.end() && refused->second == staged.digest;
  Change change = person_change(again ? ChangeKind::conflict : ChangeKind::add_person, nullptr, staged, document,
                                again ? "refused before, nothing has changed" : "new in directory");
  change.departure = departure_of(document, context.now);
  if (change.departure != Departure::none) change.reason += ", " + std::string(to_string(change.departure));
  return change;
}

std::optional<Change> plan_changed_person(const store::HeldPerson& held, const store::StagedPerson& staged,
                                          const PersonDocument& document, const PlanContext& context) {
  const Departure departure = departure_of(document, context.now);
  const bool was_active = !held.gone && state_in(held.digest) == AccountState::active;
  const auto refused = context.refused.find(staged.key);
  const bool again = refused != context.refused.end() && refused->second == staged.digest;
  ChangeKind kind = ChangeKind::update_person;
  std::string reason = held.origin == document.dn ? "changed in directory" : "renamed or moved from " + held.origin;
  if (again) {  // first: a profile that collides keeps the old digest, and the rest of the entry was stated already
    kind = ChangeKind::conflict;
    reason = "refused before, nothing has changed";
  } else if (departure != Departure::none && was_active) {
    kind = ChangeKind::block_person;
    reason = document.reason.empty() ? std::string(to_string(departure)) : document.reason;
  } else if (held.gone) {
    kind = ChangeKind::return_person;
    reason = "back in the directory";
  } else if (departure == Departure::none && !was_active && state_in(held.digest)) {
    reason = "enabled again in directory";
  }
  Change change = person_change(kind, &held, staged, document, std::move(reason));
  change.departure = departure;
  return change;
}

}  // namespace

std::optional<Change> plan_person(const store::HeldPerson* held, const store::StagedPerson* staged,
                                  const PlanContext& context) {
  if (staged == nullptr) return plan_gone_person(*held, context);
  if (held != nullptr && !held->gone && held->digest == staged->digest) return std::nullopt;
  if (context.reading.set_aside().has_key(staged->key)) return std::nullopt;  // a second entry has the same key
  const auto document = person_facts(staged->document);
  if (!document) return std::nullopt;
  if (held == nullptr) return plan_new_person(*staged, *document, context);
  return plan_changed_person(*held, *staged, *document, context);
}

std::optional<Change> plan_group(const store::HeldGroup* held, const store::StagedGroup* staged,
                                 const PlanContext& context) {
  if (staged == nullptr) {
    if (held->hidden || context.reading.set_aside().has_key(held->key)) return std::nullopt;
    return Change{.kind = ChangeKind::hide_group,
                  .key = held->key,
                  .reason = "no longer in the directory",
                  .before = held->digest};
  }
  const bool known = held != nullptr && !held->hidden;
  if (known && held->digest == staged->digest) return std::nullopt;
  if (context.reading.set_aside().has_key(staged->key)) return std::nullopt;
  const auto document = group_document(staged->document);
  if (!document) return std::nullopt;
  return Change{.kind = known ? ChangeKind::update_group : ChangeKind::add_group,
                .key = staged->key,
                .name = document->display_name,
                .reason = known             ? "changed in directory"
                          : held != nullptr ? "back in the directory"
                                            : "new in directory",
                .before = held != nullptr ? held->digest : std::string(),
                .after = staged->digest,
                .document = staged->document};
}

std::optional<Change> plan_member(const store::MemberDifference& difference, const PlanContext& context) {
  const SetAsideList& aside = context.reading.set_aside();
  if (aside.has_key(difference.group_key) || aside.has_key(difference.member_key)) return std::nullopt;
  return Change{.kind = difference.add ? ChangeKind::add_member : ChangeKind::remove_member,
                .key = difference.group_key,
                .member = difference.member_key,
                .member_is_group = difference.is_group,
                .reason = difference.add ? "member in directory" : "no longer a member in directory"};
}

std::uint64_t PlanCounts::changes() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : of) sum += count;
  return sum - (*this)[ChangeKind::conflict];
}

bool is_removal(ChangeKind kind) {
  return kind == ChangeKind::remove_member || kind == ChangeKind::block_person || kind == ChangeKind::hide_group;
}

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::add_group:
      return "add_group";
    case ChangeKind::update_group:
      return "update_group";
    case ChangeKind::add_person:
      return "add_person";
    case ChangeKind::update_person:
      return "update_person";
    case ChangeKind::return_person:
      return "return_person";
    case ChangeKind::add_member:
      return "add_member";
    case ChangeKind::remove_member:
      return "remove_member";
    case ChangeKind::block_person:
      return "block_person";
    case ChangeKind::hide_group:
      return "hide_group";
    case ChangeKind::conflict:
      return "conflict";
  }
  return "unknown";
}

std::string_view to_string(Departure departure) {
  switch (departure) {
    case Departure::none:
      return "";
    case Departure::left_directory:
      return "left directory";
    case Departure::out_of_scope:
      return "moved out of scope";
    case Departure::disabled:
      return "disabled in directory";
    case Departure::locked:
      return "locked in directory";
    case Departure::expired:
      return "expired";
  }
  return "";
}

}  // namespace rosterd::ldap
