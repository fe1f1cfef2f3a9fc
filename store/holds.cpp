#include "store/holds.h"

#include "store/audit.h"
#include "store/notices.h"
#include "store/pace.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kSelectHolds =
    "SELECT h.id, h.source_id, s.name, h.created_at, h.state, h.summary, "
    "(SELECT COUNT(*) FROM hold_items i WHERE i.hold_id = h.id) "
    "FROM holds h JOIN sources s ON s.id = h.source_id AND h.state <> 'draft' ";
constexpr std::size_t kMostItemsPerStep = 2000;
constexpr std::string_view kSelectItems = "SELECT kind, subject, digest, detail, text, state FROM hold_items ";

Statement select_holds(const View& view, std::string_view which) {
  return view.db().prepare(std::string(kSelectHolds).append(which));
}

Hold read_hold(const Statement& row) {
  return {{row.integer(0)},
          {row.integer(1)},
          row.text(2),
          from_millis(row.integer(3)),
          row.text(4),
          row.text(5),
          static_cast<std::size_t>(row.integer(6))};
}

std::vector<HoldItem> read_items(Statement& select) {
  std::vector<HoldItem> items;
  while (select.step())
    items.push_back({select.text(0), select.text(1), select.text(2), select.text(3), select.text(4), select.text(5)});
  return items;
}

std::string name_of(HoldId id) {
  return "hold:" + std::to_string(id.value);
}

// All of `items` and nothing else, all untouched. The shown text may differ.
bool has_same_items(const View& view, const Hold& hold, std::span<const HoldItem> items) {
  if (hold.items != items.size()) return false;
  for (const HoldItem& item : items) {
    auto same = view.db().prepare(
        "SELECT 1 FROM hold_items WHERE hold_id = ? AND kind = ? AND subject = ? AND digest = ? AND detail = ? "
        "AND state = 'held'");
    same.bind(hold.id, item.kind, item.subject, item.digest, item.detail);
    if (!same.step()) return false;
  }
  return true;
}

void end_hold(Unit& unit, HoldId id, std::string_view state) {
  unit.db()
      .prepare("UPDATE holds SET state = ?, ended_at = ? WHERE id = ? AND state = 'held'")
      .bind(state, unit.now(), id)
      .run();
  audit(unit, "hold." + std::string(state), name_of(id));
  cancel_notices(unit, id);
}

void open_for_all(Unit& unit, HoldId id, std::string_view summary) {
  audit(unit, "hold.create", name_of(id), summary);
  tell_of_hold(unit, id);
}

void set_open_items(Unit& unit, HoldId id, std::string_view state) {
  unit.db().prepare("UPDATE hold_items SET state = ? WHERE hold_id = ? AND state = 'held'").bind(state, id).run();
}

HoldId insert_hold(Unit& unit, SourceId source, std::string_view state, std::string_view summary) {
  unit.db()
      .prepare("INSERT INTO holds (source_id, state, summary, created_at) VALUES (?, ?, ?, ?)")
      .bind(source, state, summary, unit.now())
      .run();
  return {unit.db().last_id()};
}

void insert_items(Unit& unit, HoldId id, SourceId source, std::span<const HoldItem> items) {
  for (const HoldItem& item : items) {
    unit.db()
        .prepare(
            "INSERT INTO hold_items (hold_id, kind, subject, source_id, digest, detail, text, state) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, 'held')")
        .bind(id, item.kind, item.subject, source, item.digest, item.detail, item.text)
        .run();
  }
}

void drop_item(Unit& unit, HoldId id, std::string_view kind, std::string_view subject) {
  unit.db()
      .prepare("DELETE FROM hold_items WHERE hold_id = ? AND kind = ? AND subject = ?")
      .bind(id, kind, subject)
      .run();
}

// People, groups and memberships have a sentence each; the numbers in it are those of the first time.
void say_once(Unit& unit, HoldId id, std::string_view excess) {
  auto select = unit.db().prepare("SELECT summary FROM holds WHERE id = ?");
  select.bind(id).step();
  std::string summary = select.text(0);
  select.run();
  for (const std::string_view what : {" people ", " groups ", " memberships "}) {
    if (excess.find(what) == excess.npos || summary.find(what) != summary.npos) continue;
    summary.append("; ").append(excess);
    unit.db().prepare("UPDATE holds SET summary = ? WHERE id = ?").bind(summary, id).run();
  }
}

// What a run that was cut off has left; false: nothing any more.
bool drop_drafts(Unit& unit, SourceId source, std::size_t limit) {
  constexpr std::string_view kDrafts = "(SELECT id FROM holds WHERE source_id = ? AND state = 'draft')";
  unit.db()
      .prepare(std::string("DELETE FROM hold_items WHERE (hold_id, kind, subject) IN "
                           "(SELECT hold_id, kind, subject FROM hold_items WHERE hold_id IN ")
                   .append(kDrafts)
                   .append(" LIMIT ?)"))
      .bind(source, static_cast<std::int64_t>(limit))
      .run();
  if (unit.db().changes() > 0) return true;
  unit.db().prepare("DELETE FROM holds WHERE source_id = ? AND state = 'draft'").bind(source).run();
  return false;
}

// An open hold, or why not.
Outcome<Hold> require_open(const View& view, HoldId id) {
  auto hold = find_hold(view, id);
  if (!hold) return Refused{Refusal::not_found, "There is no hold " + std::to_string(id.value) + "."};
  if (hold->state != "held")
    return Refused{Refusal::invalid, "Hold " + std::to_string(id.value) + " is " + hold->state + " already."};
  return std::move(*hold);
}

}  // namespace

HoldId hold(Unit& unit, SourceId source, std::string_view summary, std::span<const HoldItem> items) {
  if (items.empty()) {
    clear_hold(unit, source);
    return {};
  }
  if (const auto open = open_hold(unit, source)) {
    if (has_same_items(unit, *open, items)) {
      unit.db().prepare("UPDATE holds SET summary = ? WHERE id = ?").bind(summary, open->id).run();
      return open->id;
    }
    end_hold(unit, open->id, "replaced");
  }
  const HoldId id = insert_hold(unit, source, "held", summary);
  insert_items(unit, id, source, items);
  open_for_all(unit, id, summary);
  return id;
}

HoldId draft_hold(Store& store, const Actor& actor, SourceId source, std::string_view summary,
                  std::span<const HoldItem> items) {
  if (items.empty()) return {};
  const auto same = store.read([&](const View& view) {
    const auto open = open_hold(view, source);
    return open && has_same_items(view, *open, items) ? open->id : HoldId{};
  });
  if (same) return same;
  Pace pace(kMostItemsPerStep / 4, kMostItemsPerStep);
  const auto step = [&](std::size_t done, const auto& work) {
    return store.write(actor, [&](Unit& unit) {
      pace.begin();
      auto result = work(unit);
      pace.end(done);
      return result;
    });
  };
  while (step(pace.next(), [&](Unit& unit) { return drop_drafts(unit, source, pace.next()); })) {
  }
  const HoldId id = store.write(actor, [&](Unit& unit) { return insert_hold(unit, source, "draft", summary); });
  while (!items.empty()) {
    const auto some = items.first(std::min(pace.next(), items.size()));
    step(some.size(), [&](Unit& unit) {
      insert_items(unit, id, source, some);
      return true;
    });
    items = items.subspan(some.size());
  }
  return id;
}

HoldId hold(Unit& unit, SourceId source, std::string_view summary, HoldId drafted) {
  const auto open = open_hold(unit, source);
  if (open && open->id != drafted) end_hold(unit, open->id, "replaced");
  if (!drafted) return {};
  unit.db()
      .prepare("UPDATE holds SET state = 'held', summary = ? WHERE id = ? AND state IN ('draft', 'held')")
      .bind(summary, drafted)
      .run();
  if (unit.db().changes() == 0) return {};  // an administrator ended it while the run went on
  if (!open || open->id != drafted) open_for_all(unit, drafted, summary);
  return drafted;
}

HoldId add_to_hold(Unit& unit, SourceId source, std::string_view excess, std::span<const HoldItem> items) {
  if (items.empty()) return open_hold_id(unit, source);
  HoldId id = open_hold_id(unit, source);
  if (!id) {
    id = insert_hold(unit, source, "held", excess);
    open_for_all(unit, id, excess);
  }
  std::vector<HoldItem> fresh;
  for (const HoldItem& item : items) {
    if (!waits(unit, id, item.kind, item.subject)) {
      fresh.push_back(item);
      continue;
    }
    unit.db()
        .prepare(
            "UPDATE hold_items SET digest = ?, text = ? WHERE hold_id = ? AND kind = ? AND subject = ? AND "
            "(digest <> ? OR text <> ?)")
        .bind(item.digest, item.text, id, item.kind, item.subject, item.digest, item.text)
        .run();
  }
  if (fresh.empty()) return id;
  say_once(unit, id, excess);
  for (const HoldItem& item : fresh) drop_item(unit, id, item.kind, item.subject);
  insert_items(unit, id, source, fresh);
  audit(unit, "hold.add", name_of(id),
        fresh.front().text + (fresh.size() > 1 ? " and " + std::to_string(fresh.size() - 1) + " more" : ""));
  return id;
}

void drop_from_hold(Unit& unit, SourceId source, std::string_view kind, std::string_view subject) {
  const HoldId id = open_hold_id(unit, source);
  if (!id || !waits(unit, id, kind, subject)) return;
  drop_item(unit, id, kind, subject);
  audit(unit, "hold.withdraw", name_of(id), std::string(kind) + " " + std::string(subject));
  auto left = unit.db().prepare("SELECT 1 FROM hold_items WHERE hold_id = ? AND state = 'held' LIMIT 1");
  if (!left.bind(id).step()) end_hold(unit, id, "replaced");
}

HoldId open_hold_id(const View& view, SourceId source) {
  auto select = view.db().prepare("SELECT id FROM holds WHERE source_id = ? AND state = 'held'");
  return select.bind(source).step() ? HoldId{select.integer(0)} : HoldId{};
}

bool waits(const View& view, HoldId id, std::string_view kind, std::string_view subject) {
  auto select = view.db().prepare(
      "SELECT 1 FROM hold_items i JOIN holds h ON h.id = i.hold_id "
      "WHERE i.hold_id = ? AND i.kind = ? AND i.subject = ? AND i.state = 'held' AND h.state = 'held'");
  return select.bind(id, kind, subject).step();
}

void clear_hold(Unit& unit, SourceId source) {
  if (const auto open = open_hold(unit, source)) end_hold(unit, open->id, "replaced");
}

std::optional<Hold> open_hold(const View& view, SourceId source) {
  auto select = select_holds(view, "WHERE h.source_id = ? AND h.state = 'held'");
  select.bind(source);
  if (!select.step()) return std::nullopt;
  return read_hold(select);
}

std::vector<Hold> list_holds(const View& view, bool open_only) {
  auto select = select_holds(view, open_only ? "WHERE h.state = 'held' ORDER BY h.id DESC" : "ORDER BY h.id DESC");
  std::vector<Hold> holds;
  while (select.step()) holds.push_back(read_hold(select));
  return holds;
}

std::optional<Hold> find_hold(const View& view, HoldId id) {
  auto select = select_holds(view, "WHERE h.id = ?");
  select.bind(id);
  if (!select.step()) return std::nullopt;
  return read_hold(select);
}

std::vector<HoldItem> hold_items(const View& view, HoldId id) {
  auto select = view.db().prepare(std::string(kSelectItems) + "WHERE hold_id = ? ORDER BY kind, subject");
  select.bind(id);
  return read_items(select);
}

void settle_item(Unit& unit, HoldId id, std::string_view kind, std::string_view subject, std::string_view state) {
  unit.db()
      .prepare("UPDATE hold_items SET state = ? WHERE hold_id = ? AND kind = ? AND subject = ? AND state = 'held'")
      .bind(state, id, kind, subject)
      .run();
  if (unit.db().changes() == 0) return;
  audit(unit, "hold." + std::string(state), name_of(id), std::string(kind) + " " + std::string(subject));
  auto left = unit.db().prepare("SELECT 1 FROM hold_items WHERE hold_id = ? AND state = 'held' LIMIT 1");
  left.bind(id);
  if (!left.step()) end_hold(unit, id, "released");
}

Outcome<> discard_hold(Unit& unit, HoldId id) {
  if (const auto open = require_open(unit, id); !open) return open.refused();
  set_open_items(unit, id, "discarded");
  end_hold(unit, id, "discarded");
  return Done{};
}

Outcome<> mark_released(Unit& unit, HoldId id) {
  if (const auto open = require_open(unit, id); !open) return open.refused();
  set_open_items(unit, id, "skipped");
  end_hold(unit, id, "released");
  return Done{};
}

bool was_discarded(const View& view, SourceId source, std::string_view kind, std::string_view subject,
                   std::string_view digest) {
  auto select = view.db().prepare(
      "SELECT 1 FROM hold_items WHERE source_id = ? AND kind = ? AND subject = ? AND digest = ? "
      "AND state = 'discarded' LIMIT 1");
  select.bind(source, kind, subject, digest);
  return select.step();
}

std::vector<HoldItem> discarded_items(const View& view, SourceId source) {
  auto select = view.db().prepare(std::string(kSelectItems) +
                                  "WHERE source_id = ? AND state = 'discarded' ORDER BY kind, subject");
  select.bind(source);
  return read_items(select);
}

bool has_discarded(const View& view, SourceId source, std::string_view kind) {
  auto select =
      view.db().prepare("SELECT 1 FROM hold_items WHERE source_id = ? AND kind = ? AND state = 'discarded' LIMIT 1");
  return select.bind(source, kind).step();
}

bool was_released(const View& view, SourceId source, std::string_view kind, std::string_view subject) {
  auto select = view.db().prepare(
      "SELECT 1 FROM hold_items WHERE source_id = ? AND kind = ? AND subject = ? AND state = 'released' LIMIT 1");
  return select.bind(source, kind, subject).step();
}

void forget_discarded(Unit& unit, SourceId source, std::string_view kind, std::string_view subject) {
  unit.db()
      .prepare(
          "UPDATE hold_items SET state = 'skipped' WHERE source_id = ? AND kind = ? AND subject = ? "
          "AND state = 'discarded'")
      .bind(source, kind, subject)
      .run();
}

}  // namespace rosterd::store
