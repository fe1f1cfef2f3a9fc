#include "daemon/jobs/directory_jobs.h"

#include "daemon/jobs/plan_recorder.h"
#include "daemon/log/log.h"
#include "daemon/setup/directory_setup.h"
#include "ldap/sync.h"
#include "store/brake.h"
#include "store/holds.h"
#include "store/sources.h"
#include "store/work.h"

namespace rosterd::jobs {
std::shared_ptr<std::mutex> DirectoryJobs::turn_of(const std::string& source) {
  std::lock_guard lock(mutex_);
  auto& turn = turns_[source];
  if (!turn) turn = std::make_shared<std::mutex>();
  return turn;
}

commands::SyncAnswer DirectoryJobs::sync(const config::Directory& directory, bool dry_run, std::stop_token stop) {
  const auto turn = turn_of(directory.source());
  std::lock_guard lock(*turn);
  const auto started = std::chrono::steady_clock::now();
  PlanRecorder recorder(directory.source());
  const auto result =
      ldap::sync(setup::directory_options(directory), store_, {.dry_run = dry_run, .stop = stop}, recorder);
  if (!dry_run) {
    while (!stop.stop_requested() && store::step_work(store_)) {
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  commands::SyncAnswer answer;
  answer.source = directory.source();
  const bool failed = result.state == ldap::SyncResult::State::failed;
  if (failed) answer.failure = result.error ? ldap::describe(*result.error) : "it was stopped";
  recorder.resolve_access(store_);
  answer.plan_text = recorder.text(result);
  answer.plan = recorder.data(result);
  answer.changes = static_cast<std::size_t>(result.planned.changes());
  answer.held = static_cast<std::size_t>(result.held_items);
  report(answer, result, took.count(), dry_run);
  return answer;
}

commands::ReleaseAnswer DirectoryJobs::release(store::HoldId hold, const store::Actor& actor, std::stop_token stop) {
  const auto found = store_.read([&](const store::View& view) { return store::find_hold(view, hold); });
  if (!found) return {"there is no hold " + std::to_string(hold.value), {}, {}};
  const auto turn = turn_of(found->source_name);
  std::lock_guard lock(*turn);
  auto released = found->source_name.starts_with("scim:") ? store::release_removals(store_, hold, actor, stop)
                                                          : ldap::release(store_, hold, actor, stop);
  if (!released) return {released.refused().message, {}, {}};
  while (!stop.stop_requested() && store::step_work(store_)) {
  }
  commands::ReleaseAnswer answer;
  answer.skipped = std::move(released->skipped);
  store_.read([&](const store::View& view) {
    for (const auto& item : store::hold_items(view, hold)) {
      if (item.state == "released") answer.released.push_back(item.text);
      if (item.state == "held") ++answer.waiting;
    }
  });
  log::info("hold_released", {{"hold", hold.value},
                              {"source", found->source_name},
                              {"by", actor.name},
                              {"done", answer.released.size()},
                              {"skipped", answer.skipped.size()}});
  return answer;
}

void DirectoryJobs::report(const commands::SyncAnswer& answer, const ldap::SyncResult& result, double seconds,
                           bool dry_run) {
  if (!answer.failure.empty()) {
    log::error("sync_failed", {{"source", answer.source}, {"why", answer.failure}, {"seconds", seconds}});
  } else {
    log::info("sync_finished", {{"source", answer.source},
                                {"dry_run", dry_run},
                                {"people", result.people},
                                {"groups", result.groups},
                                {"changes", answer.changes},
                                {"held", answer.held},
                                {"set_aside", result.set_aside},
                                {"seconds", seconds}});
  }
  if (!metrics_ || dry_run) return;
  const auto& planned = result.planned;
  using Kind = ldap::ChangeKind;
  const auto sum = [&](std::initializer_list<Kind> kinds) {
    std::int64_t total = 0;
    for (const auto kind : kinds) total += static_cast<std::int64_t>(planned[kind]);
    return total;
  };
  metrics_->sync_run(answer.source,
                     !answer.failure.empty() ? "failed"
                     : answer.held > 0       ? "held"
                                             : "ok",
                     seconds,
                     {.added = sum({Kind::add_group, Kind::add_person, Kind::add_member}),
                      .changed = sum({Kind::update_group, Kind::update_person, Kind::return_person}),
                      // What is held was planned, but nobody was removed by it.
                      .removed = sum({Kind::remove_member, Kind::block_person, Kind::hide_group}) -
                                 static_cast<std::int64_t>(answer.held),
                      .held = static_cast<std::int64_t>(answer.held),
                      .set_aside = static_cast<std::int64_t>(result.set_aside)});
  if (planned[Kind::block_person] > 0 && answer.held == 0) metrics_->off_boarding(answer.source, seconds);
  if (answer.failure.empty()) {
    metrics_->sync_last_success(answer.source, static_cast<double>(store::to_millis(store_.clock().now())) / 1000.0);
  }
}

}  // namespace rosterd::jobs
