#include "daemon/commands/commands.h"
#include "daemon/commands/text.h"
#include "store/audit.h"

namespace rosterd::commands {
namespace {

// The worst of several directories' results decides the exit code: a failure before a hold before a difference.
Exit worse(Exit left, Exit right) {
  const auto weight = [](Exit exit) {
    switch (exit) {
      case Exit::directory_failed:
        return 3;
      case Exit::held:
        return 2;
      case Exit::would_change:
        return 1;
      default:
        return 0;
    }
  };
  return weight(left) >= weight(right) ? left : right;
}

// What is held would not change by a run: it waits for a decision, which is another answer than "would change".
Exit exit_of(const SyncAnswer& answer, bool check) {
  if (!answer.failure.empty()) return Exit::directory_failed;
  if (check && answer.changes > answer.held) return Exit::would_change;
  return answer.held > 0 ? Exit::held : Exit::ok;
}

scim::Json answer_json(const SyncAnswer& answer) {
  return scim::make_object({{"source", answer.source},
                            {"failure", answer.failure},
                            {"changes", answer.changes},
                            {"held", answer.held},
                            {"plan", answer.plan}});
}

// Each change has its row from the run itself; this one says who asked for the run, also when nothing was to do.
void note(const Services& services, const SyncAnswer& answer) {
  const auto outcome = !answer.failure.empty() ? "failed: " + answer.failure
                                               : std::to_string(answer.changes) + " changes, " +
                                                     std::to_string(answer.held) + " of them held";
  services.store.write(services.actor,
                       [&](store::Unit& unit) { store::audit(unit, "sync.run", answer.source, outcome); });
}

std::string answer_text(const SyncAnswer& answer) {
  if (!answer.failure.empty()) return answer.source + ": failed, nobody was removed: " + answer.failure + "\n";
  auto text = answer.source + ":\n" + answer.plan_text;
  if (answer.held > 0) {
    text += std::to_string(answer.held) + " removals are held; see `rosterd holds list`\n";
  }
  return text;
}

}  // namespace

Result sync(const Services& services, const Arguments& arguments) {
  const bool check = flag(arguments, "check");
  const bool dry_run = check || flag(arguments, "dry-run");
  const auto wanted = argument(arguments, "source");
  if (!wanted.empty() && !services.config->find_directory(wanted)) {
    return failure(Exit::not_found, "no [[directory]] of the configuration is named \"" + printable(wanted) + "\"");
  }
  if (services.config->directories.empty()) return failure(Exit::not_found, "the configuration has no [[directory]]");
  Result result;
  scim::Array data;
  for (const auto& directory : services.config->directories) {
    if (!wanted.empty() && directory.name != wanted && directory.source() != wanted) continue;
    const auto answer = services.sync(directory, dry_run);
    if (!dry_run) note(services, answer);
    result.exit = worse(result.exit, exit_of(answer, check));
    result.text += answer_text(answer);
    data.push_back(answer_json(answer));
  }
  result.data = std::move(data);
  return result;
}

}  // namespace rosterd::commands
