#include "ldap/read_directory.h"

#include <unordered_map>

#include "ldap/dn.h"
#include "ldap/stager.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr std::uint64_t kReportEvery = 1000;

class DirectoryReader {
 public:
  DirectoryReader(const DirectoryOptions& options, Connection& connection, const RootDse& root, Stager& stager,
                  Observer& observer)
      : options_(options),
        connection_(connection),
        root_(root),
        stager_(stager),
        observer_(observer),
        people_(options.mapping, root.kind),
        groups_(options.group_mapping, root.kind) {}

  std::variant<CompleteReading, DirectoryError> run() {
    for (const SearchBase& base : options_.groups) {
      read(Reading::What::groups, base, groups_.wanted_attributes(), [&](const EntryView& entry) { group(entry); });
    }
    for (const SearchBase& base : options_.people) {
      read(Reading::What::people, base, people_.wanted_attributes(),
           [&](const EntryView& entry) { person(entry, base.kind); });
    }
    set_duplicates_aside();
    protect_nameless();
    return std::move(reading_).finish();
  }

 private:
  void read(Reading::What what, const SearchBase& base, std::vector<std::string> attributes,
            const EntryHandler& handler) {
    if (failed_) return;
    const Search query{base.base, base.scope, base.filter, std::move(attributes)};
    const unsigned page_size = page_size_for(root_, options_.page_size);
    observer_.searching(ldapsearch_line(connection_.uri(), options_.server, query, page_size));
    reading_.begin(what, base);
    std::uint64_t done = 0;
    const SearchOutcome outcome = search(connection_, query, page_size, [&](const EntryView& entry) {
      handler(entry);
      if (++done % kReportEvery == 0) observer_.progress(what == Reading::What::people ? "people" : "groups", done);
    });
    stager_.flush();
    failed_ = std::holds_alternative<DirectoryError>(outcome);
    reading_.end(outcome);
  }

  void person(const EntryView& entry, store::Kind kind) {
    auto mapped = people_.map(entry, kind);
    if (const auto* refused = std::get_if<SetAside>(&mapped)) return aside(entry, *refused, false);
    const auto& person = std::get<MappedPerson>(mapped);
    reading_.seen(person.dn);
    stager_.person(person);
    const auto primary = parse_integer(entry.first("primaryGroupID"));
    if (!primary) return;
    const auto group = group_by_rid_.find(static_cast<std::uint32_t>(*primary));
    if (group != group_by_rid_.end()) stager_.member(group->second, {person.dn, false});
  }

  void group(const EntryView& entry) {
    const auto mapped = groups_.map(entry);
    if (const auto* refused = std::get_if<SetAside>(&mapped)) return aside(entry, *refused, true);
    const auto& group = std::get<MappedGroup>(mapped);
    reading_.seen(group.dn);
    stager_.group(group);
    if (group.rid) group_by_rid_.emplace(*group.rid, group.key);
    const std::size_t unreadable =
        groups_.members(entry, group, [&](const MemberValue& member) { stager_.member(group.key, member); });
    if (unreadable == 0) return;
    observer_.set_aside({group.dn, group.key, std::to_string(unreadable) + " of its members cannot be read"});
  }

  void aside(const EntryView& entry, const SetAside& why, bool is_group) {
    std::string dn = normalize_dn(entry.dn).value_or(std::string());  // what is shown may be cut
    reading_.aside(why, dn);
    observer_.set_aside(why);
    stager_.aside(why, std::move(dn), is_group);
  }

  // Permissions may hide the key of an entry that we hold: its memberships compare by key, so that must be known again.
  void protect_nameless() {
    const SetAsideList& aside = reading_.set_aside();
    if (failed_ || !aside.has_nameless()) return;
    for (std::string& key : stager_.missing_at([&](std::string_view dn) { return aside.is_nameless(dn); })) {
      reading_.protect(std::move(key));
    }
  }

  // Which entry is the right one cannot be known: neither is used.
  void set_duplicates_aside() {
    for (const store::DuplicateKey& duplicate : stager_.duplicates()) {
      for (const std::string& dn : duplicate.dns) {
        const SetAside entry{dn, duplicate.key, "another entry has the same key"};
        reading_.aside(entry, dn);
        observer_.set_aside(entry);
      }
    }
  }

  const DirectoryOptions& options_;
  Connection& connection_;
  const RootDse& root_;
  Stager& stager_;
  Observer& observer_;
  PersonMapper people_;
  GroupMapper groups_;
  Reading reading_;
  bool failed_ = false;
  std::unordered_map<std::uint32_t, std::string> group_by_rid_;
};

}  // namespace

std::variant<StagedReading, DirectoryError> read_directory(const DirectoryOptions& options, Connection& connection,
                                                           store::Store& store, store::SourceId source,
                                                           const store::Actor& actor, Observer& observer) {
  auto root = read_root_dse(connection);
  if (auto* error = std::get_if<DirectoryError>(&root)) return std::move(*error);
  Stager stager(store, actor, source);
  auto read = DirectoryReader(options, connection, std::get<RootDse>(root), stager, observer).run();
  if (auto* error = std::get_if<DirectoryError>(&read)) return std::move(*error);
  return StagedReading{std::get<CompleteReading>(std::move(read)), std::get<RootDse>(std::move(root)),
                       stager.members()};
}

}  // namespace rosterd::ldap
