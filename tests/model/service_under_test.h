// The engine on a real store in a private directory, with several connections.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "scim/engine.h"
#include "store/store.h"
#include "tests/model/requests.h"
#include "tests/scim/support.h"

namespace rosterd::model {

// Without meta and schemas, and with what has no order in one: members, blocks (their `since` apart).
Json canonical(Json resource);

struct Answer {
  int status = 0;
  Json body;

  std::string scim_type() const;
  std::string id() const;
  std::string meta() const;  // version and lastModified
  Json shown() const { return canonical(body); }
  Json versioned() const;  // without a person's groups: they are the groups' own
};

class ServiceUnderTest {
 public:
  explicit ServiceUnderTest(int sources);
  ~ServiceUnderTest();

  // Time passes with every request. `source` counts from 0.
  Answer send(int source, const std::string& method, const std::string& target, const std::string& body);
  void admin(const std::string& user_id, bool blocks);
  const std::string& last() const { return last_; }            // the last change, for a message
  const std::string& last_kind() const { return last_kind_; }  // "PATCH /Users"

  // Ids in the order of the list. `total`: what totalResults must be on every page.
  std::vector<std::string> walk_by_index(int source, const std::string& path, const std::string& filter,
                                         std::size_t count, std::size_t total, const std::string& more = "");
  std::vector<std::string> walk_by_cursor(int source, const std::string& path, const std::string& filter,
                                          std::size_t count, const std::string& more = "");
  // Every resource of the type, evaluated in memory: no index has a say.
  std::vector<std::string> evaluated(int source, const std::string& path, const std::string& filter);

 private:
  class Clock;
  std::filesystem::path directory_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<store::Store> store_;
  std::vector<store::SourceId> sources_;
  std::string last_;
  std::string last_kind_;
};

}  // namespace rosterd::model
