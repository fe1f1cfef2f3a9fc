// A store in a private directory with time moved by hand, and people, groups and memberships as bare rows: for tests of
// parts that do not care how a person came to be.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "store/store.h"
#include "store/users.h"
#include "store/uuid.h"

namespace rosterd::store::rows {

class HandClock final : public Clock {
 public:
  Instant now() const override { return from_millis(millis_.load()); }
  void advance(std::chrono::milliseconds by) { millis_ += by.count(); }

 private:
  std::atomic<std::int64_t> millis_{1'800'000'000'000};
};

class RowsTest : public ::testing::Test {
 protected:
  RowsTest() {
    std::string path = (std::filesystem::temp_directory_path() / "rosterd-store-XXXXXX").string();
    if (!mkdtemp(path.data())) throw std::runtime_error("mkdtemp");
    directory_ = path;
    open();
  }
  ~RowsTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() { store_ = Store::open({directory_.string()}, clock_); }
  void reopen() {
    store_.reset();
    open();
  }

  template <class Work>
  auto write(Work&& work) {
    return store_->write(Actor{kLocal, "test"}, std::forward<Work>(work));
  }
  template <class Work>
  auto read(Work&& work) {
    return store_->read(std::forward<Work>(work));
  }
  void sql(std::string_view statement) {
    write([&](Unit& unit) { unit.db().execute(statement); });
  }
  std::int64_t number(std::string_view select) {
    return read([&](const View& view) {
      auto row = view.db().prepare(select);
      return row.step() ? row.integer(0) : -1;
    });
  }
  std::string word(std::string_view select) {
    return read([&](const View& view) {
      auto row = view.db().prepare(select);
      return row.step() ? row.text(0) : std::string("(none)");
    });
  }

  static UserId put_user(Unit& unit, const std::string& name) {
    unit.db()
        .prepare(
            "INSERT INTO users (id, kind, user_name, user_name_folded, email, email_folded, display_name, "
            "display_name_folded, profile, created_at, modified_at) VALUES (?, 'staff', ?, ?, ?, ?, ?, ?, '{}', ?, ?)")
        .bind(random_uuid(), name, name, name + "@example.org", name + "@example.org", name, name, unit.now(),
              unit.now())
        .run();
    return {unit.db().last_id()};
  }
  static void put_claim_row(Unit& unit, SourceId source, UserId user, std::string_view key, std::string_view digest) {
    unit.db()
        .prepare(
            "INSERT INTO claims (user_key, source_id, source_key, profile, digest, created_at, modified_at) "
            "VALUES (?, ?, ?, '{}', ?, ?, ?)")
        .bind(user, source, key, digest, unit.now(), unit.now())
        .run();
  }
  static GroupId put_group_row(Unit& unit, SourceId source, const std::string& key, std::string_view digest,
                               bool hidden = false) {
    unit.db()
        .prepare(
            "INSERT INTO groups (id, source_id, source_key, display_name, display_name_folded, digest, hidden, "
            "created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(random_uuid(), source, key, key, key, digest, hidden, unit.now(), unit.now())
        .run();
    return {unit.db().last_id()};
  }
  static void put_member_row(Unit& unit, SourceId source, GroupId group, char kind, std::int64_t member) {
    unit.db()
        .prepare(
            "INSERT INTO memberships (group_key, member_kind, member_key, source_id, since) VALUES (?, ?, ?, ?, 0)")
        .bind(group, std::string(1, kind), member, source)
        .run();
  }

  UserId add_user(const std::string& name) {
    return write([&](Unit& unit) { return put_user(unit, name); });
  }
  SourceId add_source(const std::string& name) {
    return write([&](Unit& unit) { return ensure_source(unit, name); });
  }

  HandClock clock_;
  std::filesystem::path directory_;
  std::unique_ptr<Store> store_;
};

}  // namespace rosterd::store::rows
