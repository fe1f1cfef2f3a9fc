#include <atomic>
#include <thread>

#include "store/invitations.h"
#include "tests/daemon/api_fixture.h"

namespace rosterd::api {
namespace {

constexpr auto kPassword = "correct horse battery staple";

class SignIn : public ApiTest {
 protected:
  http::Response sign_in(const std::string& name, const std::string& password, const std::string& from = "192.0.2.7") {
    auto sent = request("POST", "/api/v1/authenticate", credentials(name, password));
    sent.peer.address = from;
    return call(sent);
  }
  std::string session(const std::string& name) {
    return std::string(json(sign_in(name, kPassword)).find("session")->string_or(""));
  }
  int check(const std::string& secret) { return call(with_bearer(request("GET", "/api/v1/session"), secret)).status; }
};

TEST_F(SignIn, TheRightPasswordOpensASession) {
  joined("ada", kPassword);
  const auto response = sign_in("ADA", kPassword);
  ASSERT_EQ(response.status, 200) << response.body;
  const auto secret = std::string(json(response).find("session")->string_or(""));
  EXPECT_EQ(check(secret), 200);
  EXPECT_EQ(call(with_bearer(request("DELETE", "/api/v1/session"), secret)).status, 204);
  EXPECT_EQ(check(secret), 401);
}

TEST_F(SignIn, KnownAndUnknownNamesGetTheSameAnswer) {
  joined("ada", kPassword);
  person(entra_, "pending");  // no password yet
  const auto wrong = sign_in("ada", "wrong", "192.0.2.1"), unknown = sign_in("nobody", "wrong", "192.0.2.2");
  const auto pending = sign_in("pending", "wrong", "192.0.2.3");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(pending.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(wrong.body, pending.body);
}

TEST_F(SignIn, ABlockEndsSessionsAndSignInAtOnce) {
  const auto who = joined("ada", kPassword);
  const auto secret = session("ada");
  ASSERT_EQ(check(secret), 200);
  ASSERT_TRUE(stop(who, entra_, store::Reason::inactive_by_client));
  EXPECT_EQ(check(secret), 401);
  EXPECT_EQ(sign_in("ada", kPassword).body, sign_in("nobody", kPassword, "192.0.2.2").body);
  ASSERT_TRUE(release(who, entra_));
  EXPECT_EQ(check(secret), 401) << "an ended session stays ended";
  EXPECT_EQ(sign_in("ada", kPassword).status, 200) << "the old password works again";
}

TEST_F(SignIn, FiveFailuresLockTheAccountFromEverywhere) {
  joined("ada", kPassword);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("ada", "wrong", "192.0.2." + std::to_string(i + 1)).status, 401);
  const auto locked = sign_in("ada", kPassword, "198.51.100.9");
  EXPECT_EQ(locked.status, 429);
  EXPECT_NE(header(locked, "Retry-After"), "");
  clock_.advance(std::chrono::minutes{2});
  EXPECT_EQ(sign_in("ada", kPassword, "198.51.100.9").status, 200);
}

TEST_F(SignIn, AnUnknownNameIsLockedLikeAKnownOne) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("nobody", "wrong", "192.0.2." + std::to_string(i + 1)).status, 401);
  EXPECT_EQ(sign_in("nobody", "wrong", "198.51.100.9").status, 429);
}

TEST_F(SignIn, FiveFailuresLockTheAddress) {
  joined("ada", kPassword);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("name" + std::to_string(i), "wrong").status, 401);
  EXPECT_EQ(sign_in("ada", kPassword).status, 429);
  EXPECT_EQ(sign_in("ada", kPassword, "198.51.100.9").status, 200);
}

TEST_F(SignIn, OnlyAnApplicationOnThisMachineNamesAnotherAddress) {
  const std::string body = R"({"user_name":"x","password":"y","client_address":"203.0.113.5"})";
  for (int i = 0; i < 5; ++i) {
    auto sent = request("POST", "/api/v1/authenticate", body);
    sent.body.replace(sent.body.find("\"x\""), 3, "\"x" + std::to_string(i) + "\"");
    sent.peer.address = "127.0.0.1";
    EXPECT_EQ(call(sent).status, 401);
  }
  EXPECT_EQ(sign_in("another", "y", "203.0.113.5").status, 429) << "counted for the visitor";
  EXPECT_EQ(sign_in("third", "y", "127.0.0.1").status, 401) << "not for the application";
}

TEST_F(SignIn, AnAccountIsOneWhateverNameWasTyped) {
  joined("ada", kPassword);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(sign_in(i % 2 == 0 ? "ada" : "ada@example.org", "wrong", "192.0.2." + std::to_string(i + 1)).status, 401);
  }
  EXPECT_EQ(sign_in("ada@example.org", kPassword, "198.51.100.9").status, 429);
}

TEST_F(SignIn, AnIpv6NetworkIsOneAddress) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(sign_in("name" + std::to_string(i), "wrong", "2001:db8:1:2::" + std::to_string(i + 1)).status, 401);
  }
  EXPECT_EQ(sign_in("another", "wrong", "2001:db8:1:2:ffff::1").status, 429);
  EXPECT_EQ(sign_in("another", "wrong", "2001:db8:1:3::1").status, 401);
}

TEST_F(SignIn, GuessesInParallelCannotOutrunTheLock) {
  joined("ada", kPassword);
  std::atomic<int> judged{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([this, i, &judged] {
      if (sign_in("ada", "wrong", "192.0.2." + std::to_string(i + 1)).status == 401) ++judged;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(judged, 5);
  EXPECT_EQ(sign_in("ada", kPassword, "198.51.100.9").status, 429);
}

TEST_F(SignIn, BadBodies) {
  for (const auto* body :
       {"", "[]", "{}", R"({"user_name":1,"password":"x"})", R"({"user_name":"x"})", "{\"user_name\":"}) {
    EXPECT_EQ(call(request("POST", "/api/v1/authenticate", body)).status, 400) << body;
  }
  EXPECT_EQ(sign_in("ada", std::string(2000, 'x')).status, 400);
  auto near = request("POST", "/api/v1/authenticate", R"({"user_name":"a","password":"b","client_address":"not one"})");
  near.peer.address = "127.0.0.1";
  EXPECT_EQ(call(near).status, 400);
}

class InvitationPages : public ApiTest {
 protected:
  std::string link(store::UserId who) {
    return write([&](store::Unit& unit) {
      const auto id = store::invite(unit, who);
      return "/invitation/" + *store::invitation_token(unit, *id, unit.secret_key());
    });
  }
  static std::string form(const std::string& password, const std::string& again) {
    return "username=ada&password=" + password + "&again=" + again;
  }
};

TEST_F(InvitationPages, OnlyThePostConsumesTheLinkAndOnlyOnce) {
  const auto who = person(entra_, "ada");
  const auto path = link(who);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(request("GET", path)).status, 200);
  EXPECT_EQ(call(request("HEAD", path)).status, 200);
  EXPECT_EQ(user(who).status(), store::Status::pending);
  EXPECT_EQ(call(request("POST", path, form("correct+horse+battery+staple", "correct+horse+battery+staple"))).status,
            200);
  EXPECT_EQ(user(who).status(), store::Status::participating);
  EXPECT_EQ(call(request("GET", path)).status, 404);
  EXPECT_EQ(call(request("POST", path, form("another+good+long+password", "another+good+long+password"))).status, 404);
  EXPECT_EQ(call(request("POST", "/api/v1/authenticate", credentials("ada", "correct horse battery staple"))).status,
            200);
}

TEST_F(InvitationPages, APoorPasswordLeavesTheLinkAlive) {
  const auto path = link(person(entra_, "ada"));
  EXPECT_EQ(call(request("POST", path, form("short", "short"))).status, 422);
  EXPECT_EQ(call(request("POST", path, form("password12", "password12"))).status, 422);
  EXPECT_EQ(call(request("POST", path, form("ada%40example.org", "ada%40example.org"))).status, 422)
      << "built from the own address";
  EXPECT_EQ(call(request("POST", path, form("correct+horse+battery+staple", "correct+horse+battery"))).status, 422);
  EXPECT_EQ(call(request("POST", path, "%zz")).status, 400);
  EXPECT_EQ(call(request("GET", path)).status, 200);
}

TEST_F(InvitationPages, AResendKillsTheOlderLink) {
  const auto who = person(entra_, "ada");
  const auto older = link(who), newer = link(who);
  EXPECT_EQ(call(request("GET", older)).status, 404);
  EXPECT_EQ(call(request("GET", newer)).status, 200);
}

TEST_F(InvitationPages, ABlockedOrLatePersonFindsNothing) {
  const auto who = person(entra_, "ada");
  const auto path = link(who);
  clock_.advance(std::chrono::hours{24 * 8});
  EXPECT_EQ(call(request("GET", path)).status, 404);
  const auto other = person(entra_, "eve");
  const auto second = link(other);
  ASSERT_TRUE(stop(other, entra_, store::Reason::disabled));
  EXPECT_EQ(call(request("GET", second)).status, 404);
}

TEST_F(InvitationPages, HostileNamesAreEscaped) {
  auto hostile = facts("eve", "k-eve");
  hostile.profile = profile("eve", "eve@example.org", "<script>alert(1)</script>");
  const auto who = put(entra_, hostile)->user;
  const auto page = call(request("GET", link(who)));
  EXPECT_EQ(page.body.find("<script>"), std::string::npos);
  EXPECT_NE(page.body.find("&lt;script&gt;"), std::string::npos);
}

}  // namespace
}  // namespace rosterd::api
