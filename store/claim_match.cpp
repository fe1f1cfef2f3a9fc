#include "store/claim_match.h"

#include "store/access.h"
#include "store/fold.h"
#include "store/sources.h"
#include "store/user_row.h"

namespace rosterd::store {
namespace {

Refused taken(std::string_view field, const std::string& text) {
  return {Refusal::uniqueness, std::string(field) + " \"" + text + "\" belongs to somebody else", std::string(field)};
}

LinkMode link_mode(const Unit& unit, SourceId source) {
  const auto known = find_source(unit, source);
  if (!known) return LinkMode::never;
  const auto mode = unit.settings().link.find(known->name);
  return mode == unit.settings().link.end() ? LinkMode::never : mode->second;
}

std::optional<User> visible_user(const View& view, const char* where, const std::string& folded) {
  if (folded.empty()) return std::nullopt;
  Statement row = view.db().prepare(std::string(ROSTERD_USER_COLUMNS "FROM users u WHERE u.hidden = 0 AND ") + where);
  if (!row.bind(folded).step()) return std::nullopt;
  return read_user(row);
}

// The latest hidden person of that source with this userName.
std::optional<User> hidden_user(const View& view, SourceId source, const std::string& folded) {
  Statement row = view.db().prepare(ROSTERD_USER_COLUMNS
                                    "FROM users u JOIN claims c ON c.user_key = u.key AND c.source_id = ? "
                                    "WHERE u.user_name_folded = ? AND u.hidden = 1 "
                                    "ORDER BY c.ended_at DESC, u.key DESC LIMIT 1");
  if (!row.bind(source, folded).step()) return std::nullopt;
  return read_user(row);
}

bool no_different_key(const Claim& claim, const ClaimFacts& facts) {
  return !claim.key || !facts.key || *claim.key == *facts.key;
}

bool blocked_by(const View& view, UserId user, SourceId source) {
  return view.db().prepare("SELECT 1 FROM blocks WHERE user_key = ? AND source_id = ?").bind(user, source).step();
}

Outcome<Match> named(const Unit& unit, SourceId source, const ClaimFacts& facts, UserId who) {
  auto user = find_user(unit, who);
  auto claim = find_claim(unit, source, who);
  if (!user || (!claim && source != kLocal)) return Refused{Refusal::not_found, "no such person of this source"};
  if (facts.key)
    if (const auto holder = find_claim(unit, source, *facts.key); holder && !holder->ended && holder->user != who)
      return taken("externalId", *facts.key);
  return Match{Match::Type::known, std::move(user), std::move(claim)};
}

Outcome<Match> linked(const Unit& unit, User user) {
  if (is_privileged(unit, user.key))
    return Refused{Refusal::privileged, "\"" + user.user_name + "\" holds a privileged role and is never linked",
                   "userName"};
  return Match{Match::Type::linked, std::move(user), std::nullopt};
}

// Somebody who is not hidden has the userName already.
Outcome<Match> same_name(const Unit& unit, SourceId source, const ClaimFacts& facts, User user) {
  auto claim = find_claim(unit, source, user.key);
  if (claim) {
    const bool returns = source != kLocal && no_different_key(*claim, facts) &&
                         (claim->ended || (facts.over_inactive && blocked_by(unit, user.key, source)));
    if (!returns) return taken("userName", user.user_name);
    return Match{Match::Type::came_back, std::move(user), std::move(claim)};
  }
  if (link_mode(unit, source) != LinkMode::user_name) return taken("userName", user.user_name);
  return linked(unit, std::move(user));
}

}  // namespace

Outcome<Match> match_claim(Unit& unit, SourceId source, const ClaimFacts& facts, const Essentials& names, UserId who) {
  if (who) return named(unit, source, facts, who);
  if (facts.key)
    if (auto claim = find_claim(unit, source, *facts.key)) {
      if (facts.as_new && !claim->ended && !(facts.over_inactive && blocked_by(unit, claim->user, source)))
        return Refused{Refusal::uniqueness, "externalId belongs to a user that exists", "externalId"};
      return Match{Match::Type::known, find_user(unit, claim->user), std::move(claim)};
    }

  const std::string user_name = fold(names.user_name);
  if (auto user = visible_user(unit, "u.user_name_folded = ?", user_name))
    return same_name(unit, source, facts, std::move(*user));
  if (link_mode(unit, source) == LinkMode::email)
    if (auto user = visible_user(unit, "u.email_folded = ? AND u.email_folded <> ''", fold(names.email));
        user && !find_claim(unit, source, user->key))
      return linked(unit, std::move(*user));
  if (auto user = hidden_user(unit, source, user_name)) {
    auto claim = find_claim(unit, source, user->key);
    if (claim && no_different_key(*claim, facts))
      return Match{Match::Type::came_back, std::move(user), std::move(claim)};
  }
  return Match{};
}

}  // namespace rosterd::store
