// Whom a claim is about: by the source's own key, as a return, by an explicit link mode, or somebody new. Reads only.
// Inside store/ only.
#pragma once

#include "store/claims.h"

namespace rosterd::store {

struct Match {
  enum class Type {
    known,      // has a claim of that source, also an ended one: found by key or named by the caller
    came_back,  // by userName alone; what an admin gave and the old password wait for an admin's word
    linked,     // joins a person of another source by the link mode
    somebody_new
  };
  Type type = Type::somebody_new;
  std::optional<User> user = {};
  std::optional<Claim> claim = {};  // of that source, when there is one
};

// `names` are those of the clean profile (merge.h). Refuses: not_found (`who`), uniqueness, privileged (link).
Outcome<Match> match_claim(Unit&, SourceId, const ClaimFacts&, const Essentials& names, UserId who);

}  // namespace rosterd::store
