#include "store/claims.h"

#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

#define ROSTERD_CLAIM_COLUMNS \
  "SELECT user_key, source_id, source_key, profile, digest, origin, expires_at, ended_at FROM claims "

Claim read(const Statement& row) {
  Claim claim;
  claim.user = UserId{row.integer(0)};
  claim.source = SourceId{row.integer(1)};
  claim.key = row.maybe_text(2);
  claim.profile = row.text(3);
  claim.digest = row.text(4);
  claim.origin = row.text(5);
  if (!row.is_null(6)) claim.expires = from_millis(row.integer(6));
  claim.ended = !row.is_null(7);
  return claim;
}

std::optional<Claim> one(Statement& row) {
  if (!row.step()) return std::nullopt;
  return read(row);
}

}  // namespace

std::optional<Claim> find_claim(const View& view, SourceId source, UserId user) {
  Statement row = view.db().prepare(ROSTERD_CLAIM_COLUMNS "WHERE user_key = ? AND source_id = ?");
  return one(row.bind(user, source));
}

std::optional<Claim> find_claim(const View& view, SourceId source, std::string_view key) {
  Statement row = view.db().prepare(ROSTERD_CLAIM_COLUMNS "WHERE source_id = ? AND source_key = ?");
  return one(row.bind(source, key));
}

std::optional<UserId> find_claimant(const View& view, SourceId source, std::string_view key) {
  Statement row = view.db().prepare("SELECT user_key FROM claims WHERE source_id = ? AND source_key = ?");
  if (!row.bind(source, key).step()) return std::nullopt;
  return UserId{row.integer(0)};
}

std::vector<Claim> claims_of(const View& view, UserId user) {
  std::vector<Claim> all;
  Statement row = view.db().prepare(ROSTERD_CLAIM_COLUMNS "WHERE user_key = ? ORDER BY created_at, source_id");
  row.bind(user);
  while (row.step()) all.push_back(read(row));
  return all;
}

void touch_claim(Unit& unit, SourceId source, UserId user, std::string_view digest, std::string_view origin) {
  unit.db()
      .prepare("UPDATE claims SET digest = ?, origin = ?, modified_at = ? WHERE user_key = ? AND source_id = ?")
      .bind(digest, origin, unit.now(), user, source)
      .run();
}

}  // namespace rosterd::store
