#include "ldap/departures.h"

#include "ldap/dn.h"
#include "ldap/entry_key.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr std::size_t kMostLookUps = 300;

// Where the entry is now; empty when nowhere.
std::string find_entry(Connection& connection, const RootDse& root, const std::string& filter) {
  std::string dn;
  for (const std::string& context : root.naming_contexts) {
    const Search what{context, Scope::subtree, filter, {"1.1"}};
    search(connection, what, 0, [&](const EntryView& entry) { dn = printable(entry.dn); });
    if (!dn.empty()) break;
  }
  return dn;
}

}  // namespace

void explain_departures(Connection& connection, const RootDse& root, const DirectoryOptions& options,
                        std::vector<Change>& removals) {
  const std::string attribute = PersonMapper(options.mapping, root.kind).key_attribute();
  std::size_t looked_up = 0;
  for (Change& removal : removals) {
    if (removal.kind != ChangeKind::block_person || removal.departure != Departure::left_directory) continue;
    if (++looked_up > kMostLookUps) return;
    const std::string dn = find_entry(connection, root, key_filter(attribute, removal.key));
    if (dn.empty()) continue;
    removal.departure = Departure::out_of_scope;
    removal.reason = normalize_dn(dn) == normalize_dn(removal.name) ? "no longer matches the filter"
                                                                    : "moved out of scope, to " + dn;
  }
}

}  // namespace rosterd::ldap
