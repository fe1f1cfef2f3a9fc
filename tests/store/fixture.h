// A private store with time moved by hand, and short words for stating facts about people and groups.
#pragma once

#include <initializer_list>
#include <vector>

#include "store/access.h"
#include "store/blocks.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/work.h"
#include "tests/store/rows.h"

namespace rosterd::store {

// Prints and compares refusals in assertions.
template <class T>
std::string said(const Outcome<T>& outcome) {
  return outcome ? "done" : outcome.refused().field + ": " + outcome.refused().message;
}

class StoreTest : public rows::RowsTest {
 protected:
  SourceId entra_ = add_source("scim:entra");
  SourceId corp_ = add_source("ldap:corp");

  static std::string profile(const std::string& user_name, const std::string& email = {},
                             const std::string& display_name = {}) {
    std::string json = R"({"userName":")" + user_name + "\"";
    if (!display_name.empty()) json += R"(,"displayName":")" + display_name + "\"";
    if (!email.empty()) json += R"(,"emails":[{"value":")" + email + R"(","type":"work","primary":true}])";
    return json + "}";
  }
  static ClaimFacts facts(const std::string& user_name, const std::string& key = {}) {
    ClaimFacts all;
    if (!key.empty()) all.key = key;
    all.profile = profile(user_name, user_name + "@example.org");
    return all;
  }

  Outcome<Claimed> put(SourceId source, const ClaimFacts& all, UserId who = {}) {
    return write([&](Unit& unit) { return put_claim(unit, source, all, who); });
  }
  // A person of that source whose key is "k-" and the name.
  UserId person(SourceId source, const std::string& user_name) {
    const auto claimed = put(source, facts(user_name, "k-" + user_name));
    if (!claimed) throw std::runtime_error(said(claimed));
    return claimed->user;
  }
  GroupId group(SourceId source, const std::string& name, const std::string& dn = {}) {
    GroupFacts all;
    all.key = "g-" + name;
    all.display_name = name;
    all.dn = dn;
    return *write([&](Unit& unit) { return put_group(unit, source, all); });
  }
  std::size_t join(GroupId group, std::vector<Member> members) {
    return *write([&](Unit& unit) { return add_members(unit, group, members); });
  }
  std::size_t leave(GroupId group, std::vector<Member> members) {
    return *write([&](Unit& unit) { return remove_members(unit, group, members); });
  }
  Outcome<bool> stop(UserId user, SourceId source, Reason reason) {
    return write([&](Unit& unit) { return block(unit, user, source, reason); });
  }
  Outcome<bool> release(UserId user, SourceId source, std::optional<Reason> reason = {}) {
    return write([&](Unit& unit) { return lift(unit, user, source, reason); });
  }
  Outcome<> end(SourceId source, UserId user) {
    return write([&](Unit& unit) { return end_claim(unit, source, user); });
  }
  void rules(std::vector<AccessRule> all) {
    settings_.access = AccessRules(std::move(all));
    store_->configure(settings_);
  }
  void finish_work() {
    while (step_work(*store_)) {
    }
  }

  User user(UserId who) {
    return *read([&](const View& view) { return find_user(view, who); });
  }
  std::vector<std::string> roles(UserId who) {
    return read([&](const View& view) { return roles_of(view, who); });
  }
  std::vector<std::string> projects(UserId who) {
    return read([&](const View& view) { return projects_of(view, who); });
  }
  std::int64_t audited(const std::string& action) {
    return number("SELECT COUNT(*) FROM audit WHERE action = '" + action + "'");
  }
  std::int64_t invited(UserId who) {
    return number("SELECT COUNT(*) FROM invitations WHERE user_key = " + std::to_string(who.value));
  }
  bool open_invitation(UserId who) {
    return number("SELECT COUNT(*) FROM invitations WHERE state = 'open' AND user_key = " +
                  std::to_string(who.value)) == 1;
  }

  Settings settings_;
};

using Strings = std::vector<std::string>;

}  // namespace rosterd::store
