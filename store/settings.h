// What configuration tells the store's rules. Immutable; exchanged as a whole by Store::configure.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "store/access_rules.h"

namespace rosterd::store {

// How a source may join a person that another source or an admin brought (design: explicit, never for privileged
// people).
enum class LinkMode { never, user_name, email };

// Removals of a source that come one by one: within `window` at most max(count, percent of what it holds), counted
// apart for people, groups and memberships; more are held (brake.h). 100 percent: any number.
struct RemovalLimits {
  std::size_t count = 10;
  int percent = 5;
  std::chrono::milliseconds window = std::chrono::hours{1};
};

// A source whose `roles` and `entitlements` are grants (assignments.h).
struct Assigning {
  bool privileged = false;  // privileged roles, too
};

// An attribute of people's profiles with a look-up table (attribute_index.h).
struct IndexedAttribute {
  std::string schema = {};  // URN of an extension; "" for core attributes
  std::string name;
  std::string sub = {};  // sub-attribute
  bool case_exact = false;
  bool unique = false;  // among people who are not hidden, whatever source says the value

  // "urn:…:name.sub"
  std::string address() const { return (schema.empty() ? name : schema + ":" + name) + (sub.empty() ? "" : "." + sub); }
};

struct Settings {
  AccessRules access;
  std::map<std::string, Assigning, std::less<>> assigning;    // by source name; absent: what it assigns gives nothing
  std::map<std::string, LinkMode> link;                       // by source name; absent means never
  std::map<std::string, RemovalLimits> brakes;                // by source name; absent: none
  std::map<std::string, std::vector<std::string>> authority;  // top-level attribute → source names, first wins
  std::vector<IndexedAttribute> indexed;
  std::chrono::milliseconds invitation_lifetime = std::chrono::hours{24 * 7};
  std::chrono::milliseconds session_lifetime = std::chrono::hours{12};
  std::size_t members_at_once =
      200;  // people whose access is brought up to date within the unit; more go to the work queue
  std::vector<std::string> notify;  // whom a hold is told; empty: the active local admins
  std::chrono::milliseconds notify_after = std::chrono::minutes{1};  // so that one mail tells of what comes together
};

}  // namespace rosterd::store
