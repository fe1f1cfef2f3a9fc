// The groups table's columns as a Group, and walking down from a group. Inside store/ only.
#pragma once

#include "store/groups.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {

// To be followed by FROM groups g …; read_group() expects these columns first.
#define ROSTERD_GROUP_COLUMNS                                                                                        \
  "SELECT g.key, g.id, g.source_id, g.source_key, g.display_name, g.dn, g.document, g.digest, g.hidden, g.version, " \
  "g.created_at, g.modified_at "

Group read_group(const Statement& row);
// A group that a person is in, at whatever depth.
struct GroupAbove {
  GroupId key;
  std::string id;
  SourceId source;
  std::string source_name;
  std::string display_name;
  std::string dn;
  bool direct = false;
};
// By key; ended groups and what is only above them are left out; cycles end.
std::vector<GroupAbove> groups_above(const View&, UserId);
// The group itself and all groups nested in it; cycles end.
std::vector<GroupId> groups_below(const View&, GroupId);
// At most `limit` people below these groups with a key above `after`, in key order.
std::vector<UserId> people_below(const View&, const std::vector<GroupId>&, UserId after, std::size_t limit);
// What follows from a changed fact about a group for the people below it: now when they are few (then true), else as
// queued work.
bool refresh_below(Unit&, GroupId, bool quiet);

}  // namespace rosterd::store
