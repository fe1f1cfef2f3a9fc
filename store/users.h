// Reading people. The record is the effective user: what all claims, blocks and grants come to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/access_rules.h"
#include "store/store.h"

namespace rosterd::store {

enum class Status { pending, participating, inactive };

struct User {
  UserId key;
  std::string id;  // public, a UUID
  Kind kind = Kind::staff;
  std::string user_name;
  std::string email;  // sign-in address; may be empty
  std::string display_name;
  std::string company;  // clients
  bool active = true;   // exactly when no block exists
  bool hidden = false;  // deprovisioned: no door shows it, the record stays
  std::optional<Instant> joined_at;
  std::string mail_problem;  // a permanent refusal of the last mail; empty when none
  std::string profile;       // effective profile, SCIM-shaped JSON without id, meta, groups, roles
  std::int64_t version = 0;  // counts every visible change; the ETag
  Instant created;
  Instant modified;

  Status status() const {
    if (!active) return Status::inactive;
    return joined_at ? Status::participating : Status::pending;
  }
};

std::string_view to_string(Kind);
std::string_view to_string(Status);  // "Pending", "Participating", "Inactive"

std::optional<User> find_user(const View&, UserId);
std::optional<User> find_user(const View&, std::string_view id);
// Only people with a live claim of that source: what a connection may see (design: linking).
std::optional<User> find_user_of(const View&, SourceId, std::string_view id);
// Sign-in name or address, folded; never hidden people.
std::optional<User> find_user_by_login(const View&, std::string_view user_name_or_email);
// What a person types on a command line: id, userName, e-mail address or a source's key. Hidden people only by id or
// key.
std::optional<User> find_person(const View&, std::string_view text);
// The source's own claim over the effective profile, so that a client finds what it wrote.
std::string profile_seen_by(const View&, const User&, SourceId);

}  // namespace rosterd::store
