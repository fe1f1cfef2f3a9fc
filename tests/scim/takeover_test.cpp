// A token reaches its own people only, and no privileged role: what somebody would try who holds one.
#include "store/access.h"
#include "store/blocks.h"
#include "store/claims.h"
#include "store/invitations.h"
#include "store/sources.h"
#include "store/work.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define USER R"("schemas":["urn:ietf:params:scim:schemas:core:2.0:User"])"
#define ACCESS "urn:rosterd:params:scim:schemas:extension:access:2.0:User"

class Takeover : public Service {
 protected:
  template <class Work>
  auto write(const Work& work) {
    return store_->write({store::kLocal, "test"}, work);
  }
  Takeover() {
    corp_ = source("ldap:corp");
    victim_ = write([&](store::Unit& unit) {
      store::ClaimFacts facts;
      facts.key = "entry-1";
      facts.profile = R"({"userName":"victim","emails":[{"value":"victim@x.example","type":"work"}]})";
      return store::put_claim(unit, corp_, facts)->user;
    });
    before_ = effective();
    clock_.advance(std::chrono::hours{1});
  }
  // Nothing of the victim has changed, whoever tried.
  void TearDown() override { EXPECT_EQ(effective(), before_); }

  std::string effective() {
    return store_->read([&](const store::View& view) {
      const auto user = store::find_user(view, victim_);
      return user->user_name + " " + user->email + " " + (user->active ? "active" : "inactive") + " " + user->profile;
    });
  }
  std::string id_of(store::UserId who) {
    return store_->read([&](const store::View& view) { return store::find_user(view, who)->id; });
  }
  void settings(store::LinkMode mode, std::vector<std::string> givers = {}) {
    store::Settings all;
    all.link["scim:entra"] = mode;
    std::vector<store::AccessRule> rules(2);
    rules[0] = {.name = "boss", .group = "Admins", .source = "scim:entra", .role = "Admin", .projects = {"Website"}};
    rules[1] = {.name = "staff", .group = "Sales", .role = "Staff"};
    all.access = store::AccessRules(std::move(rules), {std::move(givers), {"Admin"}});
    store_->configure(all);
    while (store::step_work(*store_)) {
    }
  }
  std::vector<std::string> roles(const std::string& id) {
    return store_->read(
        [&](const store::View& view) { return store::roles_of(view, store::find_user(view, id)->key); });
  }
  void make_admin(store::UserId who) {
    ASSERT_TRUE(write([&](store::Unit& unit) { return store::grant_role(unit, who, "Admin", "admin"); }));
  }
  std::int64_t open_invitations(const std::string& id) {
    return store_->read([&](const store::View& view) {
      const auto all = store::invitations_of(view, store::find_user(view, id)->key);
      return std::count_if(all.begin(), all.end(), [](const auto& one) { return one.state == "open"; });
    });
  }

  store::SourceId corp_;
  store::UserId victim_;
  std::string before_;
};

TEST_F(Takeover, ByNameKeyOrAddressOfAnother) {
  const std::string id = id_of(victim_);
  EXPECT_EQ(post("/Users", R"({)" USER R"(,"userName":"VICTIM"})").scim_type(), "uniqueness");
  EXPECT_EQ(post("/Users", R"({)" USER R"(,"userName":"victim@x.example"})").scim_type(), "uniqueness");
  EXPECT_EQ(post("/Users", R"({)" USER R"(,"userName":"x","emails":[{"value":"victim@x.example"}]})").scim_type(),
            "uniqueness");
  const Answer same_key = post("/Users", R"({)" USER R"(,"userName":"key","externalId":"entry-1"})");
  EXPECT_EQ(same_key.status, 201) << "keys of other sources are not ours: " << same_key.text;
  EXPECT_NE(same_key.at("id"), id);
  for (const char* method : {"GET", "DELETE"}) EXPECT_EQ(send(method, "/Users/" + id).status, 404) << method;
  EXPECT_EQ(put("/Users/" + id, R"({)" USER R"(,"userName":"victim"})").status, 404);
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"active","value":false}])").status, 404);
}

TEST_F(Takeover, ByChangingAnOwnPersonIntoAnother) {
  const std::string own = user("own", R"(,"externalId":"1","emails":[{"value":"own@x.example","type":"work"}])");
  for (const char* operation :
       {R"([{"op":"replace","path":"userName","value":"victim"}])",
        R"([{"op":"replace","path":"userName","value":" Victim "}])",
        R"([{"op":"replace","path":"userName","value":"victim@x.example"}])",
        R"([{"op":"replace","path":"emails[type eq \"work\"].value","value":"Victim@X.example"}])",
        R"([{"op":"add","path":"emails","value":[{"value":"victim@x.example","primary":true}]}])",
        R"([{"op":"replace","path":"emails","value":[{"value":"victim"}]}])"}) {
    EXPECT_EQ(patch("/Users/" + own, operation).scim_type(), "uniqueness") << operation;
  }
  EXPECT_EQ(put("/Users/" + own, R"({)" USER R"(,"userName":"victim"})").scim_type(), "uniqueness");
  EXPECT_EQ(patch("/Users/" + own, R"([{"op":"replace","path":"id","value":")" + id_of(victim_) + R"("}])").scim_type(),
            "mutability");
  EXPECT_EQ(get("/Users/" + own).at("userName"), "own");
}

TEST_F(Takeover, ByGroupsOfForeignPeople) {
  const std::string foreign = id_of(victim_);
  const std::string group_id = group("Sales");
  EXPECT_EQ(patch("/Groups/" + group_id, R"([{"op":"add","path":"members","value":[{"value":")" + foreign + R"("}]}])")
                .scim_type(),
            "invalidValue");
  EXPECT_EQ(post("/Groups", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"H",
      "members":[{"value":")" + foreign +
                                R"("}]})")
                .scim_type(),
            "invalidValue");
  connection_.unknown_members = UnknownMembers::skip;
  EXPECT_EQ(
      patch("/Groups/" + group_id, R"([{"op":"replace","path":"members","value":[{"value":")" + foreign + R"("}]}])")
          .status,
      204);
  EXPECT_EQ(members_of(group_id), "");
  EXPECT_TRUE(roles(foreign).empty());
  connection_.unknown_members = UnknownMembers::refuse;
  const store::SourceId entra = connection_.source;
  use(source("scim:okta"));
  EXPECT_EQ(patch("/Groups/" + group_id, R"([{"op":"replace","path":"displayName","value":"Mine"}])").status, 404);
  EXPECT_EQ(post("/Groups", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Outer",
      "members":[{"value":")" + group_id +
                                R"("}]})")
                .scim_type(),
            "invalidValue")
      << "nor of foreign groups";
  use(entra);
}

// Told to link by address: the directory keeps its person's name and address whatever the connection says afterwards.
TEST_F(Takeover, ByAdoptingAnAddressAndChangingIt) {
  settings(store::LinkMode::email);
  const std::string id = user("mine", R"(,"externalId":"1","emails":[{"value":"VICTIM@x.example","type":"work"}])");
  ASSERT_EQ(id, id_of(victim_));
  for (const char* operation : {R"([{"op":"replace","path":"emails","value":[{"value":"thief@evil.example"}]}])",
                                R"([{"op":"replace","path":"userName","value":"thief"}])"}) {
    EXPECT_EQ(patch("/Users/" + id, operation).status, 200) << operation;
  }
  EXPECT_EQ(effective().substr(0, effective().find('{')), before_.substr(0, before_.find('{')));
  EXPECT_EQ(remove("/Users/" + id).status, 204);
  // A second adoption needs the address again, which its own claim has given up.
  EXPECT_NE(user("other", R"(,"externalId":"2","emails":[{"value":"thief@evil.example"}])"), id);
  ASSERT_TRUE(write([&](store::Unit& unit) { return store::lift(unit, victim_, connection_.source); }));
}

TEST_F(Takeover, APrivilegedPersonIsNeverAdopted) {
  make_admin(victim_);
  for (const store::LinkMode mode : {store::LinkMode::user_name, store::LinkMode::email}) {
    settings(mode, {"scim:entra"});
    const char* body = mode == store::LinkMode::user_name
                           ? R"({)" USER R"(,"userName":"victim"})"
                           : R"({)" USER R"(,"userName":"x","emails":[{"value":"victim@x.example"}]})";
    EXPECT_EQ(post("/Users", body).status, 409);
  }
}

TEST_F(Takeover, AGroupGivesAPrivilegedRoleOnlyWhereTheConnectionMay) {
  settings(store::LinkMode::never);
  const std::string own = user("own"), admins = group("Admins", R"([{"value":")" + own + R"("}])");
  EXPECT_TRUE(roles(own).empty());
  EXPECT_EQ(get("/Users/" + own).at(ACCESS "/projects/0"), "Website") << "the rest of the rule is in force";
  const std::string outer = group("Outer");
  EXPECT_EQ(patch("/Groups/" + outer, R"([{"op":"replace","path":"displayName","value":"ADMINS "}])").status, 204);
  EXPECT_EQ(patch("/Groups/" + outer, R"([{"op":"add","path":"members","value":[{"value":")" + own + R"("}]}])").status,
            204);
  EXPECT_TRUE(roles(own).empty()) << "nor by renaming";
  settings(store::LinkMode::never, {"scim:okta"});
  EXPECT_TRUE(roles(own).empty()) << "another connection's permission";
  settings(store::LinkMode::never, {"scim:entra"});
  EXPECT_EQ(roles(own), std::vector<std::string>{"Admin"});
  settings(store::LinkMode::never);
  EXPECT_TRUE(roles(own).empty()) << "and is taken back with the permission";
}

TEST_F(Takeover, RolesOfTheBodyGiveNothing) {
  const std::string own = user("own", R"(,"roles":[{"value":"Admin","primary":true}])");
  EXPECT_EQ(patch("/Users/" + own, R"([{"op":"add","path":")" ACCESS R"(:roles","value":["Admin"]}])").scim_type(),
            "mutability");
  EXPECT_TRUE(roles(own).empty());
}

// An admin made one of its people an admin who has not joined yet: the open link does not follow a new address.
TEST_F(Takeover, TheLinkOfAPrivilegedPersonDoesNotFollowTheConnection) {
  const std::string plain = user("plain", R"(,"emails":[{"value":"plain@x.example"}])");
  const std::string boss = user("boss", R"(,"emails":[{"value":"boss@x.example"}])");
  const auto key = [&](const std::string& id) {
    return store_->read([&](const store::View& view) { return store::find_user(view, id)->key; });
  };
  make_admin(key(boss));
  for (const std::string& id : {plain, boss})
    ASSERT_TRUE(write([&](store::Unit& unit) { return store::invite(unit, key(id)); }));
  for (const std::string& id : {plain, boss})
    ASSERT_EQ(
        patch("/Users/" + id, R"([{"op":"replace","path":"emails","value":[{"value":")" + id + R"(@evil.example"}]}])")
            .status,
        200);
  EXPECT_EQ(open_invitations(plain), 1);
  EXPECT_EQ(open_invitations(boss), 0) << "an admin invites again";
}

TEST_F(Takeover, ARehireWithAnotherKeyIsSomebodyElse) {
  const std::string id = user("rehire", R"(,"externalId":"old","emails":[{"value":"r@x.example"}])");
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"active","value":false}])").status, 200);
  EXPECT_EQ(post("/Users", R"({)" USER R"(,"userName":"rehire","externalId":"new"})").scim_type(), "uniqueness");
  ASSERT_EQ(remove("/Users/" + id).status, 204);
  const Answer other = post("/Users", R"({)" USER R"(,"userName":"rehire","externalId":"new"})");
  ASSERT_EQ(other.status, 201) << other.text;
  EXPECT_NE(other.at("id"), id);
  const Answer back = post("/Users", R"({)" USER R"(,"userName":"rehire","externalId":"old"})");
  EXPECT_EQ(back.scim_type(), "uniqueness") << "the name is taken meanwhile";
  const Answer renamed = post("/Users", R"({)" USER R"(,"userName":"rehire.2","externalId":"old"})");
  EXPECT_EQ(renamed.at("id"), id) << "the old key brings the same person back";
}

// Two connections count their people by themselves; those of one namespace are one source.
TEST_F(Takeover, TheSameExternalIdOfTwoConnectionsNeverMeets) {
  const store::SourceId entra = connection_.source, okta = source("scim:okta");
  const std::string first = user("a", R"(,"externalId":"7")");
  use(okta);
  const std::string second = user("b", R"(,"externalId":"7")");
  EXPECT_NE(first, second);
  EXPECT_EQ(get("/Users?filter=" + encode(R"(externalId eq "7")")).at("Resources/0/id"), second);
  EXPECT_EQ(remove("/Users/" + second).status, 204);
  EXPECT_EQ(user("c", R"(,"externalId":"7")"), second) << "its own key brings its own person back";
  use(entra);
  EXPECT_EQ(get("/Users?filter=" + encode(R"(externalId eq "7")")).at("Resources/0/id"), first);
  EXPECT_EQ(post("/Users", R"({)" USER R"(,"userName":"d","externalId":"7"})").scim_type(), "uniqueness");
}

}  // namespace
}  // namespace rosterd::scim
