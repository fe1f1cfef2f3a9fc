// Listens to one sync: keeps the plan for whoever asked, in words and as data, and tells the log what needs a person.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ldap/sync.h"
#include "scim/json.h"
#include "store/store.h"

namespace rosterd::jobs {

class PlanRecorder final : public ldap::Observer {
 public:
  explicit PlanRecorder(std::string source) : source_(std::move(source)) {}

  void searching(const std::string& ldapsearch_line) override;
  void set_aside(const ldap::SetAside& entry) override;
  void planned(const ldap::Change& change, bool held) override;
  void refused(const ldap::Change& change, const store::Refused& why) override;

  // To be called once each, after the run; `store` tells what the access rules make of the memberships.
  void resolve_access(const store::Store& store);
  std::string text(const ldap::SyncResult& result) const;
  scim::Json data(const ldap::SyncResult& result);

 private:
  struct Line {
    std::string text;
    std::string group_key;  // of a person's membership; empty otherwise
    scim::Json data;        // null for a remark
  };
  struct GroupNames {
    std::string display_name;
    std::string dn;
  };

  void note(Line line);
  std::vector<std::string> access_of(const store::View& view, const store::Settings& settings, const std::string& key);

  const std::string source_;
  std::vector<Line> lines_;
  std::map<std::string, GroupNames> new_groups_;              // that the plan itself would add
  std::map<std::string, std::vector<std::string>> resolved_;  // group key → "role Staff", "project Website"
  std::size_t left_out_ = 0;
};

}  // namespace rosterd::jobs
