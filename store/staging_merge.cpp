// Merge joins of two streams in key order. Keys compare as bytes, on both sides.
#include <string_view>

#include "store/blocks.h"
#include "store/sqlite/connection.h"
#include "store/staging.h"

namespace rosterd::store {
namespace {

// Only what the comparison needs is read of every row; the rest is fetched when it differs.
struct StagedSql {
  std::string_view in_order;
  std::string_view rest;
};
constexpr StagedSql kPeople{"SELECT key, id, digest, set_aside FROM staged_people WHERE key > ? ORDER BY key, id",
                            "SELECT dn, document, login FROM staged_people WHERE id = ?"};
constexpr StagedSql kGroups{"SELECT key, id, digest, set_aside FROM staged_groups WHERE key > ? ORDER BY key, id",
                            "SELECT dn, document FROM staged_groups WHERE id = ?"};

constexpr std::string_view kHeldPeople =
    "SELECT c.source_key, c.digest, c.user_key, c.origin, c.ended_at, EXISTS (SELECT 1 FROM blocks b "
    "WHERE b.user_key = c.user_key AND b.source_id = c.source_id AND b.reason IN (?, ?)) "
    "FROM claims c WHERE c.source_id = ? AND c.source_key > ? ORDER BY c.source_key";
constexpr std::string_view kHeldGroups =
    "SELECT source_key, digest, key, hidden FROM groups "
    "WHERE source_id = ? AND source_key > ? ORDER BY source_key, hidden, key DESC";

template <class Entry>
class StagedStream {
 public:
  StagedStream(const View& view, const StagedSql& sql, std::string_view after)
      : view_(view), rest_(sql.rest), rows_(view.db().prepare(sql.in_order)) {
    rows_.bind(after);
    has_row_ = rows_.step();
    advance();
  }

  const Entry* current() const { return has_entry_ ? &entry_ : nullptr; }
  bool is_set_aside() const { return entry_.set_aside; }

  // All rows with one key become one entry.
  void advance() {
    has_entry_ = has_row_;
    if (!has_entry_) return;
    take_row();
    while ((has_row_ = rows_.step()) && rows_.view(0) == entry_.key) {
      const bool is_conflict = entry_.set_aside || dn_of(id_) != dn_of(rows_.integer(1));
      take_row();
      entry_.set_aside = entry_.set_aside || is_conflict;
    }
  }

  void load_rest() {
    auto select = view_.db().prepare(rest_);
    select.bind(id_);
    if (!select.step()) return;
    entry_.dn.assign(select.view(0));
    entry_.document.assign(select.view(1));
    if constexpr (requires { entry_.login; }) entry_.login.assign(select.view(2));
  }

  void clear_rest() {
    entry_.dn.clear();
    entry_.document.clear();
    if constexpr (requires { entry_.login; }) entry_.login.clear();
  }

 private:
  void take_row() {
    entry_.key.assign(rows_.view(0));
    id_ = rows_.integer(1);
    entry_.digest.assign(rows_.view(2));
    entry_.set_aside = rows_.integer(3) != 0;
  }

  std::string dn_of(std::int64_t id) {
    auto select = view_.db().prepare(rest_);
    select.bind(id);
    return select.step() ? select.text(0) : std::string();
  }

  const View& view_;
  std::string_view rest_;
  Statement rows_;
  Entry entry_;
  std::int64_t id_ = 0;
  bool has_row_ = false;
  bool has_entry_ = false;
};

class HeldPeople {
 public:
  HeldPeople(const View& view, SourceId source, std::string_view after) : rows_(view.db().prepare(kHeldPeople)) {
    rows_.bind(to_string(Reason::left_directory), to_string(Reason::out_of_scope), source, after);
    advance();
  }

  const HeldPerson* current() const { return has_entry_ ? &entry_ : nullptr; }

  void advance() {
    has_entry_ = rows_.step();
    if (!has_entry_) return;
    entry_.key.assign(rows_.view(0));
    entry_.digest.assign(rows_.view(1));
    entry_.user = {rows_.integer(2)};
    entry_.origin.assign(rows_.view(3));
    entry_.gone = !rows_.is_null(4) || rows_.integer(5) != 0;
  }

 private:
  Statement rows_;
  HeldPerson entry_;
  bool has_entry_ = false;
};

// A key may stand on hidden groups beside the visible one: the first in the order counts.
class HeldGroups {
 public:
  HeldGroups(const View& view, SourceId source, std::string_view after) : rows_(view.db().prepare(kHeldGroups)) {
    rows_.bind(source, after);
    has_row_ = rows_.step();
    advance();
  }

  const HeldGroup* current() const { return has_entry_ ? &entry_ : nullptr; }

  void advance() {
    has_entry_ = has_row_;
    if (!has_entry_) return;
    entry_.key.assign(rows_.view(0));
    entry_.digest.assign(rows_.view(1));
    entry_.group = {rows_.integer(2)};
    entry_.hidden = rows_.integer(3) != 0;
    while ((has_row_ = rows_.step()) && rows_.view(0) == entry_.key) {
    }
  }

 private:
  Statement rows_;
  HeldGroup entry_;
  bool has_row_ = false;
  bool has_entry_ = false;
};

bool is_mentioned_alone(const HeldPerson&) {
  return true;
}
bool is_mentioned_alone(const HeldGroup& held) {
  return !held.hidden;
}
bool is_unchanged(const HeldPerson& held, const StagedPerson& staged) {
  return !held.gone && held.digest == staged.digest;
}
bool is_unchanged(const HeldGroup& held, const StagedGroup& staged) {
  return !held.hidden && held.digest == staged.digest;
}

// Below, equal or above 0: the smaller key comes next, of two equal ones both.
template <class Held, class Staged>
int order_of(const Held* held, const Staged* staged) {
  if (!held) return 1;
  if (!staged) return -1;
  return held->key.compare(staged->key);
}

template <class HeldStream, class StagedRows, class Row>
void merge(HeldStream held, StagedRows staged, const Row& row) {
  while (held.current() || staged.current()) {
    const int order = order_of(held.current(), staged.current());
    const auto* left = order <= 0 ? held.current() : nullptr;
    const auto* right = order >= 0 ? staged.current() : nullptr;
    const bool mentioned = right ? !staged.is_set_aside() : is_mentioned_alone(*left);
    if (mentioned && right) {
      if (left && is_unchanged(*left, *right))
        staged.clear_rest();
      else
        staged.load_rest();
    }
    if (mentioned && !row(left, right)) return;
    if (left) held.advance();
    if (right) staged.advance();
  }
}

}  // namespace

void merge_people(const StagedView& view, const std::function<bool(const HeldPerson*, const StagedPerson*)>& row,
                  std::string_view after) {
  merge(HeldPeople(view, view.source(), after), StagedStream<StagedPerson>(view, kPeople, after), row);
}

void merge_groups(const StagedView& view, const std::function<bool(const HeldGroup*, const StagedGroup*)>& row,
                  std::string_view after) {
  merge(HeldGroups(view, view.source(), after), StagedStream<StagedGroup>(view, kGroups, after), row);
}

void each_held_person(const View& view, SourceId source, const std::function<void(const HeldPerson&)>& row) {
  for (HeldPeople held(view, source, {}); held.current(); held.advance()) row(*held.current());
}

}  // namespace rosterd::store
