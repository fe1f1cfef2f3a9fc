// From what several sources say to one effective profile. Pure: no I/O, no state. Profiles are SCIM-shaped JSON objects
// (RFC 7643); extension objects count as one attribute, named by their URN.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/settings.h"

namespace rosterd::store {

struct SourceProfile {
  std::string source;   // name
  std::string profile;  // as claimed
};

// What the store keeps in columns, read out of a profile.
struct Essentials {
  std::string user_name;
  std::string email;         // sign-in address: the primary one, else the work one, else the first
  std::string display_name;  // else name.formatted, else given and family name, else userName
  std::vector<std::string> emails;
  std::string company;  // of the client extension
};

inline constexpr std::string_view kClientExtension = "urn:rosterd:params:scim:schemas:extension:client:2.0:User";

// Top-level attribute → source names, first wins. Attribute names compare without case.
using Authority = std::map<std::string, std::vector<std::string>>;

// A claim's profile as it is stored, and what a person has whose only claim it is: all from one reading.
struct CleanProfile {
  std::string text;
  Essentials names;                     // essentials_of(text)
  std::string alone;                    // merge_profiles of it alone
  std::vector<std::string> attributes;  // changed_attributes("{}", alone)
};

// Without what is the store's own or a secret (id, meta, groups, password, active, schemas). userName is trimmed;
// control characters are stripped from displayName and name. Nothing when the text is no JSON object, too deep, too
// large, or has no userName or one with control characters; `why` then holds a sentence.
std::optional<CleanProfile> clean_profile(std::string_view profile, std::string* why);

// `claims` in order of age. An attribute comes from the first source of its authority that has it; without authority
// (or when none of those has it) from "local", then from the oldest claim. `roles` is left out: access comes from
// grants. Attributes are in alphabetical order.
std::string merge_profiles(const std::vector<SourceProfile>& claims, const Authority& authority);

// The attributes of `claim` over those of `profile`.
std::string overlay(std::string_view profile, std::string_view claim);

Essentials essentials_of(std::string_view profile);
bool same_profile(std::string_view one, std::string_view other);  // as JSON values
// The values of one attribute as an index holds them: texts folded unless caseExact, empty ones left out.
std::vector<std::string> values_at(std::string_view profile, const IndexedAttribute& attribute);
std::vector<std::string> changed_attributes(std::string_view before, std::string_view after);

}  // namespace rosterd::store
