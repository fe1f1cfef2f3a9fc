// A SCIM service on a real store in a private directory, with a clock moved by hand.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "scim/engine.h"
#include "store/store.h"
#include "tests/scim/support.h"

namespace rosterd::scim {

class ManualClock final : public store::Clock {
 public:
  store::Instant now() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  store::Instant now_ = store::from_millis(1'767'225'600'000);  // 2026-01-01T00:00:00Z
};

// One answer, with its body already read.
struct Answer {
  int status = 0;
  Json body;
  std::string text;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> notes;

  std::string header(std::string_view name) const;
  // The text at a dotted path of members, "" when there is none; other values as JSON.
  std::string at(std::string_view path) const;
  std::string scim_type() const { return at("scimType"); }
  std::size_t total() const;
};

class Service : public ::testing::Test {
 protected:
  Service();
  ~Service() override;

  // `target` is path and query below the base.
  Answer send(std::string method, std::string_view target, std::string_view body = "", Request extra = {});
  Answer get(std::string_view target) { return send("GET", target); }
  Answer post(std::string_view target, std::string_view body) { return send("POST", target, body); }
  Answer put(std::string_view target, std::string_view body) { return send("PUT", target, body); }
  // Wraps the operations into the PatchOp envelope.
  Answer patch(std::string_view target, std::string_view operations);
  Answer remove(std::string_view target) { return send("DELETE", target); }

  // Makes a user or a group and returns its id.
  std::string user(std::string_view user_name, std::string_view more = "");
  std::string group(std::string_view display_name, std::string_view members = "[]");
  // Ids of all members as GET shows them, in order of their names.
  std::string members_of(const std::string& group_id);

  store::SourceId source(std::string_view name);
  // From now on: what is served, and what the store indexes.
  void use(const Catalogue& catalogue);
  void use(store::SourceId source) { connection_.source = source; }

  ManualClock clock_;
  std::filesystem::path directory_;
  std::unique_ptr<store::Store> store_;
  const Catalogue* served_ = &Catalogue::standard();
  Connection connection_;
  Limits limits_;
};

// Percent-encodes everything that is not unreserved.
std::string encode(std::string_view text);

}  // namespace rosterd::scim
