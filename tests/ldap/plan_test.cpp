// Each row of the merge by itself: what we hold, what the directory says, what is planned.
#include "ldap/plan.h"

#include <gtest/gtest.h>

#include "ldap/group_mapping.h"

namespace rosterd::ldap {
namespace {

using Kind = std::optional<ChangeKind>;

const store::Instant kNow = store::from_millis(1'700'000'000'000);
const Refusals kNothingRefused;

// Whole, with: an entry under the key "aside", an entry without a key at uid=nameless,dc=x, and one more like that,
// which turned out to be the one that we hold as "hidden".
CompleteReading reading() {
  const SearchBase base{"dc=x", Scope::subtree, "(uid=*)"};
  Reading made;
  made.begin(Reading::What::people, base);
  made.seen("uid=seen,dc=x");
  made.aside({"uid=bad,dc=x", "aside", "no uid"}, "uid=bad,dc=x");
  made.aside({"uid=nameless,dc=x", {}, "no usable entryUUID"}, "uid=nameless,dc=x");
  made.aside({"uid=hidden,dc=x", {}, "no usable entryUUID"}, "uid=hidden,dc=x");
  made.protect("hidden");
  made.end(SearchEnd{});
  return std::get<CompleteReading>(std::move(made).finish());
}

std::string document(AccountState state, std::optional<store::Instant> expires = {}) {
  PersonDocument made;
  made.dn = "uid=anna,dc=x";
  made.user_name = "anna";
  made.state = state;
  made.expires = expires;
  made.profile = R"({"userName":"anna"})";
  return to_json(made);
}

struct Held {
  std::string digest;
  bool gone = false;
  std::string key = "anna";
  std::string origin = "uid=anna,dc=x";
};

struct PersonRow {
  const char* name;
  std::optional<Held> held;
  std::string digest;  // staged; empty: not staged
  std::string document;
  Kind planned;
  Departure departure = Departure::none;
  std::string refused = {};  // the digest that was refused in the run before
};

TEST(PlanPerson, EveryRow) {
  const std::string active = document(AccountState::active);
  const std::string disabled = document(AccountState::disabled);
  const std::string expired = document(AccountState::active, kNow);
  const PersonRow rows[] = {
      {"same", Held{"A1"}, "A1", active, {}},
      {"new", {}, "A1", active, ChangeKind::add_person},
      {"new and disabled", {}, "D1", disabled, ChangeKind::add_person, Departure::disabled},
      {"new and refused before", {}, "A1", active, ChangeKind::conflict, Departure::none, "A1"},
      {"new, another one was refused", {}, "A1", active, ChangeKind::add_person, Departure::none, "A0"},
      {"changed", Held{"A1"}, "A2", active, ChangeKind::update_person},
      {"changed and refused before", Held{"A1"}, "A2", active, ChangeKind::conflict, Departure::none, "A2"},
      {"disabled", Held{"A1"}, "D1", disabled, ChangeKind::block_person, Departure::disabled},
      {"expired", Held{"A1"}, "A2", expired, ChangeKind::block_person, Departure::expired},
      {"still disabled", Held{"D1"}, "D2", disabled, ChangeKind::update_person, Departure::disabled},
      {"enabled", Held{"D1"}, "A1", active, ChangeKind::update_person},
      {"disabled, the profile was refused", Held{"A1"}, "D1", disabled, ChangeKind::conflict, Departure::disabled,
       "D1"},
      {"disabled after another refusal", Held{"A1"}, "D1", disabled, ChangeKind::block_person, Departure::disabled,
       "A2"},
      {"back", Held{"A1", true}, "A1", active, ChangeKind::return_person},
      {"back, the profile was refused", Held{"A1", true}, "A2", active, ChangeKind::conflict, Departure::none, "A2"},
      {"gone", Held{"A1"}, "", "", ChangeKind::block_person, Departure::left_directory},
      {"gone long ago", Held{"A1", true}, "", "", {}},
      {"aside by key", Held{"A1", false, "aside"}, "", "", {}},
      {"aside by name, however spelt", Held{"A1", false, "other", "UID=Nameless, DC=X"}, "", "", {}},
      {"aside by a key that was looked up", Held{"A1", false, "hidden", "uid=before,dc=x"}, "", "", {}},
  };
  const CompleteReading read = reading();
  for (const PersonRow& row : rows) {
    Refusals refused;
    if (!row.refused.empty()) refused["anna"] = row.refused;
    store::HeldPerson held;
    if (row.held) held = {row.held->key, row.held->digest, store::UserId{1}, row.held->origin, row.held->gone};
    const store::StagedPerson staged{"anna", row.digest, "uid=anna,dc=x", "anna", row.document};
    const auto change = plan_person(row.held ? &held : nullptr, row.digest.empty() ? nullptr : &staged,
                                    PlanContext{read, kNow, refused});
    ASSERT_EQ(change.has_value(), row.planned.has_value()) << row.name;
    if (!change) continue;
    EXPECT_EQ(change->kind, *row.planned) << row.name << ": " << format_change(*change);
    EXPECT_EQ(change->departure, row.departure) << row.name;
    EXPECT_EQ(change->before, row.held ? row.held->digest : "") << row.name;
    EXPECT_EQ(change->after, row.digest) << row.name;
  }
}

TEST(PlanGroup, EveryRow) {
  struct Row {
    const char* name;
    std::optional<store::HeldGroup> held;
    std::optional<store::StagedGroup> staged;
    Kind planned;
  };
  const std::string text = to_json(GroupDocument{"cn=g,dc=x", "g"});
  const store::StagedGroup staged{"g", "2", "cn=g,dc=x", text};
  const store::StagedGroup doubtful{"aside", "2", "cn=g,dc=x", text};
  const Row rows[] = {
      {"new", {}, staged, ChangeKind::add_group},
      {"same", store::HeldGroup{"g", "2", {}}, staged, {}},
      {"changed", store::HeldGroup{"g", "1", {}}, staged, ChangeKind::update_group},
      {"back", store::HeldGroup{"g", "2", {}, true}, staged, ChangeKind::add_group},
      {"gone", store::HeldGroup{"g", "2", {}}, {}, ChangeKind::hide_group},
      {"gone long ago", store::HeldGroup{"g", "2", {}, true}, {}, {}},
      {"aside by key", store::HeldGroup{"aside", "2", {}}, {}, {}},
      {"aside by a key that was looked up", store::HeldGroup{"hidden", "2", {}}, {}, {}},
      {"two entries with one key", store::HeldGroup{"aside", "1", {}}, doubtful, {}},
  };
  const CompleteReading read = reading();
  for (const Row& row : rows) {
    const auto change = plan_group(row.held ? &*row.held : nullptr, row.staged ? &*row.staged : nullptr,
                                   PlanContext{read, kNow, kNothingRefused});
    EXPECT_EQ(change ? Kind(change->kind) : Kind(), row.planned) << row.name;
  }
}

TEST(PlanMember, EveryRow) {
  struct Row {
    const char* name;
    store::MemberDifference difference;
    Kind planned;
  };
  const Row rows[] = {
      {"joins", {"g", "anna", false, true}, ChangeKind::add_member},
      {"leaves", {"g", "anna", false, false}, ChangeKind::remove_member},
      {"a group leaves", {"g", "h", true, false}, ChangeKind::remove_member},
      {"of a group aside", {"aside", "anna", false, false}, {}},
      {"somebody aside", {"g", "aside", false, false}, {}},
      {"somebody whose key was looked up", {"g", "hidden", false, false}, {}},
      {"of a group whose key was looked up", {"hidden", "anna", false, true}, {}},
  };
  const CompleteReading read = reading();
  for (const Row& row : rows) {
    const auto change = plan_member(row.difference, PlanContext{read, kNow, kNothingRefused});
    EXPECT_EQ(change ? Kind(change->kind) : Kind(), row.planned) << row.name;
  }
}

}  // namespace
}  // namespace rosterd::ldap
