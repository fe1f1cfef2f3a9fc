// From a person's entry to what we state about that person: key, SCIM-shaped profile (RFC 7643), account state, digest.
// Pure. Everything unclear sets the one entry aside, by name; it never fails the run and never makes anybody gone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ldap/account_state.h"
#include "ldap/reader.h"
#include "store/access_rules.h"

namespace rosterd::ldap {

struct MappingOptions {
  std::string key_attribute;  // empty: by the kind of server (entry_key.h)
  std::string user_name;      // empty: sAMAccountName on Active Directory, uid elsewhere
  std::string login = "uid";  // what memberUid names
  // SCIM attribute → LDAP attribute, over the defaults; "" leaves it out. Names: mapping_targets().
  std::map<std::string, std::string> attributes;
  DisabledRule disabled;
};

std::vector<std::string_view> mapping_targets();
// A sentence when an option names no target; empty otherwise.
std::string check(const MappingOptions& options);

// An entry that is there but cannot be used. With a key it still protects the person who has it.
struct SetAside {
  std::string dn;
  std::string key;  // empty when that is what is wrong
  std::string reason;
};

// What a document in staging holds; also what a held removal needs to be run later.
struct PersonDocument {
  std::string dn;  // as the directory spells it
  std::string user_name;
  std::string display_name;
  store::Kind kind = store::Kind::staff;
  AccountState state = AccountState::active;
  std::string reason;
  std::optional<store::Instant> expires;
  std::string profile;  // JSON
};

std::string to_json(const PersonDocument& document);
std::optional<PersonDocument> person_document(std::string_view json);
std::optional<PersonDocument> person_facts(std::string_view json);  // without the profile: all that a plan looks at

// The profile with `present` as its primary address, when it is among the addresses: an order that changed in the
// directory moves nobody's address. Otherwise as it is.
std::string keep_primary_mail(std::string profile, std::string_view present);

// One mapped entry: views into the entry it came from, and only as long as that lives.
struct MappedPerson {
  std::string key;
  std::string dn;      // normalised
  std::string login;   // folded
  std::string digest;  // begins with the account state's letter
  std::string_view raw_dn;
  store::Kind kind = store::Kind::staff;
  Account account;
  std::vector<std::string_view> texts;  // one per target, in the table's order; empty: absent
  std::vector<std::string_view> mails;  // the first listed is first
  std::vector<std::pair<std::string_view, std::string_view>> phones;  // number, type

  PersonDocument document() const;
};

// Thread-safe after construction.
class PersonMapper {
 public:
  PersonMapper(MappingOptions options, ServerKind server);

  std::vector<std::string> wanted_attributes() const;
  const std::string& key_attribute() const { return options_.key_attribute; }
  const std::string& version() const { return version_; }  // changes whenever the same entry may be mapped otherwise
  std::variant<MappedPerson, SetAside> map(const EntryView& entry, store::Kind kind) const;

 private:
  std::string fill(const EntryView& entry, MappedPerson& person) const;  // what is wrong, or empty
  std::string digest_of(const MappedPerson& person) const;

  MappingOptions options_;
  std::vector<std::vector<std::string>> sources_;  // per target: attributes, the first that is there counts
  std::string version_;
};

// The account state that a digest carries; nothing for one that is not of ours.
std::optional<AccountState> state_in(std::string_view digest);

}  // namespace rosterd::ldap
