#include "store/users.h"

#include "store/fold.h"
#include "store/merge.h"
#include "store/seen.h"
#include "store/user_row.h"

namespace rosterd::store {
namespace {

std::optional<User> one(Statement& row) {
  if (!row.step()) return std::nullopt;
  return read_user(row);
}

// A source's own key and profile, and whether other sources have one of the person.
#define ROSTERD_CLAIM_COLUMNS                                                                                 \
  "c.source_key, c.profile, EXISTS (SELECT 1 FROM claims o WHERE o.user_key = c.user_key AND o.source_id <> " \
  "c.source_id) "
constexpr int kUserColumns = 15;

Seen read_seen(const Statement& row, int at, const std::string& profile) {
  const bool others = row.integer(at + 2) != 0;
  return {others ? overlay(profile, row.view(at + 1)) : row.text(at + 1), row.maybe_text(at)};
}

#define ROSTERD_SEEN                                                                           \
  ROSTERD_USER_COLUMNS ", " ROSTERD_CLAIM_COLUMNS                                              \
                       "FROM users u JOIN claims c ON c.user_key = u.key AND c.source_id = ? " \
                       "WHERE u.hidden = 0 AND c.ended_at IS NULL "

std::optional<SeenUser> seen(Statement& row) {
  if (!row.step()) return std::nullopt;
  User user = read_user(row);
  Seen seen = read_seen(row, kUserColumns, user.profile);
  return SeenUser{std::move(user), std::move(seen)};
}

}  // namespace

User read_user(const Statement& row) {
  User user;
  user.key = UserId{row.integer(0)};
  user.id = row.text(1);
  user.kind = kind_from(row.view(2));
  user.user_name = row.text(3);
  user.email = row.text(4);
  user.display_name = row.text(5);
  user.company = row.text(6);
  user.active = row.integer(7) != 0;
  user.hidden = row.integer(8) != 0;
  if (!row.is_null(9)) user.joined_at = from_millis(row.integer(9));
  user.mail_problem = row.text(10);
  user.profile = row.text(11);
  user.version = row.integer(12);
  user.created = from_millis(row.integer(13));
  user.modified = from_millis(row.integer(14));
  return user;
}

Kind kind_from(std::string_view text) {
  return text == "client" ? Kind::client : Kind::staff;
}

std::string_view to_string(Kind kind) {
  return kind == Kind::client ? "client" : "staff";
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::pending:
      return "Pending";
    case Status::participating:
      return "Participating";
    case Status::inactive:
      break;
  }
  return "Inactive";
}

std::optional<User> find_user(const View& view, UserId key) {
  Statement row = view.db().prepare(ROSTERD_USER_COLUMNS "FROM users u WHERE u.key = ?");
  return one(row.bind(key));
}

std::optional<User> find_user(const View& view, std::string_view id) {
  Statement row = view.db().prepare(ROSTERD_USER_COLUMNS "FROM users u WHERE u.id = ?");
  return one(row.bind(id));
}

std::optional<User> find_user_of(const View& view, SourceId source, std::string_view id) {
  Statement row = view.db().prepare(ROSTERD_USER_COLUMNS
                                    "FROM users u JOIN claims c ON c.user_key = u.key AND c.source_id = ? "
                                    "WHERE u.id = ? AND u.hidden = 0 AND c.ended_at IS NULL");
  return one(row.bind(source, id));
}

std::optional<User> find_user_by_login(const View& view, std::string_view user_name_or_email) {
  const std::string folded = fold(user_name_or_email);
  if (folded.empty()) return std::nullopt;
  Statement by_name =
      view.db().prepare(ROSTERD_USER_COLUMNS "FROM users u WHERE u.user_name_folded = ? AND u.hidden = 0");
  if (auto user = one(by_name.bind(folded))) return user;
  Statement by_email = view.db().prepare(
      ROSTERD_USER_COLUMNS "FROM users u WHERE u.email_folded = ? AND u.email_folded <> '' AND u.hidden = 0");
  return one(by_email.bind(folded));
}

std::optional<User> find_person(const View& view, std::string_view text) {
  if (auto user = find_user(view, text)) return user;
  if (auto user = find_user_by_login(view, text)) return user;
  // A source's key: a person not hidden is meant before one that is.
  Statement row = view.db().prepare(ROSTERD_USER_COLUMNS
                                    "FROM claims c JOIN users u ON u.key = c.user_key "
                                    "WHERE c.source_id IN (SELECT id FROM sources) AND c.source_key = ? "
                                    "ORDER BY u.hidden, u.key LIMIT 1");
  return one(row.bind(text));
}

std::string profile_seen_by(const View& view, const User& user, SourceId source) {
  return seen_by(view, user, source).profile;
}

Seen seen_by(const View& view, const User& user, SourceId source) {
  Statement row = view.db().prepare("SELECT " ROSTERD_CLAIM_COLUMNS
                                    "FROM claims c WHERE c.user_key = ? AND c.source_id = ? AND c.ended_at IS NULL");
  if (!row.bind(user.key, source).step()) return {user.profile, {}};
  return read_seen(row, 0, user.profile);
}

std::optional<SeenUser> find_seen(const View& view, SourceId source, std::string_view id) {
  Statement row = view.db().prepare(ROSTERD_SEEN "AND u.id = ?");
  return seen(row.bind(source, id));
}

std::optional<SeenUser> find_seen(const View& view, SourceId source, UserId key) {
  Statement row = view.db().prepare(ROSTERD_SEEN "AND u.key = ?");
  return seen(row.bind(source, key));
}

}  // namespace rosterd::store
