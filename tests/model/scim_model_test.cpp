// Random operations on a real store beside a model of the contract: every status, every scimType, every resource and
// every list must be the same. ROSTERD_MODEL_STEPS: how many in all (tests/model/run: a million).
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>

#include "tests/model/filters.h"
#include "tests/model/service_under_test.h"

namespace rosterd::model {
namespace {

constexpr std::size_t kStepsOfOneStore = 4'000;  // records of those who left pile up, and the model walks over them
constexpr int kSources = 3;

std::size_t wanted_steps() {
  const char* text = std::getenv("ROSTERD_MODEL_STEPS");
  return text == nullptr ? kStepsOfOneStore : std::strtoul(text, nullptr, 10);
}

using Outcomes = std::map<std::string, std::size_t>;

// Texts without regard to case, none last.
std::string sort_key(const Json& resource, const std::string& attribute) {
  const Json* held = resource.find(attribute);
  if (held == nullptr) return "\xff";
  std::string key(held->string_or(""));
  if (attribute == "externalId") return key;
  std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
  return key;
}

class Walk {
 public:
  Walk(std::uint64_t seed, Outcomes& outcomes) : outcomes_(outcomes), random_(seed), service_(kSources) {}

  // False after a difference, which is then reported.
  bool step() {
    source_ = static_cast<int>(random_.below(kSources));
    ids_ = known_ids();
    const std::size_t kind = random_.below(100);
    if (kind < 18) return create_person();
    if (kind < 24) return replace_person();
    if (kind < 50) return patch_person();
    if (kind < 55) return remove_person();
    if (kind < 58) return admin();
    if (kind < 63) return create_team();
    if (kind < 66) return replace_team();
    if (kind < 84) return patch_team();
    if (kind < 86) return remove_team();
    return list();
  }

  // Everything that every connection sees.
  bool all_the_same() {
    for (source_ = 0; source_ < kSources; ++source_) {
      for (const Person* one : model_.people(source_))
        if (!same_person(*one)) return false;
      for (const Team* one : model_.teams(source_))
        if (!same_team(*one)) return false;
    }
    return true;
  }

 private:
  std::vector<std::string> known_ids() {
    std::vector<std::string> ids = {"nobody"};
    for (const Person* one : model_.people(source_)) ids.push_back(one->id);
    for (const Team* one : model_.teams(source_)) ids.push_back(one->id);
    return ids;
  }
  std::string person_id() {
    const auto all = model_.people(source_);
    return all.empty() || random_.chance(2) ? strangers_id() : all[random_.below(all.size())]->id;
  }
  std::string team_id() {
    const auto all = model_.teams(source_);
    return all.empty() || random_.chance(2) ? "nothing" : all[random_.below(all.size())]->id;
  }
  // Another connection's: not there for this one.
  std::string strangers_id() {
    const auto all = model_.people((source_ + 1) % kSources);
    return all.empty() ? "nobody" : all[random_.below(all.size())]->id;
  }

  bool create_person() {
    const PersonBody body = random_person(random_);
    const Expected expected =
        body.wrong ? Expected{.status = 400, .scim_type = "invalidValue"} : model_.create_person(source_, body.meant);
    return made(expected, service_.send(source_, "POST", "/Users", body.text));
  }
  bool replace_person() {
    const std::string id = person_id();
    if (!same_before(id)) return false;
    const PersonBody body = random_person(random_);
    const Expected expected = body.wrong ? Expected{.status = 400, .scim_type = "invalidValue"}
                                         : model_.replace_person(source_, id, body.meant);
    return changed(expected, id, "/Users/", service_.send(source_, "PUT", "/Users/" + id, body.text));
  }
  bool patch_person() {
    const std::string id = person_id();
    if (!same_before(id)) return false;
    const auto steps = random_steps(random_, id);
    const Expected expected = model_.patch_person(source_, id, steps);
    return changed(expected, id, "/Users/", service_.send(source_, "PATCH", "/Users/" + id, patch_text(steps)));
  }
  bool remove_person() {
    const std::string id = person_id();
    const Expected expected = model_.remove_person(source_, id);
    return answered(expected, service_.send(source_, "DELETE", "/Users/" + id, ""));
  }
  bool admin() {
    const std::string id = person_id();
    const bool blocks = random_.chance(60);
    if (model_.person(source_, id) == nullptr) return true;
    model_.admin(id, blocks);
    service_.admin(id, blocks);
    return same_person(*model_.person(source_, id));
  }
  bool create_team() {
    const TeamBody body = random_team(random_, ids_);
    const Expected expected = model_.create_team(source_, body);
    return made(expected, service_.send(source_, "POST", "/Groups", team_text(body)));
  }
  bool replace_team() {
    const std::string id = team_id();
    if (!same_before(id)) return false;
    const TeamBody body = random_team(random_, ids_);
    const Expected expected = model_.replace_team(source_, id, body);
    return changed(expected, id, "/Groups/", service_.send(source_, "PUT", "/Groups/" + id, team_text(body)));
  }
  bool patch_team() {
    const std::string id = team_id();
    if (!same_before(id)) return false;
    const auto steps = random_team_steps(random_, ids_);
    const Expected expected = model_.patch_team(source_, id, steps);
    return changed(expected, id, "/Groups/", service_.send(source_, "PATCH", "/Groups/" + id, patch_text(steps)));
  }
  bool remove_team() {
    const std::string id = team_id();
    const Expected expected = model_.remove_team(source_, id);
    return answered(expected, service_.send(source_, "DELETE", "/Groups/" + id, ""));
  }

  bool answered(const Expected& expected, const Answer& answer) {
    ++outcomes_[service_.last_kind() + " " + std::to_string(expected.status) + " " + expected.scim_type];
    EXPECT_EQ(answer.status, expected.status) << service_.last();
    EXPECT_EQ(answer.scim_type(), expected.scim_type) << service_.last();
    return !::testing::Test::HasFailure();
  }
  bool made(const Expected& expected, const Answer& answer) {
    if (!answered(expected, answer)) return false;
    if (expected.status != 201) return true;
    const std::string id = answer.id();
    if (expected.person == nullptr && expected.team == nullptr) model_.name_newest(id);
    return same(id);
  }
  // A request that changed nothing leaves version and lastModified; one that did moves the version.
  bool changed(const Expected& expected, const std::string& id, const std::string& under, const Answer& answer) {
    const Seen before = seen_[id];
    if (!answered(expected, answer) || expected.status >= 300) return !::testing::Test::HasFailure();
    if (!same(id)) return false;
    const Seen& after = seen_[id];
    if (before.known) {
      EXPECT_EQ(before.shown == after.shown, before.meta == after.meta) << under << service_.last();
    }
    return !::testing::Test::HasFailure();
  }

  // What groups or an admin have changed since is seen before the request is judged.
  bool same_before(const std::string& id) {
    const bool visible = model_.person(source_, id) != nullptr || model_.team(source_, id) != nullptr;
    return !visible || same(id);
  }
  bool same(const std::string& id) {
    if (const Person* person = model_.person(source_, id)) return same_person(*person);
    if (const Team* team = model_.team(source_, id)) return same_team(*team);
    ADD_FAILURE() << "the model knows no " << id << service_.last();
    return false;
  }
  bool same_person(const Person& person) {
    return same_resource("/Users/" + person.id, model_.show(person), person.id);
  }
  bool same_team(const Team& team) { return same_resource("/Groups/" + team.id, model_.show(team), team.id); }

  // An unchanged version means an unchanged resource, whoever changed what meanwhile.
  bool same_resource(const std::string& path, const Json& expected, const std::string& id) {
    const std::string last = service_.last();
    const Answer answer = service_.send(source_, "GET", path, "");
    EXPECT_EQ(answer.status, 200) << path << last;
    EXPECT_EQ(answer.shown(), canonical(expected)) << path << last;
    Seen& seen = seen_[id];
    Json versioned = answer.versioned();
    if (seen.known && seen.meta == answer.meta()) {
      EXPECT_EQ(seen.shown, versioned) << path << last;
    }
    seen = {true, answer.meta(), std::move(versioned)};
    return !::testing::Test::HasFailure();
  }

  bool list() {
    const std::size_t kind = random_.below(10);
    return kind < 6 ? list_people() : kind < 8 ? list_teams() : list_sorted();
  }
  bool list_people() {
    const Filter filter = random_user_filter(random_);
    std::vector<std::string> ids;
    for (const Person* one : model_.people(source_))
      if (holds(filter, model_.show(*one))) ids.push_back(one->id);
    return same_list("/Users", to_text(filter), ids);
  }
  bool list_teams() {
    const Filter filter = random_group_filter(random_, ids_);
    std::vector<std::string> ids;
    for (const Team* one : model_.teams(source_))
      if (holds(filter, model_.show(*one))) ids.push_back(one->id);
    return same_list("/Groups", to_text(filter), ids);
  }
  // By index and by cursor, in pages of random size: the same resources in the same stable order.
  bool same_list(const std::string& path, const std::string& filter, const std::vector<std::string>& ids) {
    const std::size_t count = 1 + random_.below(7);
    EXPECT_EQ(service_.walk_by_index(source_, path, filter, count, ids.size()), ids) << path << " " << filter;
    EXPECT_EQ(service_.walk_by_cursor(source_, path, filter, count), ids) << path << " " << filter;
    EXPECT_EQ(service_.evaluated(source_, path, filter), ids) << path << " " << filter;
    return !::testing::Test::HasFailure();
  }

  // Without regard to case; whoever has no value comes last, in descending order first; then the stable order.
  bool list_sorted() {
    static const std::vector<std::string> kBy = {"userName", "displayName", "title", "externalId"};
    const std::string& by = random_.pick(kBy);
    const bool descending = random_.chance(50);
    std::vector<std::pair<std::string, std::string>> order;
    for (const Person* one : model_.people(source_)) order.emplace_back(sort_key(model_.show(*one), by), one->id);
    std::stable_sort(order.begin(), order.end(), [&](const auto& one, const auto& other) {
      return descending ? one.first > other.first : one.first < other.first;
    });
    std::vector<std::string> ids;
    for (const auto& [key, id] : order) ids.push_back(id);
    const std::string sorting = "&sortBy=" + by + "&sortOrder=" + (descending ? "descending" : "ascending");
    const std::size_t count = 1 + random_.below(7);
    EXPECT_EQ(service_.walk_by_index(source_, "/Users", "id pr", count, ids.size(), sorting), ids) << sorting;
    EXPECT_EQ(service_.walk_by_cursor(source_, "/Users", "id pr", count, sorting), ids) << sorting;
    return !::testing::Test::HasFailure();
  }

  struct Seen {
    bool known = false;
    std::string meta;
    Json shown;  // what the version is about
  };

  Outcomes& outcomes_;
  Random random_;
  ServiceUnderTest service_;
  Model model_;
  int source_ = 0;
  std::vector<std::string> ids_;
  std::map<std::string, Seen> seen_;
};

TEST(ScimModel, RandomOperationsComeOutAsTheModelSays) {
  const std::size_t steps = wanted_steps();
  std::size_t done = 0;
  Outcomes outcomes;
  for (std::uint64_t seed = 1; done < steps; ++seed) {
    Walk walk(seed, outcomes);
    for (std::size_t i = 0; i < kStepsOfOneStore && done < steps; ++i, ++done)
      ASSERT_TRUE(walk.step()) << "seed " << seed << ", step " << i;
    ASSERT_TRUE(walk.all_the_same()) << "seed " << seed << ", at the end";
  }
  // What is never met is not compared.
  for (const char* outcome : {"POST /Users 201 ",
                              "POST /Users 409 uniqueness",
                              "POST /Users 400 invalidValue",
                              "PUT /Users 200 ",
                              "PUT /Users 404 ",
                              "PUT /Users 409 uniqueness",
                              "PATCH /Users 200 ",
                              "PATCH /Users 404 ",
                              "PATCH /Users 409 uniqueness",
                              "PATCH /Users 400 invalidPath",
                              "PATCH /Users 400 mutability",
                              "PATCH /Users 400 invalidValue",
                              "DELETE /Users 204 ",
                              "DELETE /Users 404 ",
                              "POST /Groups 201 ",
                              "POST /Groups 409 uniqueness",
                              "POST /Groups 400 invalidValue",
                              "PUT /Groups 200 ",
                              "PUT /Groups 409 uniqueness",
                              "PATCH /Groups 204 ",
                              "PATCH /Groups 400 invalidValue",
                              "DELETE /Groups 204 "})
    EXPECT_GT(outcomes[outcome], 0U) << outcome;
  for (const auto& [outcome, count] : outcomes) std::cout << count << "  " << outcome << "\n";
}

}  // namespace
}  // namespace rosterd::model
