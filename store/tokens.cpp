#include "store/tokens.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "store/audit.h"
#include "store/secrets.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kTokenPrefix = "rst_";  // lets secret scanners find one that leaked
constexpr std::size_t kNameLimit = 100;
constexpr std::chrono::hours kUseGranularity{1};

constexpr std::string_view kSelectTokens =
    "SELECT t.id, t.name, t.source_id, s.name, t.created_at, t.expires_at, t.revoked_at, t.last_used_at "
    "FROM tokens t JOIN sources s ON s.id = t.source_id ";

Statement select_tokens(const View& view, std::string_view which) {
  return view.db().prepare(std::string(kSelectTokens).append(which));
}

std::optional<Instant> maybe_instant(const Statement& row, int column) {
  const auto millis = row.maybe_integer(column);
  return millis ? std::optional(from_millis(*millis)) : std::nullopt;
}

Token read_token(const Statement& row) {
  return {{row.integer(0)},      row.text(1),           {row.integer(2)},     row.text(3), from_millis(row.integer(4)),
          maybe_instant(row, 5), maybe_instant(row, 6), maybe_instant(row, 7)};
}

std::optional<Token> find_token(const View& view, std::string_view which, std::string_view value) {
  auto select = select_tokens(view, which);
  select.bind(value);
  if (!select.step()) return std::nullopt;
  return read_token(select);
}

std::optional<Token> find_by_name_or_id(const View& view, std::string_view text) {
  if (auto token = find_token(view, "WHERE t.name = ?", text)) return token;
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  auto select = select_tokens(view, "WHERE t.id = ?");
  select.bind(id);
  if (!select.step()) return std::nullopt;
  return read_token(select);
}

bool is_printable(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::string user_id_of(const View& view, UserId user) {
  auto select = view.db().prepare("SELECT id FROM users WHERE key = ?");
  select.bind(user);
  return select.step() ? select.text(0) : std::string();
}

}  // namespace

Outcome<NewToken> create_token(Unit& unit, std::string_view name, SourceId source, std::optional<Instant> expires) {
  if (name.empty() || name.size() > kNameLimit || !is_printable(name))
    return Refused{Refusal::invalid, "A token needs a name of 1 to 100 printable characters.", "name"};
  if (expires && *expires <= unit.now())
    return Refused{Refusal::invalid, "The token would have expired already.", "expires"};
  if (find_token(unit, "WHERE t.name = ?", name))
    return Refused{Refusal::uniqueness, "A token named \"" + std::string(name) + "\" exists or has existed.", "name"};

  NewToken token{{}, std::string(kTokenPrefix) + random_secret()};
  unit.db()
      .prepare("INSERT INTO tokens (name, source_id, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)")
      .bind(name, source, hash_secret(token.secret), unit.now(), expires)
      .run();
  token.id = {unit.db().last_id()};
  audit(unit, "token.create", name);
  return token;
}

Outcome<> revoke_token(Unit& unit, std::string_view name_or_id) {
  const auto token = find_by_name_or_id(unit, name_or_id);
  if (!token) return Refused{Refusal::not_found, "There is no token \"" + std::string(name_or_id) + "\"."};
  if (token->revoked) return Done{};
  unit.db().prepare("UPDATE tokens SET revoked_at = ? WHERE id = ?").bind(unit.now(), token->id).run();
  audit(unit, "token.revoke", token->name);
  return Done{};
}

std::vector<Token> list_tokens(const View& view) {
  std::vector<Token> tokens;
  auto select = select_tokens(view, "ORDER BY t.id");
  while (select.step()) tokens.push_back(read_token(select));
  return tokens;
}

std::optional<Token> check_token(const View& view, std::string_view secret) {
  if (secret.size() != kTokenPrefix.size() + kSecretLength || !secret.starts_with(kTokenPrefix)) return std::nullopt;
  auto token = find_token(view, "WHERE t.hash = ?", hash_secret(secret));
  if (!token || token->revoked || (token->expires && *token->expires <= view.now())) return std::nullopt;
  return token;
}

void note_token_use(Unit& unit, TokenId token) {
  unit.db()
      .prepare("UPDATE tokens SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ?)")
      .bind(unit.now(), token, unit.now() - kUseGranularity)
      .run();
}

bool is_use_noted(const Token& token, Instant now) {
  return token.last_used && *token.last_used > now - kUseGranularity;
}

std::string create_session(Unit& unit, UserId user) {
  const std::string secret = random_secret();
  auto insert = unit.db().prepare(
      "INSERT INTO sessions (user_key, hash, created_at, expires_at) "
      "SELECT key, ?, ?, ? FROM users WHERE key = ? AND active = 1 AND hidden = 0 RETURNING id");
  insert.bind(hash_secret(secret), unit.now(), unit.now() + unit.settings().session_lifetime, user);
  if (!insert.step()) return {};
  insert.run();
  audit(unit, "session.create", user_id_of(unit, user));
  return secret;
}

std::optional<Session> check_session(const View& view, std::string_view secret) {
  if (secret.size() != kSecretLength) return std::nullopt;
  auto select = view.db().prepare(
      "SELECT s.id, s.user_key, s.expires_at FROM sessions s JOIN users u ON u.key = s.user_key "
      "WHERE s.hash = ? AND s.expires_at > ? AND u.active = 1 AND u.hidden = 0");
  select.bind(hash_secret(secret), view.now());
  if (!select.step()) return std::nullopt;
  return Session{{select.integer(0)}, {select.integer(1)}, from_millis(select.integer(2))};
}

void end_session(Unit& unit, std::string_view secret) {
  auto remove = unit.db().prepare("DELETE FROM sessions WHERE hash = ? RETURNING user_key");
  remove.bind(hash_secret(secret));
  if (!remove.step()) return;
  const UserId user{remove.integer(0)};
  remove.run();
  audit(unit, "session.end", user_id_of(unit, user));
}

std::size_t end_sessions(Unit& unit, UserId user) {
  unit.db().prepare("DELETE FROM sessions WHERE user_key = ?").bind(user).run();
  const auto count = unit.db().changes();
  if (count > 0) audit(unit, "session.end", user_id_of(unit, user), std::to_string(count) + " ended");
  return static_cast<std::size_t>(count);
}

std::size_t forget_sessions(Unit& unit, std::size_t limit) {
  unit.db()
      .prepare(
          "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT "
          "?)")
      .bind(unit.now(), static_cast<std::int64_t>(limit))
      .run();
  return static_cast<std::size_t>(unit.db().changes());
}

}  // namespace rosterd::store
