#include "ldap/survey.h"

#include <algorithm>

#include "ldap/group_mapping.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/holds.h"

namespace rosterd::ldap {
namespace {

class Surveyor {
 public:
  Surveyor(const store::StagedView& view, const PlanContext& context, bool name_everything,
           const std::function<void(const Change&)>& each)
      : view_(view), source_(view.source()), context_(context), name_everything_(name_everything), each_(each) {}

  Survey run(std::uint64_t staged_members) {
    store::merge_groups(view_, [&](const store::HeldGroup* held, const store::StagedGroup* staged) {
      if (held != nullptr && !held->hidden) ++survey_.tallies.groups.held;
      if (auto change = plan_group(held, staged, context_)) {
        if (change->name.empty()) change->name = group_name(held->group);
        note(std::move(*change));
      }
      return true;
    });
    store::merge_people(view_, [&](const store::HeldPerson* held, const store::StagedPerson* staged) {
      if (held != nullptr && !held->gone) ++survey_.tallies.people.held;
      if (auto change = plan_person(held, staged, context_)) note(std::move(*change));
      return true;
    });
    store::member_differences(view_, [&](const store::MemberDifference& difference) {
      if (auto change = plan_member(difference, context_)) {
        if (name_everything_ || is_removal(change->kind)) name_member(*change);
        note(std::move(*change));
      }
      return true;
    });
    const auto& counts = survey_.counts;
    survey_.unresolved_members = store::unresolved_members(view_);
    const std::uint64_t present = staged_members - std::min(staged_members, survey_.unresolved_members);
    survey_.tallies.members.held =
        present + counts[ChangeKind::remove_member] - std::min(present, counts[ChangeKind::add_member]);
    return std::move(survey_);
  }

 private:
  void note(Change change) {
    if (change.kind == ChangeKind::conflict && change.before.empty()) refused_.insert(change.key);
    if (change.kind == ChangeKind::add_member && refused_.contains(change.member)) return;
    if (is_removal(change.kind)) {
      // An administrator has already said no to exactly this.
      const std::string subject = subject_of(change);
      if (store::was_discarded(view_, source_, to_string(change.kind), subject, change.before)) {
        survey_.discarded.insert(std::string(to_string(change.kind)) + " " + subject);
        return;
      }
      count_removal(change);
    }
    ++survey_.counts[change.kind];
    each_(change);
    if (is_removal(change.kind)) survey_.removals.push_back(std::move(change));
  }

  void count_removal(const Change& change) {
    if (change.kind == ChangeKind::block_person) {
      ++survey_.tallies.people.removals;
      survey_.leaving.insert(change.key);
    } else if (change.kind == ChangeKind::hide_group) {
      ++survey_.tallies.groups.removals;
    } else if (!survey_.leaving.contains(change.member)) {
      ++survey_.tallies.members.removals;
    }
  }

  std::string group_name(store::GroupId id) const {
    const auto group = store::find_group(view_, id);
    return group ? group->display_name : std::string();
  }

  void name_member(Change& change) const {
    if (change.key != last_group_) {
      last_group_ = change.key;
      last_group_name_ = name_of_group(change.key);
    }
    change.name = (change.member_is_group ? name_of_group(change.member) : name_of_person(change.member)) + " in " +
                  last_group_name_;
  }

  std::string name_of_group(const std::string& key) const {
    const auto group = store::find_group_by_key(view_, source_, key);
    if (group) return group->display_name;
    const auto staged = group_document(store::staged_document(view_, key, true));
    return staged ? staged->display_name : key;
  }

  std::string name_of_person(const std::string& key) const {
    const auto claim = store::find_claim(view_, source_, key);
    if (claim) return claim->origin;
    const auto staged = person_facts(store::staged_document(view_, key, false));
    return staged ? staged->user_name : key;
  }

  const store::StagedView& view_;
  store::SourceId source_;
  const PlanContext& context_;
  const bool name_everything_;
  const std::function<void(const Change&)>& each_;
  Survey survey_;
  std::unordered_set<std::string> refused_;  // whom we do not hold, and will hardly hold after this run
  mutable std::string last_group_;
  mutable std::string last_group_name_;
};

}  // namespace

Survey survey(const store::StagedView& view, const PlanContext& context, std::uint64_t staged_members,
              bool name_everything, const std::function<void(const Change&)>& each) {
  return Surveyor(view, context, name_everything, each).run(staged_members);
}

std::string subject_of(const Change& change) {
  return change.member.empty() ? change.key : change.key + " " + change.member;
}

bool is_held(const Change& removal, const Verdict& verdict, const Survey& survey) {
  switch (removal.kind) {
    case ChangeKind::block_person:
      return verdict.hold_people;
    case ChangeKind::hide_group:
      return verdict.hold_groups;
    case ChangeKind::remove_member:
      return survey.leaving.contains(removal.member) ? verdict.hold_people : verdict.hold_members;
    default:
      return false;
  }
}

}  // namespace rosterd::ldap
