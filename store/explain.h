// Why somebody has what he has: every role, project, permission and block with its source, rule, group and path.
#pragma once

#include <string>
#include <vector>

#include "store/access.h"
#include "store/blocks.h"
#include "store/claims.h"
#include "store/invitations.h"
#include "store/outbox.h"
#include "store/remembered.h"

namespace rosterd::store {

struct ExplainedGrant {
  Grant grant;
  std::string source;  // name
  // Display names from the person's own group up to the one the rule names, by the shortest way; empty for a local
  // grant.
  std::vector<std::string> path;
};

// A privileged role that a rule would give, and its source may not (AccessRules::may_give_privileged).
struct WithheldRole {
  std::string role;
  std::string rule;
  std::string source;
  std::vector<std::string> path;  // as above
};

struct Explanation {
  User user;
  std::vector<std::string> roles;
  std::vector<std::string> projects;
  std::vector<std::string> permissions;
  std::vector<ExplainedGrant> grants;
  std::vector<WithheldRole> withheld;
  std::vector<std::pair<std::string, Block>> blocks;  // source name, block
  std::vector<std::pair<std::string, Claim>> claims;  // source name, claim
  std::vector<RememberedMember> remembered;           // groups that wait for this person
  std::vector<Invitation> invitations;
  std::vector<Mail> mails;  // the newest 20, newest first
};

// Throws StoreError for a person that does not exist.
Explanation explain(const View&, UserId, const AccessRules&);

}  // namespace rosterd::store
