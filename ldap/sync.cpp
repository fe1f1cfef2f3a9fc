#include "ldap/sync.h"

#include "ldap/departures.h"
#include "ldap/dn.h"
#include "ldap/read_directory.h"
#include "ldap/runner.h"
#include "ldap/source_state.h"
#include "ldap/survey.h"
#include "store/sources.h"

namespace rosterd::ldap {
namespace {

constexpr std::chrono::hours kWholeRunEvery{24};
constexpr std::size_t kUnitsPerSnapshot = 20;  // about 2 MB of changes

// One run of one source; the steps in the order in which sync() takes them.
class Run {
 public:
  Run(const DirectoryOptions& options, store::Store& store, const SyncOptions& run, Observer& observer)
      : options_(options), store_(store), run_(run), observer_(observer), now_(store.clock().now()) {
    actor_.source = store::kLocal;
    actor_.name = "sync:" + options.name;
    source_ = store_.write(actor_, [&](store::Unit& unit) { return store::ensure_source(unit, options_.name); });
    actor_.source = source_;
    store_.read([&](const store::View& view) {
      if (const auto known = store::find_source(view, source_)) known_ = *known;
    });
    before_ = source_state(known_.state);
  }

  std::optional<DirectoryError> connect() {
    auto opened = Connection::open(options_.server, run_.stop);
    if (auto* error = std::get_if<DirectoryError>(&opened)) return std::move(*error);
    connection_ = std::get<0>(std::move(opened));
    return std::nullopt;
  }

  // Whether the directory says exactly what it said when there was nothing to do. Then nothing is staged or compared.
  // A change costs a second reading. What others did to these people and groups in the store ends it at once.
  std::variant<bool, DirectoryError> is_as_before(SyncResult& result) {
    if (!before_.in_step) return false;
    const InStep& known = *before_.in_step;
    if (known.at > now_ || now_ - known.at >= kWholeRunEvery) return false;
    if (store_.read([&](const store::View& view) { return store::has_changed(view, source_, known.change); }))
      return false;
    auto digest = digest_directory(options_, *connection_, known.key, observer_);
    if (auto* error = std::get_if<DirectoryError>(&digest)) return std::move(*error);
    if (std::get<std::string>(digest) != known.digest) return false;
    result.people = known.people;
    result.groups = known.groups;
    result.references = known.references;
    result.unresolved_members = known.unresolved_members;
    result.state = SyncResult::State::in_step;
    if (!run_.dry_run) store_.write(actor_, [&](store::Unit& unit) { store::record_run(unit, source_, {}, {}); });
    return true;
  }

  std::variant<StagedReading, DirectoryError> read() {
    return read_directory(options_, *connection_, store_, source_, observer_);
  }

  Survey plan(const StagedReading& read) {
    Survey found = read.staging->read([&](const store::StagedView& view) {
      seen_change_ = store::last_change(view);
      store::compare_members(view);
      return survey(view, context(read), read.staged_members, false, [](const Change&) {});
    });
    explain_departures(*connection_, read.root, options_, found.removals);
    connection_.reset();
    return found;
  }

  // The other runner: prints instead of stating. Returns how many removals the guard would hold.
  std::uint64_t show(const StagedReading& read, const Survey& found, const Verdict& verdict) {
    std::uint64_t held = 0;
    auto removal = found.removals.begin();
    read.staging->read([&](const store::StagedView& view) {
      survey(view, context(read), read.staged_members, true, [&](const Change& change) {
        if (!is_removal(change.kind)) return observer_.planned(change, false);
        if (removal == found.removals.end()) return;
        const bool waits = is_held(*removal, verdict, found);
        observer_.planned(*removal, waits);
        held += waits ? 1 : 0;
        ++removal;
      });
    });
    return held;
  }

  // Additions are never held back. People lose what they leave before they are blocked; groups end last.
  std::optional<DirectoryError> state(const StagedReading& read, const Survey& found, const Verdict& verdict,
                                      SyncResult& result) {
    Runner runner(store_, actor_, source_, run_.changes_per_unit, observer_);
    add_everything(read, runner);
    std::vector<store::HoldItem> held;
    for (const Change& removal : found.removals) {
      if (run_.stop.stop_requested()) break;
      const bool waits = is_held(removal, verdict, found);
      observer_.planned(removal, waits);
      if (waits) {
        held.push_back(hold_item(removal));
      } else {
        runner.add(removal);
      }
    }
    runner.flush();
    if (run_.stop.stop_requested()) return stopped();
    if (!finish_work(store_, run_.stop)) return stopped();
    result.refused = runner.refused();
    result.held_items = held.size();
    SourceState after{runner.refusals(), in_step(read, found, result)};
    result.hold = conclude(after, verdict, found, held);
    return std::nullopt;
  }

  // A dry run states nothing, and a run that we stopped ourselves says nothing about the directory.
  void fail(const DirectoryError& error) {
    if (run_.dry_run || error.kind == ErrorKind::cancelled) return;
    store_.write(actor_, [&](store::Unit& unit) { store::record_run(unit, source_, {}, describe(error)); });
  }

 private:
  PlanContext context(const StagedReading& read) const { return {read.reading, now_, before_.refused}; }

  // Only a run that had nothing to do, nothing to hold and nothing to complain about may stand for later ones.
  std::optional<InStep> in_step(const StagedReading& read, const Survey& found, const SyncResult& result) const {
    const bool quiet = found.counts.changes() == 0 && found.counts[ChangeKind::conflict] == 0 &&
                       found.discarded.empty() && result.refused == 0 && result.held_items == 0 &&
                       read.reading.set_aside().size() == 0;
    if (!quiet) return std::nullopt;
    return InStep{read.digest,       read.digest_key,          now_,
                  seen_change_,      read.reading.people(),    read.reading.groups(),
                  result.references, result.unresolved_members};
  }

  static DirectoryError stopped() {
    return {Phase::search, ErrorKind::cancelled, {}, 0, "stopped on request before the end of the plan", {}};
  }

  void add_everything(const StagedReading& read, Runner& runner) {
    const PlanContext known = context(read);
    add_merged(read, runner, store::merge_groups,
               [&](const auto* held, const auto* staged) { return plan_group(held, staged, known); });
    add_merged(read, runner, store::merge_people,
               [&](const auto* held, const auto* staged) { return plan_person(held, staged, known); });
    std::int64_t member = 0;
    in_steps(read, runner, [&](const store::StagedView& view, const auto& take) {
      store::member_differences(
          view,
          [&](const auto& difference) {
            member = difference.number;
            return take(plan_member(difference, known));
          },
          member);
    });
  }

  template <class Merge, class Plan>
  void add_merged(const StagedReading& read, Runner& runner, const Merge& merge, const Plan& plan) {
    std::string last;
    in_steps(read, runner, [&](const store::StagedView& view, const auto& take) {
      const std::string after = last;
      merge(
          view,
          [&](const auto* held, const auto* staged) {
            last = held != nullptr ? held->key : staged->key;
            return take(plan(held, staged));
          },
          after);
    });
  }

  // Finds some changes in one snapshot and states them after it, until there are none: units under a snapshot would
  // make the store's log grow with the number of people. `find` goes on where it was when take() returned false.
  template <class Find>
  void in_steps(const StagedReading& read, Runner& runner, const Find& find) {
    const std::size_t most = run_.changes_per_unit * kUnitsPerSnapshot;
    std::size_t found = most;
    while (found == most && !run_.stop.stop_requested()) {
      std::vector<Change> some;
      read.staging->read([&](const store::StagedView& view) {
        find(view, [&](std::optional<Change> change) {
          if (change && !is_removal(change->kind)) some.push_back(std::move(*change));
          return some.size() < most && !run_.stop.stop_requested();
        });
      });
      found = some.size();
      for (Change& change : some) {
        if (run_.stop.stop_requested()) return;
        runner.add(std::move(change));
      }
    }
    runner.flush();
  }

  // The state commits with the end of the run. Consequences of a first run were finished before it counts as complete:
  // whoever was there from the beginning is not invited.
  store::HoldId conclude(const SourceState& after, const Verdict& verdict, const Survey& found,
                         const std::vector<store::HoldItem>& held) {
    const auto drafted = store::draft_hold(store_, actor_, source_, verdict.summary, held);
    const store::HoldId id = store_.write(actor_, [&](store::Unit& unit) {
      for (const store::HoldItem& item : store::discarded_items(unit, source_)) {
        if (found.discarded.contains(item.kind + " " + item.subject)) continue;
        store::forget_discarded(unit, source_, item.kind, item.subject);
      }
      store::mark_complete(unit, source_);
      store::record_run(unit, source_, to_json(after), {});
      return store::hold(unit, source_, verdict.summary, drafted);
    });
    return id;
  }

  const DirectoryOptions& options_;
  store::Store& store_;
  const SyncOptions& run_;
  Observer& observer_;
  store::Actor actor_{};
  store::SourceId source_;
  store::Source known_;
  SourceState before_;
  std::int64_t seen_change_ = 0;  // of the plan's snapshot
  const store::Instant now_;
  std::unique_ptr<Connection> connection_;
};

SyncResult failed(Run& run, DirectoryError error, Observer& observer) {
  run.fail(error);
  observer.failed(error);
  SyncResult result;
  result.error = std::move(error);
  return result;
}

}  // namespace

SyncResult sync(const DirectoryOptions& options, store::Store& store, const SyncOptions& how, Observer& observer) {
  observer.started(options, how.dry_run);
  Run run(options, store, how, observer);
  if (auto error = run.connect()) return failed(run, std::move(*error), observer);
  SyncResult result;
  auto same = run.is_as_before(result);
  if (auto* error = std::get_if<DirectoryError>(&same)) return failed(run, std::move(*error), observer);
  if (std::get<bool>(same)) {
    observer.finished(result);
    return result;
  }
  auto read = run.read();
  if (auto* error = std::get_if<DirectoryError>(&read)) return failed(run, std::move(*error), observer);
  const auto& staged = std::get<StagedReading>(read);
  const Survey found = run.plan(staged);
  const Verdict verdict = judge(options.limits, found.tallies);

  result.people = staged.reading.people();
  result.groups = staged.reading.groups();
  result.references = staged.reading.references();
  result.set_aside = staged.reading.set_aside().size();
  result.unresolved_members = found.unresolved_members;
  result.planned = found.counts;
  result.held = verdict.summary;
  const bool differs = found.counts.changes() > 0;
  if (how.dry_run) {
    result.held_items = run.show(staged, found, verdict);
    result.state = differs ? SyncResult::State::would_change : SyncResult::State::in_step;
  } else {
    if (auto error = run.state(staged, found, verdict, result)) return failed(run, std::move(*error), observer);
    result.state = differs ? SyncResult::State::changed : SyncResult::State::in_step;
  }
  observer.finished(result);
  return result;
}

std::string check(const DirectoryOptions& options) {
  if (const auto error = check(options.server)) return error->message;
  if (std::string error = check(options.mapping); !error.empty()) return error;
  if (options.people.empty()) return "no base for people is given";
  for (const auto* bases : {&options.people, &options.groups}) {
    for (const SearchBase& base : *bases) {
      if (!normalize_dn(base.base)) return "\"" + base.base + "\" is no distinguished name";
      for (const std::string& canary : base.canaries) {
        if (!normalize_dn(canary)) return "\"" + canary + "\" is no distinguished name";
      }
    }
  }
  if (options.limits.percent < 0 || options.limits.percent > 100) return "a percentage lies between 0 and 100";
  return {};
}

}  // namespace rosterd::ldap
