// Bearer tokens of SCIM connections and sessions of people: 256 random bits, only their hash is stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/users.h"

namespace rosterd::store {

struct Token {
  TokenId id;
  std::string name;
  SourceId source;
  std::string source_name;
  Instant created;
  std::optional<Instant> expires;
  std::optional<Instant> revoked;
  std::optional<Instant> last_used;
};

struct NewToken {
  TokenId id;
  std::string secret;  // "rst_" + 43 characters; shown once, never stored
};

// Several tokens of one source live at once, for rotation without a gap. Refuses: uniqueness (name), invalid.
Outcome<NewToken> create_token(Unit&, std::string_view name, SourceId, std::optional<Instant> expires);
Outcome<> revoke_token(Unit&, std::string_view name_or_id);
std::vector<Token> list_tokens(const View&);
// The live token with this secret; an expired or revoked one is nothing.
std::optional<Token> check_token(const View&, std::string_view secret);
void note_token_use(Unit&, TokenId);           // at most one row change per hour and token
bool is_use_noted(const Token&, Instant now);  // true: note_token_use would change nothing, so spare the unit

struct Session {
  SessionId id;
  UserId user;
  Instant expires;
};

// The secret (43 characters); empty when the person may not sign in, which can have changed since the caller looked.
std::string create_session(Unit&, UserId);
std::optional<Session> check_session(const View&, std::string_view secret);  // nothing for an inactive person
void end_session(Unit&, std::string_view secret);
std::size_t end_sessions(Unit&, UserId);
std::size_t forget_sessions(Unit&, std::size_t limit);  // housekeeping: those past their time

}  // namespace rosterd::store
