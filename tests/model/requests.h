// Random requests in canonical form, with what they mean for the model.
#pragma once

#include <string>
#include <vector>

#include "tests/model/random.h"
#include "tests/model/scim_model.h"

namespace rosterd::model {

// What a POST or PUT of a person says, and its text, which may hold more that counts for nothing.
struct PersonBody {
  Object meant;
  std::string text;
  bool wrong = false;  // two primary addresses: 400 invalidValue
};

PersonBody random_person(Random& random);
std::vector<Step> random_steps(Random& random, const std::string& id);
std::string patch_text(const std::vector<Step>& steps);

// `ids`: of people and groups, some of them nobody's.
TeamBody random_team(Random& random, const std::vector<std::string>& ids);
std::string team_text(const TeamBody& body);
std::vector<TeamStep> random_team_steps(Random& random, const std::vector<std::string>& ids);
std::string patch_text(const std::vector<TeamStep>& steps);

}  // namespace rosterd::model
