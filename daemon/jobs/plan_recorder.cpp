#include "daemon/jobs/plan_recorder.h"

#include "daemon/commands/text.h"
#include "daemon/log/log.h"
#include "store/groups.h"
#include "store/sources.h"

namespace rosterd::jobs {
namespace {

constexpr std::size_t kMostShown = 10'000;  // a million lines help nobody

bool is_persons_membership(const ldap::Change& change) {
  return !change.member.empty() && !change.member_is_group;
}

}  // namespace

void PlanRecorder::searching(const std::string& ldapsearch_line) {
  log::debug("directory_search", {{"source", source_}, {"command", ldapsearch_line}});
}

void PlanRecorder::set_aside(const ldap::SetAside& entry) {
  note({"! " + commands::printable(entry.dn) + ": set aside: " + entry.reason, {}, {}});
  log::warning("entry_set_aside", {{"source", source_}, {"dn", entry.dn}, {"reason", entry.reason}});
}

void PlanRecorder::planned(const ldap::Change& change, bool held) {
  if (change.kind == ldap::ChangeKind::add_group) {
    if (auto document = ldap::group_document(change.document)) {
      new_groups_[change.key] = {std::move(document->display_name), std::move(document->dn)};
    }
  }
  Line line{ldap::format_change(change) + (held ? "  [held]" : ""), {}, {}};
  if (is_persons_membership(change)) line.group_key = change.key;
  auto parsed = scim::parse_json(ldap::to_json(change));
  if (auto* json = std::get_if<scim::Json>(&parsed); json && json->object()) {
    json->object()->set("held", held);
    line.data = std::move(*json);
  }
  note(std::move(line));
}

void PlanRecorder::refused(const ldap::Change& change, const store::Refused& why) {
  note({"! " + ldap::format_change(change) + ": refused: " + commands::printable(why.message), {}, {}});
  // A conflict was refused by an earlier run and is still there: said to whoever asks, not to the log again and again.
  if (change.kind == ldap::ChangeKind::conflict) return;
  log::warning("change_refused", {{"source", source_}, {"key", change.key}, {"why", why.message}});
}

void PlanRecorder::note(Line line) {
  if (lines_.size() < kMostShown) {
    lines_.push_back(std::move(line));
  } else {
    ++left_out_;
  }
}

std::vector<std::string> PlanRecorder::access_of(const store::View& view, const store::Settings& settings,
                                                 const std::string& key) {
  GroupNames names;
  const auto source = store::find_source(view, source_);
  const auto group = source ? store::find_group_by_key(view, source->id, key) : std::nullopt;
  if (group) {
    names = {group->display_name, group->dn};
  } else if (const auto added = new_groups_.find(key); added != new_groups_.end()) {
    names = added->second;
  }
  std::vector<std::string> out;
  for (const auto& access : settings.access.match({source_, names.display_name, names.dn})) {
    if (!access.role.empty()) out.push_back("role " + access.role);
    for (const auto& project : access.projects) out.push_back("project " + project);
    for (const auto& permission : access.permissions) out.push_back("permission " + permission);
  }
  return out;
}

void PlanRecorder::resolve_access(const store::Store& store) {
  const auto settings = store.settings();
  store.read([&](const store::View& view) {
    for (auto& line : lines_) {
      if (line.group_key.empty()) continue;
      auto known = resolved_.find(line.group_key);
      if (known == resolved_.end()) {
        known = resolved_.emplace(line.group_key, access_of(view, *settings, line.group_key)).first;
      }
      if (!known->second.empty()) line.text += " → " + commands::printable(commands::join(known->second));
      if (line.data.object()) line.data.object()->set("access", commands::json_strings(known->second));
    }
  });
}

std::string PlanRecorder::text(const ldap::SyncResult& result) const {
  std::string out;
  for (const auto& line : lines_) out += "  " + line.text + "\n";
  if (left_out_ > 0) out += "  … and " + std::to_string(left_out_) + " more\n";
  out += "  " + ldap::format_counts(result.planned) + "\n";
  if (!result.held.empty()) out += "  Held: " + result.held + "\n";
  return out;
}

scim::Json PlanRecorder::data(const ldap::SyncResult& result) {
  scim::Array changes;
  for (auto& line : lines_) {
    if (line.data.object()) changes.push_back(std::move(line.data));
  }
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

}  // namespace rosterd::jobs
