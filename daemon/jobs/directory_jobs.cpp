#include "daemon/jobs/directory_jobs.h"

#include "daemon/log/log.h"
#include "daemon/setup/directory_setup.h"
#include "ldap/sync.h"
#include "store/holds.h"
#include "store/sources.h"
#include "store/work.h"

namespace rosterd::jobs {
namespace {

// Turns what happens into a plan for the caller and lines for the log.
class Recorder final : public ldap::Observer {
 public:
  explicit Recorder(const std::string& source) : source_(source) {}

  void searching(const std::string& line) override {
    log::debug("directory_search", {{"source", source_}, {"command", line}});
  }
  void set_aside(const ldap::SetAside& entry) override {
    note("! " + entry.dn + ": set aside: " + entry.reason);
    log::warning("entry_set_aside", {{"source", source_}, {"dn", entry.dn}, {"reason", entry.reason}});
  }
  void planned(const ldap::Change& change, bool held) override {
    note(ldap::format_change(change) + (held ? "  [held]" : ""));
    auto parsed = scim::parse_json(ldap::to_json(change));
    if (auto* json = std::get_if<scim::Json>(&parsed); json && json->object() && changes_.size() < kMostShown) {
      json->object()->set("held", held);
      changes_.push_back(std::move(*json));
    }
  }
  void refused(const ldap::Change& change, const store::Refused& why) override {
    note("! " + ldap::format_change(change) + ": refused: " + why.message);
    log::warning("change_refused", {{"source", source_}, {"key", change.key}, {"why", why.message}});
  }

  std::string text(const ldap::SyncResult& result) {
    if (left_out_ > 0) text_ += "  … and " + std::to_string(left_out_) + " more\n";
    text_ += "  " + ldap::format_counts(result.planned) + "\n";
    if (!result.held.empty()) text_ += "  Held: " + result.held + "\n";
    return std::move(text_);
  }
  scim::Array changes() { return std::move(changes_); }

 private:
  static constexpr std::size_t kMostShown = 10'000;  // a million lines help nobody

  void note(const std::string& line) {
    if (shown_++ < kMostShown) {
      text_ += "  " + line + "\n";
    } else {
      ++left_out_;
    }
  }

  const std::string source_;
  std::string text_;
  scim::Array changes_;
  std::size_t shown_ = 0, left_out_ = 0;
};

scim::Json plan_json(const ldap::SyncResult& result, scim::Array changes) {
  scim::Object counts;
  if (auto parsed = scim::parse_json(ldap::to_json(result.planned)); auto* json = std::get_if<scim::Json>(&parsed)) {
    if (json->object()) counts = std::move(*json->object());
  }
  return scim::make_object({{"people_read", static_cast<std::int64_t>(result.people)},
                            {"groups_read", static_cast<std::int64_t>(result.groups)},
                            {"set_aside", static_cast<std::int64_t>(result.set_aside)},
                            {"refused", static_cast<std::int64_t>(result.refused)},
                            {"unresolved_members", static_cast<std::int64_t>(result.unresolved_members)},
                            {"counts", std::move(counts)},
                            {"held", result.held},
                            {"hold", result.hold.value},
                            {"changes", std::move(changes)}});
}

}  // namespace

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
  Recorder recorder(directory.source());
  const auto result =
      ldap::sync(setup::directory_options(directory), store_, {.dry_run = dry_run, .stop = stop}, recorder);
  if (!dry_run) {
    while (store::step_work(store_)) {
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  commands::SyncAnswer answer;
  answer.source = directory.source();
  const bool failed = result.state == ldap::SyncResult::State::failed;
  if (failed) answer.failure = result.error ? ldap::describe(*result.error) : "it was stopped";
  answer.plan_text = recorder.text(result);
  answer.plan = plan_json(result, recorder.changes());
  answer.changes = static_cast<std::size_t>(result.planned.changes());
  answer.held = static_cast<std::size_t>(result.held_items);
  report(answer, result, took.count(), dry_run);
  return answer;
}

commands::ReleaseAnswer DirectoryJobs::release(store::HoldId hold, const std::string& caller) {
  const auto found = store_.read([&](const store::View& view) { return store::find_hold(view, hold); });
  if (!found) return {"there is no hold " + std::to_string(hold.value), {}, {}};
  const auto turn = turn_of(found->source_name);
  std::lock_guard lock(*turn);
  auto released = ldap::release(store_, hold, caller);
  if (!released) return {released.refused().message, {}, {}};
  while (store::step_work(store_)) {
  }
  commands::ReleaseAnswer answer;
  answer.skipped = std::move(released->skipped);
  store_.read([&](const store::View& view) {
    for (const auto& item : store::hold_items(view, hold)) {
      if (item.state == "released") answer.released.push_back(item.text);
    }
  });
  log::info("hold_released", {{"hold", hold.value},
                              {"source", found->source_name},
                              {"by", caller},
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
                      .removed = sum({Kind::remove_member, Kind::block_person, Kind::hide_group}),
                      .held = static_cast<std::int64_t>(answer.held),
                      .set_aside = static_cast<std::int64_t>(result.set_aside)});
  if (planned[Kind::block_person] > 0) metrics_->off_boarding(answer.source, seconds);
  if (answer.failure.empty()) {
    metrics_->sync_last_success(answer.source, static_cast<double>(store::to_millis(store_.clock().now())) / 1000.0);
  }
}

}  // namespace rosterd::jobs
