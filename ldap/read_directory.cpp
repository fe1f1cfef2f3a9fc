#include "ldap/read_directory.h"

#include <unordered_map>

#include "ldap/digest.h"
#include "ldap/dn.h"
#include "ldap/reading_digest.h"
#include "ldap/stager.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr std::uint64_t kReportEvery = 1000;

// Configuration and program: with others, the same entries may mean something else.
std::string seed_of(const DirectoryOptions& options, const RootDse& root, const PersonMapper& people) {
  Digest seed;
  seed.add(ROSTERD_VERSION).add(people.version()).add(people.key_attribute()).add(options.mapping.login);
  seed.add(static_cast<std::int64_t>(root.kind))
      .add(options.group_mapping.key_attribute)
      .add(options.group_mapping.name);
  for (const auto* bases : {&options.people, &options.groups}) {
    seed.add(static_cast<std::int64_t>(bases->size()));
    for (const SearchBase& base : *bases) {
      seed.add(base.base).add(base.filter).add(static_cast<std::int64_t>(base.scope));
      seed.add(static_cast<std::int64_t>(base.kind)).add(static_cast<std::int64_t>(base.may_be_empty));
      for (const std::string& canary : base.canaries) seed.add(canary);
    }
  }
  return seed.hex();
}

// What both kinds of reading do alike: the same searches in the same order, entries counted into the digest.
class Searches {
 public:
  Searches(const DirectoryOptions& options, Connection& connection, const RootDse& root, std::string_view key,
           Observer& observer)
      : options_(options),
        connection_(connection),
        root_(root),
        observer_(observer),
        people_(options.mapping, root.kind),
        groups_(options.group_mapping, root.kind),
        digest_(seed_of(options, root, people_), key) {}

  // Groups first: what primaryGroupID of a person means is known only then. `done` returns false to end.
  template <class Begin, class Entry, class Done>
  void run(const Begin& begin, const Entry& entry, const Done& done) {
    for (const SearchBase& base : options_.groups) {
      begin(Reading::What::groups, base);
      if (!done(search_one(Reading::What::groups, base, groups_.wanted_attributes(), entry))) return;
    }
    for (const SearchBase& base : options_.people) {
      begin(Reading::What::people, base);
      if (!done(search_one(Reading::What::people, base, people_.wanted_attributes(), entry))) return;
    }
  }

  const PersonMapper& people() const { return people_; }
  const GroupMapper& groups() const { return groups_; }
  std::string digest() const { return digest_.hex(); }

 private:
  template <class Entry>
  SearchOutcome search_one(Reading::What what, const SearchBase& base, std::vector<std::string> attributes,
                           const Entry& each) {
    const Search query{base.base, base.scope, base.filter, std::move(attributes)};
    const unsigned page_size = page_size_for(root_, options_.page_size);
    observer_.searching(ldapsearch_line(connection_.uri(), options_.server, query, page_size));
    std::uint64_t done = 0;
    ++searched_;
    return search(connection_, query, page_size, [&](const EntryView& entry) {
      digest_.add(searched_, entry);
      each(what, base, entry);
      if (++done % kReportEvery == 0) observer_.progress(what == Reading::What::people ? "people" : "groups", done);
    });
  }

  const DirectoryOptions& options_;
  Connection& connection_;
  const RootDse& root_;
  Observer& observer_;
  PersonMapper people_;
  GroupMapper groups_;
  ReadingDigest digest_;
  std::uint64_t searched_ = 0;
};

class DirectoryReader {
 public:
  DirectoryReader(const DirectoryOptions& options, Connection& connection, const RootDse& root, std::string_view key,
                  Stager& stager, Observer& observer)
      : searches_(options, connection, root, key, observer), stager_(stager), observer_(observer) {}

  std::variant<CompleteReading, DirectoryError> run() {
    searches_.run([&](Reading::What what, const SearchBase& base) { reading_.begin(what, base); },
                  [&](Reading::What what, const SearchBase& base, const EntryView& entry) {
                    what == Reading::What::groups ? group(entry) : person(entry, base.kind);
                  },
                  [&](const SearchOutcome& outcome) {
                    failed_ = std::holds_alternative<DirectoryError>(outcome);
                    reading_.end(outcome);
                    return !failed_;
                  });
    set_duplicates_aside();
    protect_nameless();
    return std::move(reading_).finish();
  }

  std::string digest() const { return searches_.digest(); }

 private:
  void person(const EntryView& entry, store::Kind kind) {
    auto mapped = searches_.people().map(entry, kind);
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
    const auto mapped = searches_.groups().map(entry);
    if (const auto* refused = std::get_if<SetAside>(&mapped)) return aside(entry, *refused, true);
    const auto& group = std::get<MappedGroup>(mapped);
    reading_.seen(group.dn);
    stager_.group(group);
    if (group.rid) group_by_rid_.emplace(*group.rid, group.key);
    const std::size_t unreadable =
        searches_.groups().members(entry, group, [&](const MemberValue& member) { stager_.member(group.key, member); });
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

  Searches searches_;
  Stager& stager_;
  Observer& observer_;
  Reading reading_;
  bool failed_ = false;
  std::unordered_map<std::uint32_t, std::string> group_by_rid_;
};

}  // namespace

std::variant<StagedReading, DirectoryError> read_directory(const DirectoryOptions& options, Connection& connection,
                                                           store::Store& store, store::SourceId source,
                                                           Observer& observer) {
  auto root = read_root_dse(connection);
  if (auto* error = std::get_if<DirectoryError>(&root)) return std::move(*error);
  auto staging = std::make_unique<store::Staging>(store, source);
  Stager stager(store, *staging, source);
  std::string key = ReadingDigest::new_key();
  DirectoryReader reader(options, connection, std::get<RootDse>(root), key, stager, observer);
  auto read = reader.run();
  if (auto* error = std::get_if<DirectoryError>(&read)) return std::move(*error);
  return StagedReading{std::get<CompleteReading>(std::move(read)),
                       std::get<RootDse>(std::move(root)),
                       std::move(staging),
                       stager.members(),
                       reader.digest(),
                       std::move(key)};
}

std::variant<std::string, DirectoryError> digest_directory(const DirectoryOptions& options, Connection& connection,
                                                           std::string_view key, Observer& observer) {
  auto root = read_root_dse(connection);
  if (auto* error = std::get_if<DirectoryError>(&root)) return std::move(*error);
  Searches searches(options, connection, std::get<RootDse>(root), key, observer);
  std::optional<DirectoryError> failed;
  searches.run([](Reading::What, const SearchBase&) {}, [](Reading::What, const SearchBase&, const EntryView&) {},
               [&](const SearchOutcome& outcome) {
                 if (const auto* error = std::get_if<DirectoryError>(&outcome)) failed = *error;
                 return !failed;
               });
  if (failed) return std::move(*failed);
  return searches.digest();
}

}  // namespace rosterd::ldap
