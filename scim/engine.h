// The SCIM 2.0 service (RFC 7643, RFC 7644) as one function from request to response. Every answer but an empty one is
// application/scim+json, errors included; a write is one unit of work with its preconditions inside. Thread-safe: all
// state is the store's. Authentication is the caller's: `connection` is who the bearer token belongs to.
//
// A connection sees the people with its own claim and its own groups. Choices where clients and RFC leave room:
// - members unknown to the connection are refused by id (400 invalidValue), so that a group is never short of somebody
//   in silence; `unknown_members` may skip them instead, or remember them until somebody answers to that id, externalId
//   or userName. Removing an unknown member is always done already.
// - two groups of one displayName are told apart by externalId; without one the second POST is a 409.
// - a PUT without `active` or without `members` leaves them as they are; `members: []` empties the group.
// - `externalId` is the connection's key of the person: a PUT without it keeps it.
// - `password` is taken from no client and never returned.
#pragma once

#include <string>

#include "scim/catalogue.h"
#include "scim/filter.h"
#include "scim/habits.h"
#include "scim/message.h"
#include "scim/patch.h"
#include "store/store.h"
#include "store/users.h"

namespace rosterd::scim {

// What a connection may change at all. self: nothing but to read who it is (/Me), for a person's session. none:
// discovery only, for whoever has shown no token.
enum class Rights { full, users, read, self, none };

// What becomes of a member that is not there.
enum class UnknownMembers { refuse, skip, remember };

struct Connection {
  store::SourceId source;
  Rights rights = Rights::full;
  bool require_version = false;  // changes of what exists need a version in If-Match, else 428
  HabitSet habits = habits_of(Profile::generic);
  bool interop_conformant = false;  // said in ServiceProviderConfig (draft-zollner-scim-interop-profile section 4)
  UnknownMembers unknown_members = UnknownMembers::refuse;
  int held_status = 429;                  // of what the brake on removals holds; 503 is the other
  store::Kind kind = store::Kind::staff;  // of people created from now on
  bool assigns = false;           // `roles` and `entitlements` of its people are grants: store::Settings::assigning
  bool gives_privileged = false;  // … of privileged roles, too
  bool okta_urns = false;         // roles and entitlements stand under the URNs that Okta looks for
  store::UserId person = {};      // whose session this is; none: a provisioning token
};

struct Limits {
  JsonLimits body{std::size_t{8} << 20, 64};
  FilterLimits filter;
  PatchLimits patch;
  std::size_t bulk_operations = 4000;  // as many as of one PATCH: clients cut theirs by this figure, too
  std::size_t default_count = 100;
  std::size_t max_count = 200;
  std::size_t max_members = 100'000;  // of one group shown in an answer; beyond it tooMany
  std::size_t max_scanned = 250'000;  // resources read for a filter that no index serves; beyond it tooMany
};

struct Context {
  store::Store& store;
  const Catalogue& catalogue;
  Connection connection;
  store::Actor actor;
  std::string base_url;  // "https://host/scim/v2", no slash at the end
  Limits limits;
};

// Never throws for what the store or the client does: StoreError becomes 507, 503 or 500 in SCIM's form.
Response handle(const Request& request, const Context& context);

}  // namespace rosterd::scim
