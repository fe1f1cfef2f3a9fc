// The audit trail as a chain: every kind of tampering is found by its row, and nothing that the writer does breaks it.
#include "store/audit_chain.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class AuditChain : public rows::RowsTest {
 protected:
  void note(std::string_view detail, SourceId source = kLocal) {
    store_->write(Actor{source, "somebody", "0123"}, [&](Unit& unit) { audit(unit, "note", "target", detail); });
  }
  void note(int count) {
    write([&](Unit& unit) {
      for (int i = 0; i < count; ++i) audit(unit, "note", "target " + std::to_string(i % 7), std::to_string(i));
    });
  }
  AuditCheck check(const std::optional<AuditHead>& expected = {}) { return verify_audit(*store_, expected); }
  AuditCheck check_end() {
    return read([](const View& view) { return verify_audit_end(view); });
  }
  // Another history with the same key, as one could write who has it.
  void write_anew() {
    store_.reset();
    for (const auto* name : {"rosterd.db", "rosterd.db-wal", "rosterd.db-shm"}) {
      std::filesystem::remove(directory_ / name);
    }
    open();
  }
  std::int64_t rows() { return number("SELECT COUNT(*) FROM audit"); }
};

TEST_F(AuditChain, HoldsAndNamesItsHead) {
  note(10);
  const auto found = check();
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(found.wrong, 0);
  EXPECT_EQ(found.head.sequence, rows());
  EXPECT_EQ(found.head.link, word("SELECT link FROM audit ORDER BY sequence DESC LIMIT 1"));
  EXPECT_EQ(check_end().problem, "");
  reopen();
  note(1);
  EXPECT_EQ(check().problem, "");
}

// Twelve rows: the source's, five, one through its door, five.
TEST_F(AuditChain, EveryTamperingIsFoundByItsRow) {
  const struct {
    const char* what;
    const char* statement;
    std::int64_t wrong;
    const char* says;
  } table[] = {
      {"edited actor", "UPDATE audit SET actor = 'x' WHERE sequence = 5", 5, "row 5 is not the one"},
      {"edited time", "UPDATE audit SET at = at + 1 WHERE sequence = 5", 5, "row 5 is not the one"},
      {"edited action", "UPDATE audit SET action = 'x' WHERE sequence = 5", 5, "row 5 is not the one"},
      {"edited target", "UPDATE audit SET target = 'x' WHERE sequence = 5", 5, "row 5 is not the one"},
      {"edited detail", "UPDATE audit SET detail = detail || ' ' WHERE sequence = 5", 5, "row 5 is not the one"},
      {"edited request id", "UPDATE audit SET request_id = 'x' WHERE sequence = 5", 5, "row 5 is not the one"},
      {"another source", "UPDATE audit SET source_id = 2 WHERE sequence = 5", 5, "row 5 is not the one"},
      {"a renamed source", "UPDATE sources SET name = 'scim:else' WHERE name = 'scim:other'", 7, "row 7 is not"},
      {"a byte moved between fields", "UPDATE audit SET target = target || '4', detail = '' WHERE sequence = 5", 5,
       "row 5 is not the one"},
      {"edited link", "UPDATE audit SET link = 'x' WHERE sequence = 5", 5, "row 5 is not the one"},
      {"the first row", "UPDATE audit SET detail = 'x' WHERE sequence = 1", 1, "row 1 is not the one"},
      {"the last row", "UPDATE audit SET detail = 'x' WHERE sequence = 12", 12, "row 12 is not the one"},
      {"deleted row", "DELETE FROM audit WHERE sequence = 5", 5, "row 5 is missing"},
      {"deleted row, the later ones moved up",
       "DELETE FROM audit WHERE sequence = 5; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 5", 5,
       "row 5 is not the one"},
      {"deleted first row", "DELETE FROM audit WHERE sequence = 1", 1, "row 1 is missing"},
      {"inserted row",
       "UPDATE audit SET sequence = -sequence WHERE sequence > 5; UPDATE audit SET sequence = 1 - sequence WHERE "
       "sequence < 0; INSERT INTO audit SELECT 6, at, actor, source_id, action, target, detail, request_id, link FROM "
       "audit WHERE sequence = 5",
       6, "row 6 is not the one"},
      {"row added at the end",
       "INSERT INTO audit SELECT 13, at, actor, source_id, action, target, detail, request_id, link FROM audit WHERE "
       "sequence = 12",
       13, "row 13 is not the one"},
      {"row added before the first",
       "INSERT INTO audit SELECT -3, at, actor, source_id, action, target, detail, request_id, link FROM audit WHERE "
       "sequence = 5",
       -3, "before the first"},
      {"swapped rows",
       "UPDATE audit SET sequence = -5 WHERE sequence = 5; UPDATE audit SET sequence = 5 WHERE sequence = 6; "
       "UPDATE audit SET sequence = 6 WHERE sequence = -5",
       5, "row 5 is not the one"},
      {"cut off", "DELETE FROM audit WHERE sequence > 9", 10, "row 10 is missing: the trail is cut off"},
      {"cut off, the head's number and link set back",
       "DELETE FROM audit WHERE sequence > 9; UPDATE audit_head SET sequence = 9, link = (SELECT link FROM audit WHERE "
       "sequence = 9)",
       10, "does not fit row 9"},
      {"no head", "DELETE FROM audit_head", 12, "head of the trail is missing"},
      {"everything gone", "DELETE FROM audit; DELETE FROM audit_head", 1, "the trail is empty"},
  };
  for (const auto& row : table) {
    store_.reset();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
    open();
    const auto other = add_source("scim:other");
    note(5);
    note("of another source", other);
    note(5);
    ASSERT_EQ(check().problem, "");
    const auto noted = check().head;
    ASSERT_EQ(noted.sequence, 12);
    sql(row.statement);
    const auto found = check();
    EXPECT_EQ(found.wrong, row.wrong) << row.what << ": " << found.problem;
    EXPECT_NE(found.problem.find(row.says), std::string::npos) << row.what << ": " << found.problem;
    note("the daemon goes on writing");
    EXPECT_NE(check().problem, "") << row.what << " is not healed by later rows";
    EXPECT_NE(check(noted).problem, "") << row.what;
  }
}

// What the key alone cannot show: a whole trail written anew, or an older database put back.
TEST_F(AuditChain, AHeadThatWasNotedElsewhereFindsAnotherHistory) {
  note(10);
  const auto noted = check().head;
  note(3);
  EXPECT_EQ(check(noted).problem, "");
  write_anew();
  note(9);
  note("something else");
  note(3);
  EXPECT_EQ(check().problem, "");
  EXPECT_EQ(check(noted).wrong, 10);
  write_anew();
  note(4);
  EXPECT_EQ(check().problem, "");
  EXPECT_EQ(check(noted).wrong, 5);
}

TEST_F(AuditChain, HeadsAsText) {
  note(3);
  const auto head = check().head;
  const auto again = parse_audit_head(to_text(head));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sequence, head.sequence);
  EXPECT_EQ(again->link, head.link);
  const std::string all[] = {"",
                             ":",
                             "3",
                             "3:",
                             "x:" + head.link,
                             "0:" + head.link,
                             "-1:" + head.link,
                             head.link,
                             "3:" + head.link + "x",
                             "3 :" + head.link};
  for (const auto& bad : all) {
    EXPECT_FALSE(parse_audit_head(bad)) << bad;
  }
}

TEST_F(AuditChain, AnotherKeyFitsNoRow) {
  note(3);
  store_.reset();
  std::filesystem::remove(directory_ / "secret.key");
  open();
  const auto found = check();
  EXPECT_EQ(found.wrong, 1);
  EXPECT_NE(found.problem.find("secret.key"), std::string::npos) << found.problem;
}

TEST_F(AuditChain, TheEndAloneShowsACut) {
  note(10);
  sql("UPDATE audit SET detail = 'x' WHERE sequence = 4");
  EXPECT_EQ(check_end().problem, "") << "reads the end only";
  sql("DELETE FROM audit WHERE sequence = 10");
  EXPECT_EQ(check_end().wrong, 10);
  sql("DELETE FROM audit_head");
  EXPECT_NE(check_end().problem, "");
}

TEST_F(AuditChain, AHeadThatWasRemovedDoesNotComeBack) {
  for (const char* wiped : {"DELETE FROM audit; DELETE FROM audit_head",
                            "DELETE FROM audit; DELETE FROM audit_head; DELETE FROM changes"}) {
    write_anew();
    add_user("ada");
    sql("INSERT INTO changes (at, kind, id) VALUES (1, 'user', 'ada')");
    sql(wiped);
    reopen();
    EXPECT_EQ(check().wrong, 1) << wiped;
    note(3);
    EXPECT_EQ(check().wrong, 1) << wiped;
    EXPECT_NE(check_end().problem, "") << wiped;
  }
}

// Rows of undone units leave no gap, however many units share a commit.
TEST_F(AuditChain, HoldsUnderConcurrentWritersWithRefusals) {
  constexpr int kThreads = 32;
  constexpr int kUnits = 40;
  const auto before = store_->commits();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kUnits; ++i) {
        try {
          (void)write([&](Unit& unit) -> Outcome<int> {
            audit(unit, "note", std::to_string(t), std::to_string(i));
            if ((t + i) % 3 == 1) return Refused{Refusal::invalid, "refused"};
            if ((t + i) % 5 == 2) throw std::runtime_error("thrown");
            return i;
          });
        } catch (const std::runtime_error&) {
        }
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    const auto found = check();
    if (found.head.sequence == 0) continue;  // nobody has written yet
    ASSERT_EQ(found.problem, "") << "while others write";
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(check().problem, "");
  EXPECT_EQ(check().head.sequence, rows());
  EXPECT_LT(store_->commits() - before, kThreads * kUnits / 3u) << "commits were shared";
}

[[noreturn]] void write_until_killed(const std::string& directory, int pipe) {
  SystemClock clock;
  auto store = Store::open({directory}, clock);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (;;) {
        store->write(Actor{kLocal, "child"}, [](Unit& unit) {
          audit(unit, "first", "half");
          audit(unit, "second", "half");
        });
        if (::write(pipe, "x", 1) != 1) _exit(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  _exit(0);
}

TEST_F(AuditChain, HoldsAfterKills) {
  store_.reset();
  std::size_t acknowledged = 0;
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(directory_.string(), ends[1]);
    ::close(ends[1]);
    char byte = 0;
    for (int i = 0; i <= round * 11 && ::read(ends[0], &byte, 1) == 1; ++i) ++acknowledged;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &byte, 1) == 1) ++acknowledged;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  open();
  EXPECT_EQ(check().problem, "");
  EXPECT_GE(rows(), static_cast<std::int64_t>(acknowledged * 2));
  EXPECT_EQ(rows() % 2, 0);
}

// Against bare statements over the same rows in the same run. ROSTERD_AUDIT_ROWS=1000000 for the full size.
TEST_F(AuditChain, CostBesideBareStatements) {
  using Clock = std::chrono::steady_clock;
  const char* wanted = std::getenv("ROSTERD_AUDIT_ROWS");
  const int total = wanted ? std::max(1000, std::atoi(wanted)) : 30'000;
  sql("CREATE TABLE bare (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, source_id INTEGER "
      "NOT "
      "NULL, action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL, request_id TEXT NOT NULL); "
      "CREATE INDEX bare_target ON bare (target, sequence)");
  const auto seconds = [](auto&& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  double chained = 0;
  double bare = 0;
  const std::string id = "2819c223-7f76-453a-919d-413861904646";
  const std::string detail = "group engineers (ldap:corp) by rule engineering";
  const Actor actor{kLocal, "sync:ldap:corp", "0123456789abcdef0123456789abcdef"};
  for (int done = 0; done < total; done += 1000) {
    chained += seconds([&] {
      store_->write(actor, [&](Unit& unit) {
        for (int i = 0; i < 1000; ++i) audit(unit, "grant.add", id + std::to_string(i), detail);
      });
    });
    bare += seconds([&] {
      store_->write(actor, [&](Unit& unit) {
        for (int i = 0; i < 1000; ++i) {
          unit.db()
              .prepare(
                  "INSERT INTO bare (at, actor, source_id, action, target, detail, request_id) VALUES (?, ?, ?, ?, "
                  "?, ?, ?)")
              .bind(unit.now(), actor.name, actor.source, "grant.add", id + std::to_string(i), detail, actor.request_id)
              .run();
        }
      });
    });
  }
  std::size_t bytes = 0;
  const double reading = seconds([&] {
    read([&](const View& view) {
      auto all = view.db().prepare(
          "SELECT sequence, at, actor, source_id, action, target, detail, request_id, link FROM audit ORDER BY "
          "sequence");
      while (all.step()) bytes += all.view(2).size() + all.view(5).size() + all.view(6).size() + all.view(8).size();
    });
  });
  AuditCheck found;
  const double verifying = seconds([&] { found = check(); });
  EXPECT_EQ(found.problem, "");
  EXPECT_GE(found.head.sequence, total);
  EXPECT_GT(bytes, 0U);
  std::printf("audit rows %d: write %.1f us a row, %.2f x a bare insert; verify %.2f s, %.2f x a bare read\n", total,
              chained / total * 1e6, chained / bare, verifying, verifying / reading);
}

}  // namespace
}  // namespace rosterd::store
