// What the service must answer and hold, said as simply as possible: everything in memory, found by walking over it.
// The contract is RFC 7644 with the choices of scim/README.md and store/README.md; nothing of either is used here.
// Several connections with link mode "never", and an administrator who blocks and lifts.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/model/patch_model.h"

namespace rosterd::model {

struct Person {
  std::string id;
  int source = 0;
  std::optional<std::string> key;
  Object profile;  // as claimed: userName and the rest, without what stands beside it here
  std::set<std::string> own_blocks;
  bool blocked_by_admin = false;
  bool hidden = false;
  std::size_t ended = 0;  // when; the latest counts
  bool active() const { return own_blocks.empty() && !blocked_by_admin; }
};

struct Team {
  std::string id;
  int source = 0;
  std::optional<std::string> key;
  std::string name;
  std::set<std::string> members;  // ids
  bool hidden = false;
};

// A status, and either what is wrong (scimType, may be "") or the resource meant. No resource with 201: a new one.
struct Expected {
  int status = 200;
  std::string scim_type = {};
  Person* person = nullptr;
  Team* team = nullptr;
};

// What a body says about a group.
struct TeamBody {
  std::string name;
  std::optional<std::string> key;
  std::optional<std::vector<std::string>> members;
};

// One operation of a group PATCH.
struct TeamStep {
  Step::Kind kind = Step::Kind::add;
  std::vector<std::string> members = {};
  bool about_members = true;
  bool select = false;                   // members[value eq "…"]
  std::optional<std::string> name = {};  // otherwise: replace displayName
  bool with_path = true;
};
Json to_json(const TeamStep& step);

class Model {
 public:
  // `body` as the client sends it, canonical: right types, no empty values, userName first.
  Expected create_person(int source, const Object& body);
  Expected replace_person(int source, const std::string& id, const Object& body);
  Expected patch_person(int source, const std::string& id, const std::vector<Step>& steps);
  Expected remove_person(int source, const std::string& id);
  void admin(const std::string& id, bool blocks);

  Expected create_team(int source, const TeamBody& body);
  Expected replace_team(int source, const std::string& id, const TeamBody& body);
  Expected patch_team(int source, const std::string& id, const std::vector<TeamStep>& steps);
  Expected remove_team(int source, const std::string& id);

  // Tells the id of what was just made.
  void name_newest(const std::string& id);

  Person* person(int source, const std::string& id);  // null: this connection does not see one
  Team* team(int source, const std::string& id);
  std::vector<const Person*> people(int source) const;  // as a list shows them
  std::vector<const Team*> teams(int source) const;

  // As a GET shows it, without meta and `since`; blocks in order of source and reason.
  Json show(const Person& person) const;
  Json show(const Team& team) const;

 private:
  bool collides(const Person& with, const Object& profile) const;
  Person* holder(int source, const std::string& key);
  Expected take(Person& person, const Object& body, bool is_new);
  Expected put(Person& person, Object document);
  std::optional<std::set<std::string>> resolve(int source, const std::vector<std::string>& ids);
  std::set<std::string> above(const std::string& id, bool direct) const;

  std::deque<Person> people_;
  std::deque<Team> teams_;
  std::size_t now_ = 0;
  bool newest_is_team_ = false;
};

}  // namespace rosterd::model
