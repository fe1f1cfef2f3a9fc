#include "store/audit_chain.h"

#include <charconv>
#include <limits>

#include "store/secrets.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kPurpose = "rosterd audit 1";
constexpr std::size_t kLinkBytes = 32;
constexpr std::int64_t kRowsPerSnapshot = 10'000;

constexpr std::string_view kSelectRows =
    "SELECT a.sequence, a.at, a.actor, COALESCE(s.name, ''), a.action, a.target, a.detail, a.request_id, a.link "
    "FROM audit a LEFT JOIN sources s ON s.id = a.source_id WHERE a.sequence >= ? ORDER BY a.sequence LIMIT ?";

// Eight bytes, the lowest first, whatever the machine.
void put(std::string& out, std::int64_t number) {
  auto bits = static_cast<std::uint64_t>(number);
  for (int i = 0; i < 8; ++i, bits >>= 8) out += static_cast<char>(bits & 0xff);
}

// With its length before it: no two different rows have the same bytes.
void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

AuditFields read_row(const Statement& row) {
  return {row.integer(0), from_millis(row.integer(1)), row.view(2), row.view(3), row.view(4), row.view(5), row.view(6),
          row.view(7)};
}

std::string number(std::int64_t sequence) {
  return std::to_string(sequence);
}

// Follows the rows one by one; ends at the first that is wrong.
class Follower {
 public:
  Follower(std::string_view key, std::optional<AuditHead> expected)
      : key_(key), expected_(std::move(expected)), last_(first_audit_hash(key)) {}

  bool row(const AuditFields& row, std::string_view link) {
    const auto next = check_.head.sequence + 1;
    if (row.sequence > next) return wrong(next, "row " + number(next) + " is missing");
    if (row.sequence < next) return wrong(row.sequence, "row " + number(row.sequence) + " was added before the first");
    last_ = link_audit_row(key_, last_, row);
    if (last_.link != link) {
      const std::string why = next == 1 ? ", or secret.key is not the one that it was written with" : "";
      return wrong(next, "row " + number(next) + " is not the one that was written there" + why);
    }
    if (expected_ && expected_->sequence == next && expected_->link != link)
      return wrong(next, "row " + number(next) + " is not the one that was noted: the trail was written anew");
    check_.head.sequence = next;
    check_.head.link = link;
    return true;
  }

  // `view` is the snapshot in which no further row was found.
  void end(const View& view) {
    const auto last = check_.head.sequence;
    auto head = view.db().prepare("SELECT sequence, link, seal FROM audit_head");
    if (last == 0) {
      wrong(1, "the trail is empty");
    } else if (!head.step()) {
      wrong(last, "the head of the trail is missing");
    } else if (head.integer(0) > last) {
      wrong(last + 1,
            "row " + number(last + 1) + " is missing: the trail is cut off, it went to row " + number(head.integer(0)));
    } else if (head.integer(0) < last || head.view(1) != last_.link || head.view(2) != last_.seal) {
      wrong(last + 1, "the head of the trail does not fit row " + number(last) + ": rows after it may be missing");
    } else if (expected_ && expected_->sequence > last) {
      wrong(last + 1, "row " + number(last + 1) + " is missing: row " + number(expected_->sequence) + " was noted");
    }
  }

  AuditCheck take() { return std::move(check_); }
  std::int64_t next() const {
    // A row that somebody numbered below 1 must be met, too.
    return check_.head.sequence == 0 ? std::numeric_limits<std::int64_t>::min() : check_.head.sequence + 1;
  }

 private:
  bool wrong(std::int64_t sequence, std::string problem) {
    check_.wrong = sequence;
    check_.problem = std::move(problem);
    return false;
  }

  std::string_view key_;
  std::optional<AuditHead> expected_;
  AuditHash last_;
  AuditCheck check_;
};

// False: this was the last snapshot.
bool follow_some(const View& view, Follower& follower) {
  auto rows = view.db().prepare(kSelectRows);
  rows.bind(follower.next(), kRowsPerSnapshot);
  std::int64_t seen = 0;
  for (; rows.step(); ++seen) {
    if (!follower.row(read_row(rows), rows.view(8))) return false;
  }
  if (seen == kRowsPerSnapshot) return true;
  follower.end(view);
  return false;
}

}  // namespace

std::string to_text(const AuditHead& head) {
  return number(head.sequence) + ":" + head.link;
}

std::optional<AuditHead> parse_audit_head(std::string_view text) {
  AuditHead head;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.sequence);
  const auto colon = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || head.sequence < 1 || colon == text.size() || text[colon] != ':') return std::nullopt;
  head.link = text.substr(colon + 1);
  if (head.link.size() != kSecretLength) return std::nullopt;
  return head;
}

AuditHash link_audit_row(std::string_view key, const AuditHash& previous, const AuditFields& row) {
  std::string bytes;
  bytes.reserve(320 + row.target.size() + row.detail.size());
  put(bytes, previous.link);
  put(bytes, previous.seal);
  put(bytes, row.sequence);
  put(bytes, to_millis(row.at));
  for (const std::string_view field : {row.actor, row.source, row.action, row.target, row.detail, row.request_id})
    put(bytes, field);
  const std::string digest = keyed_digest(key, kPurpose, bytes);
  return {base64url(std::string_view(digest).substr(0, kLinkBytes)),
          base64url(std::string_view(digest).substr(kLinkBytes))};
}

AuditHash first_audit_hash(std::string_view key) {
  return {{}, link_audit_row(key, {}, {}).seal};
}

void begin_audit_trail(Connection& db, std::string_view key) {
  db.prepare("INSERT INTO audit_head (one, sequence, link, seal) VALUES (1, 0, '', ?)")
      .bind(first_audit_hash(key).seal)
      .run();
}

AuditCheck verify_audit(const Store& store, const std::optional<AuditHead>& expected) {
  Follower follower(store.secret_key(), expected);
  while (store.read([&](const View& view) { return follow_some(view, follower); })) {
  }
  return follower.take();
}

AuditCheck verify_audit_end(const View& view) {
  AuditCheck check;
  auto last = view.db().prepare(
      "SELECT a.sequence, a.link, h.sequence, h.link FROM audit a LEFT JOIN audit_head h ON h.one = 1 "
      "ORDER BY a.sequence DESC LIMIT 1");
  if (!last.step()) return {.head = {}, .wrong = 1, .problem = "the trail is empty"};
  check.head = {last.integer(0), last.text(1)};
  if (last.integer(2) == check.head.sequence && last.view(3) == check.head.link) return check;
  check.wrong = check.head.sequence + 1;
  check.problem = "the head of the trail does not fit row " + number(check.head.sequence) + ": rows may be missing";
  return check;
}

}  // namespace rosterd::store
