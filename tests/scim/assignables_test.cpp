// /Roles, /Entitlements and /Projects, and what a person's `roles` and `entitlements` give.
#include <algorithm>

#include "store/access.h"
#include "store/assignments.h"
#include "store/sources.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define ACCESS "urn:rosterd:params:scim:schemas:extension:access:2.0:User"
constexpr std::string_view kOktaRole = "urn:okta:scim:schemas:core:1.0:Role";
constexpr std::string_view kOktaEntitlement = "urn:okta:scim:schemas:core:1.0:Entitlement";

class Assignables : public Service {
 protected:
  Assignables() {
    connection_.assigns = true;
    store::Settings settings = *store_->settings();
    settings.assigning["scim:entra"] = {};
    store_->configure(settings);
    store_->write({store::kLocal, "test"}, [](store::Unit& unit) {
      store::ensure_role(unit, {{}, "Staff", 50, false, {"files", "tasks"}});
      for (const char* name : {"Website", "Shop", "Archive"}) store::ensure_project(unit, name);
    });
  }
  std::string values(std::string_view target) {
    const Answer answer = get(target);
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::string all;
    for (const Json& one : *answer.body.find("Resources")->array())
      all += (all.empty() ? "" : ",") + std::string(one.find("value")->string_or("?"));
    return all;
  }
  std::string names(std::string_view target, const char* attribute) {
    const Answer answer = get(target);
    std::string all;
    for (const Json& one : *answer.body.find("Resources")->array())
      all += (all.empty() ? "" : ",") + std::string(one.find(attribute)->string_or("?"));
    return all;
  }
};

TEST_F(Assignables, ListsAreWhatIsThere) {
  EXPECT_EQ(values("/Roles"), "Admin,Staff,Client");
  EXPECT_EQ(values("/Entitlements"), "files,tasks");
  EXPECT_EQ(values("/Projects"), "Website,Shop,Archive");
  const Answer role = get("/Roles/role-2");
  EXPECT_EQ(role.status, 200);
  EXPECT_EQ(role.at("schemas/0"), kRoleSchema);
  EXPECT_EQ(role.at("value") + role.at("display") + role.at("displayName"), "StaffStaffStaff");
  EXPECT_EQ(role.at("description"), "Gives files, tasks");
  EXPECT_EQ(role.at("meta/resourceType"), "Role");
  EXPECT_EQ(role.at("meta/location"), "https://x.example/scim/v2/Roles/role-2");
  EXPECT_EQ(role.header("Location"), role.at("meta/location"));
  EXPECT_EQ(get("/Entitlements/permission-files").at("type"), "permission");
  EXPECT_EQ(get("/Projects/project-1").at("meta/created"), "2026-01-01T00:00:00.000Z");
  for (const char* nobody : {"/Roles/role-99", "/Roles/Staff", "/Projects/role-1", "/Entitlements/files"})
    EXPECT_EQ(get(nobody).status, 404) << nobody;
}

TEST_F(Assignables, FiltersSortingAndCursors) {
  EXPECT_EQ(values("/Roles?filter=" + encode("displayName eq \"staff\"")), "Staff");
  EXPECT_EQ(values("/Roles?filter=" + encode("id eq \"role-1\" or value sw \"cl\"")), "Admin,Client");
  EXPECT_EQ(values("/Roles?filter=" + encode("supported eq true")), "Staff,Client");
  EXPECT_EQ(values("/Projects?sortBy=value"), "Archive,Shop,Website");
  EXPECT_EQ(values("/Projects?sortBy=value&sortOrder=descending&count=2"), "Website,Shop");
  EXPECT_EQ(values("/Projects?startIndex=2&count=1"), "Shop");
  EXPECT_EQ(get("/Projects?startIndex=2&count=1").total(), 3u);
  EXPECT_EQ(get("/Roles?filter=" + encode("userName eq \"x\"")).scim_type(), "invalidFilter");
  std::string walked, cursor = "cursor";
  while (!cursor.empty()) {
    const Answer page = get("/Projects?count=1&" + cursor);
    ASSERT_EQ(page.status, 200) << page.text;
    walked += page.at("Resources/0/value") + ",";
    cursor = page.at("nextCursor").empty() ? "" : "cursor=" + encode(page.at("nextCursor"));
  }
  EXPECT_EQ(walked, "Website,Shop,Archive,");
  EXPECT_EQ(get("/Roles?attributes=value").at("Resources/0/displayName"), "");
  const Answer found = post("/Projects/.search", R"({"filter":"value eq \"shop\"","count":5})");
  EXPECT_EQ(found.at("Resources/0/value"), "Shop");
}

TEST_F(Assignables, NothingHereIsChangedByAClient) {
  for (const char* target : {"/Roles", "/Entitlements", "/Projects"}) {
    const Answer refused = post(target, R"({"displayName":"Mine"})");
    EXPECT_EQ(refused.status, 405) << target;
    EXPECT_EQ(refused.header("Allow"), "GET, HEAD, OPTIONS");
  }
  EXPECT_EQ(remove("/Projects/project-1").status, 405);
  EXPECT_EQ(patch("/Roles/role-1", "[]").status, 405);
}

TEST_F(Assignables, AreDiscoveredByWhoCanAssignThem) {
  EXPECT_EQ(names("/ResourceTypes", "name"), "User,Group,Role,Entitlement,Project");
  EXPECT_EQ(names("/ResourceTypes", "endpoint"), "/Users,/Groups,/Roles,/Entitlements,/Projects");
  EXPECT_EQ(get("/ResourceTypes/Role").at("schema"), kRoleSchema);
  EXPECT_EQ(get("/ResourceTypes/Project").at("schema"), kProjectSchema);
  EXPECT_EQ(get("/Schemas/" + std::string(kProjectSchema)).at("name"), "Project");
  EXPECT_EQ(get("/ServiceProviderConfig").at("RolesAndEntitlements/entitlements/types"), R"(["permission","project"])");
  connection_.assigns = false;
  EXPECT_EQ(names("/ResourceTypes", "name"), "User,Group");
  EXPECT_EQ(get("/Schemas/" + std::string(kProjectSchema)).status, 404);
  EXPECT_EQ(get("/ServiceProviderConfig").at("RolesAndEntitlements"), "");
  EXPECT_EQ(get("/Roles/role-2").at("supported"), "false");
}

TEST_F(Assignables, OktaFindsItsOwnUrns) {
  connection_.okta_urns = true;
  EXPECT_EQ(get("/ResourceTypes/Role").at("schema"), kOktaRole);
  EXPECT_EQ(get("/ResourceTypes/Entitlement").at("schema"), kOktaEntitlement);
  EXPECT_EQ(get("/ResourceTypes/Project").at("schema"), kOktaEntitlement) << "Okta asks only types with its URNs";
  EXPECT_EQ(get("/ResourceTypes/Project").at("endpoint"), "/Projects");
  EXPECT_EQ(get("/Roles").at("Resources/0/schemas"), "[\"" + std::string(kOktaRole) + "\"]");
  EXPECT_EQ(get("/Projects/project-1").at("schemas/0"), kOktaEntitlement);
  const std::string urns = names("/Schemas", "id");
  EXPECT_EQ(urns.find(kRoleSchema), std::string::npos);
  EXPECT_EQ(urns.find(kOktaEntitlement), urns.rfind(kOktaEntitlement)) << "each once: " << urns;
  EXPECT_EQ(get("/Schemas/" + std::string(kOktaRole)).at("id"), kOktaRole);
}

TEST_F(Assignables, AnAssignmentIsAGrantUntilItIsTakenBack) {
  const std::string project = get("/Projects?filter=" + encode("value eq \"Shop\"")).at("Resources/0/id");
  const std::string id = user("ann", R"(,"roles":[{"value":"role-2","display":"Staff"}],"entitlements":[{"value":")" +
                                         project + R"(","type":"Project"}])");
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/roles"), R"(["Staff"])");
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/projects"), R"(["Shop"])");
  EXPECT_EQ(get("/Users/" + id).at("roles/0/value"), "role-2") << "as the client wrote it";
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"entitlements","value":[{"value":"Archive"}]}])").status, 200);
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/projects"), R"(["Archive","Shop"])");
  const std::string where = R"(entitlements[value eq \")" + project + R"(\"])";
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"remove","path":")" + where + R"("}])").status, 200);
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/projects"), R"(["Archive"])");
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"roles","value":[{"value":"Client"}]}])").status, 200);
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/roles"), R"(["Client"])");
  ASSERT_EQ(put("/Users/" + id, R"({"userName":"ann"})").status, 200);
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/roles"), "[]");
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/projects"), "[]");
}

TEST_F(Assignables, EntraOnlyEverAdds) {
  // As Entra sends an app role: JSON inside a string.
  const std::string id = user("ann");
  const char* const add =
      R"([{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Staff\",\"displayName\":\"Staff\"}"}]}])";
  ASSERT_EQ(patch("/Users/" + id, add).status, 200);
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/roles"), R"(["Staff"])");
  const std::string version = get("/Users/" + id).at("meta/version");
  ASSERT_EQ(patch("/Users/" + id, add).status, 200);
  EXPECT_EQ(get("/Users/" + id).at("meta/version"), version) << "a second run changes nothing";
}

TEST_F(Assignables, WhatGivesNothingIsNoted) {
  const std::string id = user("ann");
  const Answer unknown = patch("/Users/" + id, R"([{"op":"add","path":"roles","value":[{"value":"Wizard"}]}])");
  EXPECT_EQ(unknown.status, 200);
  EXPECT_EQ(unknown.at("roles/0/value"), "Wizard");
  EXPECT_EQ(unknown.notes, std::vector<std::string>{"ignored: a role or entitlement that is not known here"});
  const Answer privileged = patch("/Users/" + id, R"([{"op":"replace","path":"roles","value":[{"value":"Admin"}]}])");
  EXPECT_EQ(privileged.notes, std::vector<std::string>{"ignored: a privileged role that this connection may not give"});
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/roles"), "[]");
}

TEST_F(Assignables, WithoutTheSettingRolesAreWords) {
  use(source("scim:other"));
  connection_.assigns = false;
  const std::string id = user("bob", R"(,"roles":[{"value":"Staff"}])");
  EXPECT_EQ(get("/Users/" + id).at(ACCESS "/roles"), "[]");
  EXPECT_EQ(get("/Users/" + id).at("roles/0/value"), "Staff");
}

}  // namespace
}  // namespace rosterd::scim
