// Access rules as pure data: (group) → role, projects, permissions. No I/O, no state; thread-safe once built.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rosterd::store {

enum class Kind { staff, client };

// One [[access]] table. `group` is a DN (already normalised by the directory's rules) and then meets a group's DN only,
// or a displayName and then meets a displayName only: see is_dn. Either may be a pattern with one or several `*`, which
// in a DN stay within one of its parts; {1}, {2} … in role, projects and company stand for what the stars caught. Names
// compare folded.
struct AccessRule {
  std::string name;  // shown by explain; the configuration's own name, or the group as written
  std::string group;
  std::string source = {};  // only groups of this source; empty means any
  std::string role = {};
  std::vector<std::string> projects = {};
  Kind kind = Kind::staff;
  std::string company = {};  // clients only
  std::vector<std::string> permissions = {};
};

struct GroupName {
  std::string_view source;
  std::string_view display_name;
  std::string_view dn;  // normalised; empty for a group that is in no directory
};

// One rule that matched one group, with its placeholders filled in.
struct Access {
  std::string rule;
  std::string role;
  std::vector<std::string> projects;
  Kind kind = Kind::staff;
  std::string company;
  std::vector<std::string> permissions;
};

// Whether a rule's group is a DN: two or more parts, separated by commas that no backslash escapes, each one
// `type=value` or `*` alone, and not all of them `*`. A rule for a displayName of that form has a `*` for each `=`.
bool is_dn(std::string_view group);

// Who may hand out privileged roles. A SCIM connection is somebody else's hand: its groups and assignments give none
// unless its source is named here.
struct Privileges {
  std::vector<std::string> givers = {};  // sources
  std::vector<std::string> roles = {};   // names of the privileged roles; a change computes everybody's access again
};

class AccessRules {
 public:
  AccessRules() = default;
  explicit AccessRules(std::vector<AccessRule> rules, Privileges privileges = {});
  bool may_give_privileged(std::string_view source) const;
  // Every rule that matches, in configuration order.
  std::vector<Access> match(const GroupName& group) const;
  const std::vector<AccessRule>& rules() const { return rules_; }
  // Changes whenever a rule changes: the store compares it to notice that everybody's access must be computed again.
  const std::string& digest() const { return digest_; }

 private:
  struct Names {
    std::unordered_multimap<std::string, std::size_t> exact;    // folded → rule
    std::vector<std::pair<std::string, std::size_t>> patterns;  // folded pattern, rule
  };

  std::vector<AccessRule> rules_;
  Privileges privileges_;
  Names display_names_;
  Names dns_;
  std::string digest_;
};

}  // namespace rosterd::store
