#include "ldap/runner.h"

#include "store/blocks.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/users.h"

namespace rosterd::ldap {
namespace {

constexpr std::size_t kMostRefusals = 1000;  // remembered for the next plan

using Told = std::function<void(const Change&, const store::Refused&)>;

store::Reason reason_of(Departure departure) {
  switch (departure) {
    case Departure::none:
      break;
    case Departure::left_directory:
      return store::Reason::left_directory;
    case Departure::out_of_scope:
      return store::Reason::out_of_scope;
    case Departure::disabled:
      return store::Reason::disabled;
    case Departure::locked:
      return store::Reason::locked;
    case Departure::expired:
      return store::Reason::expired;
  }
  return store::Reason::left_directory;
}

class Applier {
 public:
  Applier(store::Unit& unit, store::SourceId source, const Told& refused)
      : unit_(unit), source_(source), refused_(refused) {}

  void apply(const Change& change) {
    switch (change.kind) {
      case ChangeKind::add_group:
      case ChangeKind::update_group:
        return put_group(change);
      case ChangeKind::hide_group:
        return hide_group(change);
      case ChangeKind::block_person:
        if (change.document.empty()) return block_gone(change);
        [[fallthrough]];
      case ChangeKind::add_person:
      case ChangeKind::update_person:
      case ChangeKind::return_person:
      case ChangeKind::conflict:
        return state_person(change);
      case ChangeKind::add_member:
      case ChangeKind::remove_member:
        return;  // members()
    }
  }

  void members(std::span<const Change> changes) {
    const auto group = store::find_group_by_key(unit_, source_, changes.front().key);
    if (!group || group->hidden) return;
    std::vector<store::Member> members;
    for (const Change& change : changes) {
      if (auto member = find_member(change)) members.push_back(*member);
    }
    const auto outcome = changes.front().kind == ChangeKind::add_member
                             ? store::add_members(unit_, group->key, members)
                             : store::remove_members(unit_, group->key, members);
    if (!outcome) refused_(changes.front(), outcome.refused());
  }

 private:
  std::optional<store::Member> find_member(const Change& change) const {
    if (change.member_is_group) {
      const auto group = store::find_group_by_key(unit_, source_, change.member);
      return group ? std::optional<store::Member>(group->key) : std::nullopt;
    }
    const auto user = store::find_claimant(unit_, source_, change.member);
    return user ? std::optional<store::Member>(*user) : std::nullopt;
  }

  void put_group(const Change& change) {
    const auto document = group_document(change.document);
    if (!document) return;
    store::GroupFacts facts;
    facts.key = change.key;
    facts.display_name = document->display_name;
    facts.dn = document->dn;
    facts.digest = change.after;
    const auto outcome = store::put_group(unit_, source_, facts);
    if (!outcome) refused_(change, outcome.refused());
  }

  void hide_group(const Change& change) {
    const auto group = store::find_group_by_key(unit_, source_, change.key);
    if (!group || group->hidden) return;
    const auto outcome = store::hide_group(unit_, group->key);
    if (!outcome) refused_(change, outcome.refused());
  }

  void block_gone(const Change& change) {
    const auto claim = store::find_claim(unit_, source_, change.key);
    if (!claim) return;
    const auto outcome = store::block(unit_, claim->user, source_, reason_of(change.departure), change.reason);
    if (!outcome) refused_(change, outcome.refused());
  }

  void state_person(const Change& change) {
    const auto document = person_document(change.document);
    if (!document) return;
    // Only this source's own runs make its claims: whom the plan did not find is not there.
    const auto claim =
        change.kind == ChangeKind::add_person ? std::nullopt : store::find_claim(unit_, source_, change.key);
    const auto user = claim ? store::find_user(unit_, claim->user) : std::nullopt;
    store::ClaimFacts facts;
    facts.key = change.key;
    facts.profile = user ? keep_primary_mail(document->profile, user->email) : document->profile;
    facts.digest = change.after;
    facts.origin = document->dn;
    if (document->kind == store::Kind::client) facts.kind = document->kind;
    facts.expires = document->expires;
    const auto claimed =
        store::put_claim(unit_, source_, facts, claim && !claim->ended ? claim->user : store::UserId{});
    if (!claimed) refused_(change, claimed.refused());
    // Who may sign in does not wait for a profile that collides with somebody else's.
    const store::UserId who = claimed ? claimed->user : claim ? claim->user : store::UserId{};
    if (!who) return;
    if (claimed && claimed->created && change.departure == Departure::none) return;
    const bool stated = state_account(change, *document, who);
    // The new digest would say that all is done: with the old one the next run tries again.
    if (claimed && !stated) store::touch_claim(unit_, source_, who, change.before, document->dn);
  }

  // Brings this directory's own blocks in line with the entry; blocks of others are not touched.
  // Returns whether all of it was taken.
  bool state_account(const Change& change, const PersonDocument& document, store::UserId who) {
    bool taken = true;
    if (change.departure != Departure::none) {  // first, or the lifting below would bring the person back for a moment
      const auto blocked = store::block(unit_, who, source_, reason_of(change.departure), document.reason);
      if (!blocked) refused_(change, blocked.refused());
      taken = static_cast<bool>(blocked);
    }
    // `expired` follows the instant that the claim carries.
    for (const Departure each :
         {Departure::left_directory, Departure::out_of_scope, Departure::disabled, Departure::locked}) {
      if (each == change.departure) continue;
      const auto lifted = store::lift(unit_, who, source_, reason_of(each));
      if (!lifted) refused_(change, lifted.refused());
      taken = taken && lifted;
    }
    return taken;
  }

  store::Unit& unit_;
  store::SourceId source_;
  const Told& refused_;
};

}  // namespace

void apply(store::Unit& unit, store::SourceId source, std::span<const Change> changes, const Told& refused) {
  Applier applier(unit, source, refused);
  while (!changes.empty()) {
    const Change& first = changes.front();
    std::size_t count = 1;
    if (!first.member.empty()) {
      while (count < changes.size() && changes[count].kind == first.kind && changes[count].key == first.key) ++count;
      applier.members(changes.first(count));
    } else {
      applier.apply(first);
    }
    changes = changes.subspan(count);
  }
}

void Runner::add(Change change) {
  const bool is_member = !change.member.empty();
  if (!waiting_.empty() && is_member != !waiting_.front().member.empty()) flush();
  waiting_.push_back(std::move(change));
  if (waiting_.size() >= (is_member ? most_members_ : most_)) flush();
}

void Runner::flush() {
  if (waiting_.empty()) return;
  store::Pace& pace = waiting_.front().member.empty() ? pace_ : member_pace_;
  for (auto left = std::span<const Change>(waiting_); !left.empty();) {
    const auto some = left.first(std::min(pace.next(), left.size()));
    left = left.subspan(some.size());
    state(some, pace);
  }
  waiting_.clear();
}

void Runner::state(std::span<const Change> some, store::Pace& pace) {
  using Refusal = std::pair<Change, store::Refused>;
  const auto told = store_.write(actor_, [&](store::Unit& unit) {
    std::vector<Refusal> refusals;
    pace.begin();
    apply(unit, source_, some,
          [&](const Change& change, const store::Refused& why) { refusals.emplace_back(change, why); });
    pace.end(some.size());
    return refusals;
  });
  for (const auto& [change, why] : told) {
    observer_.refused(change, why);
    if (!change.document.empty() && refusals_.size() < kMostRefusals) refusals_[change.key] = change.after;
  }
  refused_ += told.size();
  done_ += some.size();
  observer_.progress("changes", done_);
}

}  // namespace rosterd::ldap
