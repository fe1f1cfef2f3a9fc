#include "tests/faults/workload.h"

#include <stdlib.h>

#include <stdexcept>
#include <thread>

#include "store/claims.h"
#include "store/groups.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"

namespace rosterd::faults {
namespace {

using store::Store;
using store::StoreError;
using store::Unit;
using store::View;

const store::Actor kActor{store::kLocal, "faults"};
const char* const kSource = "scim:faults";

store::SourceId source_of(const View& view) {
  return store::find_source(view, kSource)->id;
}

store::ClaimFacts facts(const std::string& name, const std::string& shown) {
  store::ClaimFacts all;
  all.key = "k-" + name;
  all.profile = R"({"userName":")" + name + R"(","displayName":")" + shown + R"(","emails":[{"value":")" + name +
                R"(@example.org","primary":true}]})";
  return all;
}

std::string half(int writer, char which) {
  return "pair-" + std::to_string(writer) + which;
}

template <class T>
const T& taken(const store::Outcome<T>& outcome) {
  if (!outcome) throw std::runtime_error(outcome.refused().message);
  return *outcome;
}

std::int64_t count(const View& view, std::string_view select) {
  auto row = view.db().prepare(select);
  return row.step() ? row.integer(0) : 0;
}

std::optional<int> number_of(const View& view, const std::string& name) {
  auto row = view.db().prepare("SELECT display_name FROM users WHERE user_name = ?");
  if (!row.bind(name).step()) return std::nullopt;
  return std::stoi(row.text(0));
}

}  // namespace

TempDirectory::TempDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "rosterd-faults-XXXXXX").string();
  if (!mkdtemp(path.data())) throw std::runtime_error("mkdtemp");
  path_ = path;
}

TempDirectory::~TempDirectory() {
  std::filesystem::remove_all(path_);
}

void Workload::prepare(Store& store) {
  store::Settings settings;
  settings.access = store::AccessRules({{.name = "all", .group = "everybody", .projects = {"Website"}}});
  store.configure(settings);
  store.write(kActor, [](Unit& unit) {
    const auto source = store::ensure_source(unit, kSource);
    if (store::find_group_by_key(unit, source, "g")) return;
    store::mark_complete(unit, source);
    store::GroupFacts group;
    group.key = "g";
    group.display_name = "everybody";
    (void)taken(store::put_group(unit, source, group));
    for (int writer = 0; writer < kWriters; ++writer)
      for (const char which : {'a', 'b'}) (void)taken(store::put_claim(unit, source, facts(half(writer, which), "0")));
  });
}

void Workload::add_person(Store& store, const std::string& name) {
  store.write(kActor, [&](Unit& unit) {
    const auto source = source_of(unit);
    const store::Member member = taken(store::put_claim(unit, source, facts(name, name))).user;
    (void)taken(store::add_members(unit, store::find_group_by_key(unit, source, "g")->key, {&member, 1}));
  });
}

void Workload::number_pair(Store& store, int writer, int number) {
  store.write(kActor, [&](Unit& unit) {
    const auto source = source_of(unit);
    for (const char which : {'a', 'b'})
      (void)taken(store::put_claim(unit, source, facts(half(writer, which), std::to_string(number))));
  });
}

void Workload::writer(Store& store, int number, const std::atomic<bool>& stop, int units) {
  int next = 0;
  {
    std::lock_guard lock(mutex_);
    next = numbers_[static_cast<std::size_t>(number)];
  }
  for (int i = 0; i < units && !stop; ++i) {
    const std::string name = "p" + std::to_string(round_) + "-" + std::to_string(number) + "-" + std::to_string(i);
    try {
      if (i % 2 == 0) {
        add_person(store, name);
        std::lock_guard lock(mutex_);
        people_.push_back(name);
      } else {
        number_pair(store, number, ++next);
        std::lock_guard lock(mutex_);
        numbers_[static_cast<std::size_t>(number)] = next;
        ++pairs_;
      }
    } catch (const StoreError& error) {
      std::lock_guard lock(mutex_);
      ++refused_;
      ++kinds_[static_cast<std::size_t>(error.kind())];
    }
  }
}

void Workload::run(Store& store, const std::atomic<bool>& stop, int units) {
  ++round_;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) threads.emplace_back([&, i] { writer(store, i, stop, units); });
  for (std::thread& thread : threads) thread.join();
}

std::vector<std::string> Workload::problems(Store& store) const {
  std::vector<std::string> found;
  store.read([&](const View& view) {
    const auto expect_equal = [&](const char* what, const char* select, std::int64_t want) {
      if (const auto have = count(view, select); have != want)
        found.push_back(std::string(what) + ": " + std::to_string(have) + ", not " + std::to_string(want));
    };
    const auto people =
        count(view, "SELECT COUNT(*) FROM users WHERE user_name LIKE 'p_%' AND user_name NOT LIKE 'pair%'");
    expect_equal("memberships", "SELECT COUNT(*) FROM memberships", people);
    expect_equal("grants", "SELECT COUNT(*) FROM grants", people);
    expect_equal("invitations", "SELECT COUNT(*) FROM invitations", people);
    expect_equal("mails", "SELECT COUNT(*) FROM outbox", people);
    expect_equal("audit rows", "SELECT COUNT(*) FROM audit WHERE action = 'user.invite'", people);
    expect_equal("people changed without a change row",
                 "SELECT COUNT(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM changes c WHERE c.id = u.id)", 0);
    for (const std::string& name : people_) {
      auto row = view.db().prepare("SELECT 1 FROM v_access WHERE user_name = ?");
      if (!row.bind(name).step()) found.push_back(name + " was acknowledged and is lost");
    }
    for (int writer = 0; writer < kWriters; ++writer) {
      const auto a = number_of(view, half(writer, 'a'));
      const auto b = number_of(view, half(writer, 'b'));
      const int acknowledged = numbers_[static_cast<std::size_t>(writer)];
      if (a != b) found.push_back("pair " + std::to_string(writer) + " is half applied");
      if (acknowledged > 0 && (!a || *a < acknowledged))
        found.push_back("pair " + std::to_string(writer) + " lost an acknowledged change");
    }
  });
  if (auto problem = store.read([](const View& view) { return store::integrity_problem(view); }); !problem.empty())
    found.push_back(problem);
  return found;
}

}  // namespace rosterd::faults
