#include "ldap/runner.h"
#include "ldap/source_state.h"
#include "ldap/sync.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/work.h"

namespace rosterd::ldap {
namespace {

// Whether what was shown in the hold is still what we hold.
bool still_true(const store::View& view, store::SourceId source, const Change& change) {
  if (change.kind == ChangeKind::block_person) {
    const auto claim = store::find_claim(view, source, change.key);
    return claim && !claim->ended && claim->digest == change.before;
  }
  const auto group = store::find_group_by_key(view, source, change.key);
  if (!group || group->hidden) return false;
  if (change.kind == ChangeKind::hide_group) return group->digest == change.before;
  if (change.member_is_group) {
    const auto member = store::find_group_by_key(view, source, change.member);
    return member && store::is_member(view, group->key, member->key);
  }
  const auto claim = store::find_claim(view, source, change.member);
  return claim && store::is_member(view, group->key, claim->user);
}

}  // namespace

bool run_item(store::Unit& unit, const store::Hold& hold, const store::HoldItem& item) {
  const auto change = change_of(item);
  bool done = change && still_true(unit, hold.source, *change);
  if (done) {
    apply(unit, hold.source, {&*change, 1}, [&](const Change&, const store::Refused&) { done = false; });
  }
  return done;
}

bool finish_work(store::Store& store, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!store::step_work(store)) return true;
  }
  return false;
}

store::Outcome<store::Released> release(store::Store& store, store::HoldId id, const store::Actor& actor,
                                        const std::stop_token& stop) {
  auto released = store::release_hold(store, id, actor, stop, run_item);
  finish_work(store, stop);
  return released;
}

}  // namespace rosterd::ldap
