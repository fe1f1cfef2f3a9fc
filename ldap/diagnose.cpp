#include "ldap/diagnose.h"

#include "ldap/dn.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr const char* kAnything = "(objectClass=*)";

struct Count {
  std::uint64_t entries = 0;
  std::uint64_t references = 0;
  std::optional<DirectoryError> error;
};

class Doctor {
 public:
  Doctor(const DirectoryOptions& options, Connection& connection, RootDse root)
      : options_(options), connection_(connection), root_(std::move(root)) {}

  std::vector<Finding> run() {
    const PersonMapper people(options_.mapping, root_.kind);
    const GroupMapper groups(options_.group_mapping, root_.kind);
    for (const SearchBase& base : options_.people) {
      examine("people", base, people.wanted_attributes(), [&](const EntryView& entry) {
        const auto mapped = people.map(entry, base.kind);
        return std::holds_alternative<SetAside>(mapped) ? std::get<SetAside>(mapped).reason : std::string();
      });
    }
    for (const SearchBase& base : options_.groups) {
      examine("groups", base, groups.wanted_attributes(), [&](const EntryView& entry) {
        const auto mapped = groups.map(entry);
        return std::holds_alternative<SetAside>(mapped) ? std::get<SetAside>(mapped).reason : std::string();
      });
    }
    return std::move(findings_);
  }

 private:
  // `problem` says why an entry cannot be used, or nothing.
  void examine(const std::string& what, const SearchBase& base, std::vector<std::string> attributes,
               const std::function<std::string(const EntryView&)>& problem) {
    const std::string step = what + " below " + base.base;
    std::uint64_t unusable = 0;
    std::string example;
    const Count found = count({base.base, base.scope, base.filter, std::move(attributes)}, [&](const EntryView& entry) {
      const std::string why = problem(entry);
      if (why.empty()) return;
      ++unusable;
      if (example.empty()) example = printable(entry.dn) + ": " + why;
    });
    if (found.error) return note(false, step, describe(*found.error));
    if (found.entries == 0) return note(base.may_be_empty, step, why_nobody(base));
    std::string text = std::to_string(found.entries) + " found";
    if (found.references > 0) text += ", " + std::to_string(found.references) + " references not followed";
    if (unusable > 0) text += ", " + std::to_string(unusable) + " cannot be used (" + example + ")";
    note(unusable < found.entries, step, text);
    for (const std::string& canary : base.canaries) examine_canary(base, canary);
  }

  void examine_canary(const SearchBase& base, const std::string& canary) {
    const Count seen = count({canary, Scope::base, base.filter, {"1.1"}}, [](const EntryView&) {});
    const bool within = is_within(normalize_dn(canary).value_or(canary), normalize_dn(base.base).value_or(base.base));
    const bool ok = !seen.error && seen.entries == 1 && within;
    std::string text = "is visible";
    if (seen.error) {
      text = describe(*seen.error);
    } else if (seen.entries == 0) {
      text = "exists, but the filter does not match it";
    } else if (!within) {
      text = "does not lie below " + base.base;
    }
    note(ok, "canary " + canary, text);
  }

  // Without the filter, then from the top: which of the two is wrong.
  std::string why_nobody(const SearchBase& base) {
    Search wider{base.base, base.scope, kAnything, {"1.1"}, 0};
    const Count unfiltered = count(wider, [](const EntryView&) {});
    const std::uint64_t own = base.scope == Scope::one_level ? 0 : 1;  // the base itself
    if (!unfiltered.error && unfiltered.entries > own) {
      return "nothing matches, though " + std::to_string(unfiltered.entries - own) + " entries are there: the filter " +
             base.filter + " is wrong";
    }
    for (const std::string& context : root_.naming_contexts) {
      const Count elsewhere = count({context, Scope::subtree, base.filter, {"1.1"}}, [](const EntryView&) {});
      if (elsewhere.entries == 0) continue;
      return "nothing is there, though the filter matches " + std::to_string(elsewhere.entries) + " entries below " +
             context + ": the base is wrong";
    }
    return "nothing is there, and the filter matches nothing in the whole directory: filter and base are wrong, or the "
           "bind account may see nobody";
  }

  Count count(const Search& what, const EntryHandler& each) {
    Count result;
    const SearchOutcome outcome =
        search(connection_, what, page_size_for(root_, options_.page_size), [&](const EntryView& entry) {
          ++result.entries;
          each(entry);
        });
    if (const auto* error = std::get_if<DirectoryError>(&outcome)) {
      result.error = *error;
    } else {
      result.references = std::get<SearchEnd>(outcome).references;
    }
    return result;
  }

  void note(bool ok, std::string step, std::string text) {
    findings_.push_back({ok, std::move(step), std::move(text)});
  }

  const DirectoryOptions& options_;
  Connection& connection_;
  const RootDse root_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> diagnose(const DirectoryOptions& options, const std::stop_token& stop) {
  if (std::string problem = check(options); !problem.empty()) return {{false, "configuration", std::move(problem)}};
  auto opened = Connection::open(options.server, stop);
  if (const auto* error = std::get_if<DirectoryError>(&opened)) {
    return {{false, std::string(to_string(error->phase)), describe(*error)}};
  }
  Connection& connection = *std::get<0>(opened);
  std::vector<Finding> findings = {{true, "connect and bind", "bound at " + connection.uri()}};
  auto root = read_root_dse(connection);
  if (const auto* error = std::get_if<DirectoryError>(&root)) {
    findings.push_back({false, "root entry", describe(*error)});
    return findings;
  }
  const RootDse& known = std::get<RootDse>(root);
  findings.push_back({true, "root entry", std::string(to_string(known.kind)) + " " + known.vendor});
  for (Finding& finding : Doctor(options, connection, known).run()) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace rosterd::ldap
