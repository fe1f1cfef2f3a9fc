#include "store/claims.h"

#include "store/invitations.h"
#include "store/outbox.h"
#include "store/sign_in.h"
#include "store/tokens.h"
#include "store/withheld.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class ClaimsTest : public StoreTest {
 protected:
  SourceId okta_ = add_source("scim:okta");

  void give(UserId who, const std::string& role) {
    ASSERT_TRUE(write([&](Unit& unit) { return grant_role(unit, who, role, "admin"); }));
  }
  std::string seen(UserId who, SourceId source) {
    return read([&](const View& view) { return profile_seen_by(view, *find_user(view, who), source); });
  }
  void link(const std::string& source, LinkMode mode) {
    settings_.link[source] = mode;
    store_->configure(settings_);
  }
};

TEST_F(ClaimsTest, NewPersonIsPendingAndActive) {
  const auto claimed = put(entra_, facts("Ann", "x1"));
  ASSERT_TRUE(claimed) << said(claimed);
  EXPECT_TRUE(claimed->created);
  const User ann = user(claimed->user);
  EXPECT_EQ(ann.user_name, "Ann");
  EXPECT_EQ(ann.email, "Ann@example.org");
  EXPECT_EQ(ann.status(), Status::pending);
  EXPECT_EQ(ann.version, 1);
  EXPECT_EQ(invited(ann.key), 0);
  EXPECT_EQ(audited("user.create"), 1);
}

TEST_F(ClaimsTest, SecondIdenticalClaimChangesNothing) {
  const UserId ann = person(entra_, "ann");
  const auto version = user(ann).version;
  const auto audit_rows = number("SELECT COUNT(*) FROM audit");
  const auto change_rows = number("SELECT COUNT(*) FROM changes");
  clock_.advance(std::chrono::hours{1});
  const auto again = put(entra_, facts("ann", "k-ann"));
  ASSERT_TRUE(again) << said(again);
  EXPECT_EQ(again->user, ann);
  EXPECT_FALSE(again->created || again->changed || again->restored || again->linked);
  EXPECT_EQ(user(ann).version, version);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), audit_rows);
  EXPECT_EQ(number("SELECT COUNT(*) FROM changes"), change_rows);
}

TEST_F(ClaimsTest, AKeyIsKeptUnlessItIsForgotten) {
  const UserId ann = person(entra_, "ann");
  ClaimFacts unnamed = facts("ann", "");
  unnamed.key = std::nullopt;
  ASSERT_TRUE(put(entra_, unnamed, ann));
  EXPECT_EQ(user(ann).version, 1);
  unnamed.keyless = true;
  ASSERT_TRUE(put(entra_, unnamed, ann));
  EXPECT_EQ(user(ann).version, 2);
  EXPECT_FALSE(read([&](const View& view) { return find_claim(view, entra_, "k-ann"); }));
  const auto again = put(entra_, unnamed, ann);
  EXPECT_TRUE(again && !again->changed) << said(again);
  EXPECT_EQ(user(ann).version, 2);
}

TEST_F(ClaimsTest, AnotherDigestIsNoVisibleChange) {
  const UserId ann = person(entra_, "ann");
  ClaimFacts same = facts("ann", "k-ann");
  same.digest = "d2";
  same.origin = "uid=ann";
  const auto again = put(entra_, same);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(user(ann).version, 1);
  EXPECT_EQ(word("SELECT digest FROM claims WHERE source_key = 'k-ann'"), "d2");
}

TEST_F(ClaimsTest, ChangedClaimMovesVersionAndSaysWhat) {
  const UserId ann = person(entra_, "ann");
  ClaimFacts next = facts("ann", "k-ann");
  next.profile = profile("ann", "ann@example.org", "Ann A.");
  const auto again = put(entra_, next, ann);
  ASSERT_TRUE(again) << said(again);
  EXPECT_TRUE(again->changed);
  EXPECT_EQ(user(ann).version, 2);
  EXPECT_EQ(user(ann).display_name, "Ann A.");
  EXPECT_EQ(word("SELECT detail FROM audit WHERE action = 'user.update'"), "displayName");
}

struct Collision {
  const char* what;
  ClaimFacts newcomer;
  const char* field;
};

TEST_F(ClaimsTest, NewcomerIsRefusedByNameAndIncumbentGoesOn) {
  const UserId ann = person(entra_, "Ann");
  const User before = user(ann);
  ClaimFacts address = facts("bob", "k-bob");
  address.profile = profile("bob", "ANN@example.org");
  const Collision table[] = {
      {"userName in another case", facts("ANN", "k-2"), "userName"},
      {"userName in full width", facts("\xef\xbc\xa1nn", "k-3"), "userName"},
      {"address in another case", address, "emails"},
  };
  for (const Collision& row : table)
    for (const SourceId source : {entra_, okta_, corp_, kLocal}) {
      const auto refused = put(source, row.newcomer);
      ASSERT_FALSE(refused) << row.what;
      EXPECT_EQ(refused.refused().kind, Refusal::uniqueness) << row.what;
      EXPECT_EQ(refused.refused().field, row.field) << row.what;
    }
  EXPECT_EQ(user(ann).version, before.version);
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM claims"), 1);
}

TEST_F(ClaimsTest, ExternalIdBelongsToOnePersonOfAConnection) {
  person(entra_, "ann");
  const UserId bob = person(entra_, "bob");
  const auto refused = put(entra_, facts("bob", "k-ann"), bob);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.refused().field, "externalId");
  EXPECT_EQ(word("SELECT source_key FROM claims WHERE user_key = " + std::to_string(bob.value)), "k-bob");
  // The same key on another connection is another thing.
  EXPECT_TRUE(put(okta_, facts("carol", "k-ann"))->created);
}

TEST_F(ClaimsTest, RefusedChangeLeavesNothingBehindInALongerUnit) {
  person(entra_, "ann");
  const UserId bob = person(entra_, "bob");
  const bool refused = write([&](Unit& unit) { return !put_claim(unit, entra_, facts("ann", "k-bob"), bob); });
  EXPECT_TRUE(refused);
  EXPECT_EQ(user(bob).user_name, "bob");
  EXPECT_EQ(user(bob).version, 1);
  EXPECT_NE(seen(bob, entra_).find("\"bob\""), std::string::npos);
}

TEST_F(ClaimsTest, InvalidProfilesAreRefused) {
  std::string deep(200000, '[');
  for (const std::string& bad :
       Strings{"", "[]", "{", "{}", R"({"userName":""})", R"({"userName":"  "})", R"({"userName":7})",
               "{\"userName\":\"\xff\"}", R"({"userName":"a","x":)" + deep,
               R"({"userName":")" + std::string(2000, 'a') + "\"}"}) {
    ClaimFacts all;
    all.profile = bad;
    const auto refused = put(entra_, all);
    ASSERT_FALSE(refused) << bad.substr(0, 40);
    EXPECT_EQ(refused.refused().kind, Refusal::invalid);
  }
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 0);
}

TEST_F(ClaimsTest, LinkNeverRefusesAnotherSourcesName) {
  person(entra_, "ann");
  EXPECT_EQ(put(okta_, facts("ann", "o1")).refused().field, "userName");
}

TEST_F(ClaimsTest, LinkByUserNameJoins) {
  link("scim:okta", LinkMode::user_name);
  const UserId ann = person(entra_, "ann");
  const auto linked = put(okta_, facts("Ann", "o1"));
  ASSERT_TRUE(linked) << said(linked);
  EXPECT_TRUE(linked->linked);
  EXPECT_EQ(linked->user, ann);
  EXPECT_EQ(user(ann).user_name, "ann") << "the older claim keeps the name";
  EXPECT_EQ(audited("user.link"), 1);
}

TEST_F(ClaimsTest, LinkByEmailJoinsUnderAnotherName) {
  link("scim:okta", LinkMode::email);
  const UserId ann = person(entra_, "ann");
  ClaimFacts other = facts("a.nn", "o1");
  other.profile = profile("a.nn", "Ann@Example.org");
  const auto linked = put(okta_, other);
  ASSERT_TRUE(linked) << said(linked);
  EXPECT_EQ(linked->user, ann);
  // A connection finds what it wrote.
  EXPECT_NE(seen(ann, okta_).find("a.nn"), std::string::npos);
  EXPECT_EQ(seen(ann, entra_).find("a.nn"), std::string::npos);
}

TEST_F(ClaimsTest, PrivilegedPeopleAreNeverLinked) {
  for (const LinkMode mode : {LinkMode::user_name, LinkMode::email}) {
    link("scim:okta", mode);
    const std::string name = mode == LinkMode::email ? "eve" : "ann";
    give(person(entra_, name), "Admin");
    ClaimFacts thief = facts(mode == LinkMode::email ? "other" : name, "o-" + name);
    thief.profile = profile(mode == LinkMode::email ? "other" : name, name + "@example.org");
    EXPECT_EQ(put(okta_, thief).refused().kind, Refusal::privileged);
  }
}

TEST_F(ClaimsTest, ConnectionSeesOnlyItsOwnPeople) {
  const std::string id = user(person(entra_, "ann")).id;
  EXPECT_TRUE(read([&](const View& view) { return find_user_of(view, entra_, id).has_value(); }));
  EXPECT_FALSE(read([&](const View& view) { return find_user_of(view, okta_, id).has_value(); }));
}

TEST_F(ClaimsTest, NamingAPersonOfAnotherSourceIsNotFound) {
  const UserId ann = person(entra_, "ann");
  EXPECT_EQ(put(okta_, facts("ann", "o1"), ann).refused().kind, Refusal::not_found);
}

TEST_F(ClaimsTest, LocalEditWinsWhereNoSourceOwnsTheAttribute) {
  const UserId ann = person(entra_, "ann");
  ClaimFacts local;
  local.profile = profile("ann", {}, "Local Ann");
  ASSERT_TRUE(put(kLocal, local, ann));
  EXPECT_EQ(user(ann).display_name, "Local Ann");
  settings_.authority["displayName"] = {"scim:entra"};
  store_->configure(settings_);
  ClaimFacts next = facts("ann", "k-ann");
  next.profile = profile("ann", "ann@example.org", "Entra Ann");
  ASSERT_TRUE(put(entra_, next, ann));
  EXPECT_EQ(user(ann).display_name, "Entra Ann");
}

TEST_F(ClaimsTest, ClaimNeverHoldsAPassword) {
  ClaimFacts all;
  all.profile =
      R"({"userName":"ann","password":"s3cret","id":"x","groups":[],"active":false,"roles":[{"value":"Admin"}]})";
  const UserId ann = put(entra_, all)->user;
  EXPECT_EQ(word("SELECT profile FROM claims"), R"({"userName":"ann","roles":[{"value":"Admin"}]})");
  EXPECT_EQ(user(ann).profile, R"({"userName":"ann"})");
  EXPECT_TRUE(user(ann).active);
  EXPECT_TRUE(roles(ann).empty());
}

TEST_F(ClaimsTest, DeleteHidesAndFreesTheIdentifiers) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(end(entra_, ann));
  EXPECT_TRUE(user(ann).hidden);
  EXPECT_FALSE(user(ann).active);
  EXPECT_FALSE(
      read([&](const View& view) { return find_user_of(view, entra_, find_user(view, ann)->id).has_value(); }));
  EXPECT_FALSE(read([](const View& view) { return find_user_by_login(view, "ann").has_value(); }));
  // Somebody else may have userName and address now, on any connection.
  const auto other = put(okta_, facts("ann", "o1"));
  ASSERT_TRUE(other) << said(other);
  EXPECT_TRUE(other->created);
  EXPECT_EQ(end(entra_, ann).refused().kind, Refusal::not_found);
}

TEST_F(ClaimsTest, KeyOfADeletedPersonIsFreeForAnother) {
  const UserId ann = person(entra_, "ann");
  const UserId bob = person(entra_, "bob");
  ASSERT_TRUE(end(entra_, ann));
  const auto moved = put(entra_, facts("bob", "k-ann"), bob);
  ASSERT_TRUE(moved) << said(moved);
  EXPECT_EQ(word("SELECT source_key FROM claims WHERE user_key = " + std::to_string(bob.value)), "k-ann");
}

TEST_F(ClaimsTest, ReturnByKeyRestoresInPlace) {
  const UserId ann = person(entra_, "ann");
  give(ann, "Staff");
  write([&](Unit& unit) { set_password_hash(unit, ann, "$argon2id$old"); });
  sql("UPDATE users SET joined_at = 5 WHERE key = " + std::to_string(ann.value));
  ASSERT_TRUE(end(entra_, ann));
  const auto back = put(entra_, facts("ann.new", "k-ann"));
  ASSERT_TRUE(back) << said(back);
  EXPECT_TRUE(back->restored);
  EXPECT_FALSE(back->created);
  EXPECT_EQ(back->user, ann);
  EXPECT_FALSE(user(ann).hidden);
  EXPECT_EQ(user(ann).status(), Status::participating);
  EXPECT_EQ(user(ann).user_name, "ann.new");
  EXPECT_EQ(roles(ann), Strings{"Staff"});
  EXPECT_EQ(read([&](const View& view) { return password_hash_of(view, ann); }), "$argon2id$old");
}

TEST_F(ClaimsTest, ReturnIsRefusedWhenTheNameIsTakenMeanwhile) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(end(entra_, ann));
  person(okta_, "ann");
  EXPECT_EQ(put(entra_, facts("ann", "k-ann")).refused().field, "userName");
  EXPECT_TRUE(user(ann).hidden);
  EXPECT_FALSE(user(ann).active);
}

TEST_F(ClaimsTest, ReturnByKeyAlsoOverAnInactiveRecord) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(stop(ann, entra_, Reason::inactive_by_client));
  const auto back = put(entra_, facts("ann", "k-ann"));
  ASSERT_TRUE(back) << said(back);
  EXPECT_TRUE(back->restored);
  EXPECT_EQ(back->user, ann);
}

TEST_F(ClaimsTest, ReturnByUserNameAloneWithholdsWhatAnAdminGave) {
  const auto made = put(entra_, facts("ann"));
  ASSERT_TRUE(made);
  const UserId ann = made->user;
  give(ann, "Staff");
  write([&](Unit& unit) { set_password_hash(unit, ann, "$argon2id$old"); });
  sql("UPDATE users SET joined_at = 5 WHERE key = " + std::to_string(ann.value));
  ASSERT_TRUE(end(entra_, ann));

  const auto back = put(entra_, facts("Ann", "k-new"));
  ASSERT_TRUE(back) << said(back);
  EXPECT_TRUE(back->restored);
  EXPECT_EQ(back->user, ann);
  EXPECT_EQ(user(ann).status(), Status::pending);
  EXPECT_TRUE(roles(ann).empty());
  EXPECT_EQ(read([&](const View& view) { return password_hash_of(view, ann).value_or(""); }), "");
  EXPECT_TRUE(read([&](const View& view) { return has_withheld(view, ann); }));

  ASSERT_TRUE(write([&](Unit& unit) { return restore_withheld(unit, ann); }));
  EXPECT_EQ(roles(ann), Strings{"Staff"});
  EXPECT_EQ(user(ann).status(), Status::participating);
  EXPECT_EQ(read([&](const View& view) { return password_hash_of(view, ann); }), "$argon2id$old");
  EXPECT_FALSE(write([&](Unit& unit) { return restore_withheld(unit, ann); }));
}

TEST_F(ClaimsTest, EveryReturnByUserNameAloneWithholdsAndTheLatestSetWaits) {
  const UserId ann = put(entra_, facts("ann"))->user;
  const auto join = [&](const std::string& password) {
    write([&](Unit& unit) { set_password_hash(unit, ann, password); });
    sql("UPDATE users SET joined_at = 5 WHERE key = " + std::to_string(ann.value));
  };
  const auto return_by_name = [&] {
    ASSERT_TRUE(end(entra_, ann));
    const auto back = put(entra_, facts("ann"));
    ASSERT_TRUE(back) << said(back);
    ASSERT_EQ(back->user, ann);
    EXPECT_EQ(user(ann).status(), Status::pending);
    EXPECT_TRUE(roles(ann).empty());
    EXPECT_EQ(read([&](const View& view) { return password_hash_of(view, ann).value_or(""); }), "");
  };
  give(ann, "Admin");
  give(person(corp_, "other-admin"), "Admin");
  join("$argon2id$first");
  return_by_name();
  join("$argon2id$second");
  return_by_name();
  return_by_name();  // with nothing in force: what waits is not overwritten

  ASSERT_TRUE(write([&](Unit& unit) { return restore_withheld(unit, ann); }));
  EXPECT_TRUE(roles(ann).empty()) << "the first one's role never meets the second one's password";
  EXPECT_EQ(read([&](const View& view) { return password_hash_of(view, ann); }), "$argon2id$second");
}

TEST_F(ClaimsTest, SameUserNameWithADifferentKeyIsSomebodyElse) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(end(entra_, ann));
  const auto other = put(entra_, facts("ann", "k-other"));
  ASSERT_TRUE(other) << said(other);
  EXPECT_TRUE(other->created);
  EXPECT_NE(other->user, ann);
}

TEST_F(ClaimsTest, SameUserNameWithADifferentKeyOverAnInactiveRecordIsRefused) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(stop(ann, entra_, Reason::inactive_by_client));
  EXPECT_EQ(put(entra_, facts("ann", "k-other")).refused().field, "userName");
}

TEST_F(ClaimsTest, DeleteOfOneConnectionLeavesTheOthersClaim) {
  link("scim:okta", LinkMode::user_name);
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(put(okta_, facts("ann", "o1")));
  ASSERT_TRUE(end(entra_, ann));
  EXPECT_FALSE(user(ann).hidden);
  EXPECT_FALSE(user(ann).active) << "deprovisioned by one of its sources";
  const std::string id = user(ann).id;
  EXPECT_FALSE(read([&](const View& view) { return find_user_of(view, entra_, id).has_value(); }));
  EXPECT_TRUE(read([&](const View& view) { return find_user_of(view, okta_, id).has_value(); }));
}

TEST_F(ClaimsTest, DeleteSucceedsWhenTheRemainingNameIsTaken) {
  settings_.authority["userName"] = {"scim:entra"};
  link("scim:entra", LinkMode::email);
  const UserId both = person(corp_, "a");
  ClaimFacts renamed = facts("b", "k-b");
  renamed.profile = profile("b", "a@example.org");
  ASSERT_EQ(put(entra_, renamed)->user, both);
  ASSERT_EQ(user(both).user_name, "b");
  ClaimFacts newcomer = facts("a", "o-a");
  newcomer.profile = profile("a", "another.a@example.org");
  const auto taken = put(okta_, newcomer);
  ASSERT_TRUE(taken) << said(taken);

  const auto ended = end(entra_, both);
  ASSERT_TRUE(ended) << said(ended);
  EXPECT_FALSE(user(both).active);
  EXPECT_FALSE(user(both).hidden);
  EXPECT_EQ(user(both).user_name, "b") << "the row stays as it was";
  EXPECT_EQ(user(taken->user).user_name, "a");
  const std::string id = user(both).id;
  EXPECT_FALSE(read([&](const View& view) { return find_user_of(view, entra_, id).has_value(); }));
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE detail LIKE 'kept as it was: userName %'"), 1);
}

TEST_F(ClaimsTest, PersonIsFoundByEverythingAnAdminTypes) {
  const UserId ann = person(entra_, "ann");
  for (const std::string& text : Strings{user(ann).id, "ANN", "Ann@Example.ORG", "k-ann"})
    EXPECT_EQ(read([&](const View& view) { return find_person(view, text)->key; }), ann) << text;
  ASSERT_TRUE(end(entra_, ann));
  EXPECT_TRUE(read([](const View& view) { return find_person(view, "k-ann").has_value(); }));
  EXPECT_FALSE(read([](const View& view) { return find_person(view, "ann").has_value(); }));
}

TEST_F(ClaimsTest, NewAddressKillsTheLinkToTheOldOne) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann); }));
  ClaimFacts next = facts("ann", "k-ann");
  next.profile = profile("ann", "ann@new.example.org");
  ASSERT_TRUE(put(entra_, next, ann));
  EXPECT_EQ(invited(ann), 2);
  EXPECT_TRUE(open_invitation(ann));
  EXPECT_EQ(word("SELECT recipient FROM outbox WHERE state = 'queued'"), "ann@new.example.org");
}

TEST_F(ClaimsTest, PastExpiryBlocksAndALaterOneLifts) {
  ClaimFacts all = facts("ann", "k-ann");
  all.expires = clock_.now() + std::chrono::hours{1};
  const UserId ann = put(corp_, all)->user;
  EXPECT_EQ(write([](Unit& unit) { return block_expired(unit, 10); }), 0u);
  clock_.advance(std::chrono::hours{2});
  EXPECT_EQ(write([](Unit& unit) { return block_expired(unit, 10); }), 1u);
  EXPECT_EQ(write([](Unit& unit) { return block_expired(unit, 10); }), 0u);
  EXPECT_FALSE(user(ann).active);
  all.expires = clock_.now() + std::chrono::hours{1};
  ASSERT_TRUE(put(corp_, all));
  EXPECT_TRUE(user(ann).active);
}

TEST_F(ClaimsTest, PeopleWhoExpiredLongAgoCostNothing) {
  ClaimFacts all;
  const auto expire = [&](const std::string& name) {
    all = facts(name, "k-" + name);
    all.expires = clock_.now();
    const auto claimed = put(corp_, all);
    ASSERT_TRUE(claimed) << said(claimed);
    EXPECT_FALSE(user(claimed->user).active);
  };
  const auto steps = [&] {
    return write([](Unit& unit) {
      const auto before = unit.db().steps();
      EXPECT_EQ(block_expired(unit, 10), 0u);
      return unit.db().steps() - before;
    });
  };
  const auto nobody = steps();
  for (int i = 0; i < 30; ++i) expire("p" + std::to_string(i));
  EXPECT_LE(steps(), nobody + 3);
  all.origin = "moved";  // stated anew, still over
  ASSERT_TRUE(put(corp_, all));
  EXPECT_LE(steps(), nobody + 3);
  const auto first = read([&](const View& view) { return find_claim(view, corp_, "k-p0"); });
  ASSERT_TRUE(first);
  ASSERT_TRUE(end(corp_, first->user));
  EXPECT_LE(steps(), nobody + 3);
}

TEST_F(ClaimsTest, LiftedExpiryBlocksAgainUntilALaterOneIsStated) {
  ClaimFacts all = facts("ann", "k-ann");
  all.expires = clock_.now();
  const UserId ann = put(corp_, all)->user;
  for (const std::optional<Reason> reason : {std::optional{Reason::expired}, std::optional<Reason>{}}) {
    ASSERT_TRUE(*release(ann, corp_, reason));
    EXPECT_EQ(write([](Unit& unit) { return block_expired(unit, 10); }), 1u);
    EXPECT_FALSE(user(ann).active);
  }
  ASSERT_TRUE(end(corp_, ann));
  ASSERT_TRUE(release(ann, corp_));
  EXPECT_EQ(write([](Unit& unit) { return block_expired(unit, 10); }), 0u) << "an ended claim expires no more";
}

TEST_F(ClaimsTest, TouchingKeepsTheVersion) {
  const UserId ann = person(corp_, "ann");
  write([&](Unit& unit) { touch_claim(unit, corp_, ann, "d9", "uid=ann,ou=new"); });
  const auto claim = read([&](const View& view) { return *find_claim(view, corp_, ann); });
  EXPECT_EQ(claim.digest, "d9");
  EXPECT_EQ(claim.origin, "uid=ann,ou=new");
  EXPECT_EQ(user(ann).version, 1);
}

}  // namespace
}  // namespace rosterd::store
