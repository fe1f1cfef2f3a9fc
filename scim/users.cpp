#include "scim/users.h"

#include <algorithm>

#include "scim/constraints.h"
#include "scim/quirks.h"
#include "scim/reply.h"
#include "scim/slices.h"
#include "scim/text.h"
#include "scim/user_resource.h"
#include "store/assignments.h"
#include "store/blocks.h"
#include "store/claims.h"
#include "store/holds.h"
#include "store/seen.h"
#include "store/sources.h"

namespace rosterd::scim {
namespace {

using store::Unit;
using store::User;

Error not_found(const std::string& id) {
  return Error::plain(404, "there is no user " + excerpt(id));
}

Check check_references(const Call& call, const Object& document) {
  const Catalogue& catalogue = call.context.catalogue;
  return check_references(document, catalogue.user(), catalogue.types(), call.context.base_url);
}

// What a body says, split into what the store keeps apart.
struct UserFacts {
  store::PreparedClaim claim;
  std::optional<bool> active;
};

Result<UserFacts> split(Object document, const Call& call, store::ClaimFacts facts = {}) {
  std::optional<bool> said_active;
  if (const Json* key = document.find("externalId")) facts.key = std::string(key->string_or(""));
  if (const Json* active = document.find("active")) said_active = *active->boolean();
  // Clients send a placeholder even when they do not synchronise passwords: it must never open a door.
  if (document.erase("password") && !call.notes.use(Habit::placeholder_password, "password"))
    return Error::invalid_value("passwords are not taken from this connection");
  const Json* name = document.find("userName");
  const std::string_view user_name = name == nullptr ? "" : name->string_or("");
  if (trim(user_name) != user_name && !call.notes.use(Habit::spaces_around_user_name, "userName"))
    return Error::invalid_value("userName begins or ends with a space");
  for (const char* apart : {"id", "externalId", "active"}) document.erase(apart);
  facts.profile = write_json(std::move(document));
  auto claim = store::prepare_claim(std::move(facts));
  if (!claim) return to_error(claim.refused());
  return UserFacts{std::move(*claim), said_active};
}

// active:false is this connection's block, active:true lifts what this connection set and nobody else's.
Check apply_active(Unit& unit, const Call& call, store::UserId user, bool active) {
  const auto done = active ? store::lift(unit, user, call.source())
                           : store::block(unit, user, call.source(), store::Reason::inactive_by_client);
  if (!done) return to_error(done.refused());
  return Done{};
}

// What the client cannot see of its assignments: names that are not known here, and what it may not give.
void note_assignments(const Unit& unit, const Call& call, const store::PreparedClaim& claim) {
  if (!call.context.connection.assigns) return;
  const auto source = store::find_source(unit, call.source());
  const auto assigned = store::assigned_by(unit, unit.settings(), source->name, claim.profile.text);
  if (assigned.unknown > 0) call.notes.ignore("a role or entitlement that is not known here");
  if (assigned.withheld > 0) call.notes.ignore("a privileged role that this connection may not give");
}

ShownUser show(const Call& call, const store::View& view, store::SeenUser found) {
  const UserParts parts{call.selection.empty() || call.selection.wants("groups"), true};
  return look_up(call, view, std::move(found), parts);
}

// As the unit has left the person.
ShownUser show_changed(const Call& call, const Unit& unit, store::UserId key) {
  if (call.unit != nullptr) return ShownUser{{store::find_user(unit, key).value(), {}}, {}};
  return show(call, unit, store::find_seen(unit, call.source(), key).value());
}

// Outside of units: the one writer has enough to do.
Response reply_user(const Call& call, const ShownUser& user, int status) {
  const User& row = user.found.user;
  if (call.unit != nullptr) return reply_bare(call, status, call.context.catalogue.user(), row.id, row.version);
  if (call.selection.empty()) {
    if (auto text = write_user(call, user))
      return reply_text(call, status, std::move(*text), call.context.catalogue.user(), row.id, row.version);
  }
  return reply_resource(call, status, render_user(call, user), call.context.catalogue.user());
}

Result<Response> reply_user(const Call& call, const Result<ShownUser>& user, int status) {
  if (!user) return user.error();
  return reply_user(call, *user, status);
}

Result<ShownUser> create(Unit& unit, const Call& call, const UserFacts& facts) {
  const auto claimed = store::put_claim(unit, call.source(), facts.claim);
  if (!claimed) return to_error(claimed.refused());
  note_assignments(unit, call, facts.claim);
  if (claimed->over_inactive) (void)call.notes.use(Habit::rehire_by_post, "User");
  const bool active = facts.active.value_or(true);
  if (!active || !claimed->created) {
    if (Check applied = apply_active(unit, call, claimed->user, active); !applied) return applied.error();
  }
  return show_changed(call, unit, claimed->user);
}

// States the claim of somebody known, and `active` when the client said something about it.
Result<ShownUser> update(Unit& unit, const Call& call, store::UserId user, const UserFacts& facts) {
  const auto claimed = store::put_claim(unit, call.source(), facts.claim, user);
  if (!claimed) return to_error(claimed.refused());
  note_assignments(unit, call, facts.claim);
  if (facts.active) {
    if (Check applied = apply_active(unit, call, user, *facts.active); !applied) return applied.error();
  }
  return show_changed(call, unit, user);
}

// Whether a PATCH says anything about `active`: to change something else is no word that the person stays.
bool name_active(const std::vector<Operation>& operations) {
  const auto is_active = [](std::string_view name) { return iequals(name.substr(name.rfind(':') + 1), "active"); };
  return std::any_of(operations.begin(), operations.end(), [&](const Operation& operation) {
    if (operation.path) return is_active(operation.path->attribute.name);
    const Object* values = operation.value.object();
    return values != nullptr && std::any_of(values->begin(), values->end(), [&](const Member& member) {
             return is_active(member.name) ||
                    (iequals(member.name, kUserSchema) && member.value.find("active") != nullptr);
           });
  });
}

// Whether a PUT has to look at what the connection wrote before: keep_held() would find something.
bool has_kept(const ResourceType& type, std::string_view profile) {
  const auto slices = slice_object(profile);
  if (!slices) return true;
  return std::any_of(slices->begin(), slices->end(), [&](const Slice& slice) {
    const Schema* extension = type.is_extension(slice.name) ? type.schema(slice.name) : nullptr;
    return extension != nullptr ? !extension->replaced : type.find("", slice.name) == nullptr;
  });
}

// What a PUT comes to when something that is held has to stay; nothing when it is what the body says.
std::optional<Result<UserFacts>> with_kept(const Unit& unit, const Call& call, store::UserId user,
                                           const Object& document) {
  const ResourceType& type = call.context.catalogue.user();
  const auto claim = store::find_claim(unit, call.source(), user);
  if (!claim || !has_kept(type, claim->profile)) return std::nullopt;
  auto parsed = parse_json(claim->profile);
  const Json* held = std::get_if<Json>(&parsed);
  if (held == nullptr || held->object() == nullptr) return std::nullopt;
  Object merged = document;
  if (Check kept = keep_held(merged, *held->object(), type); !kept) return kept.error();
  return split(std::move(merged), call);
}

// What a POST or PUT says, checked as far as the body alone tells.
Result<Object> read_document(const Call& call) {
  Result<Json> body = read_body(call);
  if (!body) return body.error();
  rewrite_resource(*body, call.notes);
  Result<Object> document = take_in(*body, call.context.catalogue.user(), call.notes, call.context.limits.patch.values);
  if (!document) return document;
  if (Check checked = check_references(call, *document); !checked) return checked.error();
  return document;
}

// Finds the person inside the unit and checks If-Match there.
Result<User> find_for_change(const Unit& unit, const Call& call, const std::string& id) {
  auto user = store::find_user_of(unit, call.source(), id);
  if (!user) return not_found(id);
  if (Check held = check_preconditions(call, user->version, user->modified); !held) return held.error();
  return std::move(*user);
}

}  // namespace

Result<Response> create_user(const Call& call) {
  Result<Object> document = read_document(call);
  if (!document) return document.error();
  store::ClaimFacts wanted;
  wanted.kind = call.context.connection.kind;
  wanted.as_new = true;
  wanted.over_inactive = call.notes.allows(Habit::rehire_by_post);
  const Result<UserFacts> facts = split(std::move(*document), call, std::move(wanted));
  if (!facts) return facts.error();
  const auto made = change(call, [&](Unit& unit) { return create(unit, call, *facts); });
  return reply_user(call, made, 201);
}

Result<Response> read_user(const Call& call, const std::string& id) {
  return look(call, [&](const store::View& view) -> Result<Response> {
    auto found = store::find_seen(view, call.source(), id);
    if (!found) return not_found(id);
    if (is_not_modified(call.request, found->user.version, found->user.modified)) {
      Response response = reply_empty(304);
      response.headers.emplace_back("ETag", entity_tag(found->user.version));
      return response;
    }
    return reply_user(call, show(call, view, std::move(*found)), 200);
  });
}

Result<Response> read_me(const Call& call) {
  const store::UserId person = call.context.connection.person;
  if (!person) return Error::plain(501, "/Me is for a person's own session; a provisioning token is no person's");
  return look(call, [&](const store::View& view) -> Result<Response> {
    auto user = store::find_user(view, person);
    if (!user || user->hidden) return not_found("who owns this session");
    const std::string url = call.context.base_url + call.context.catalogue.user().endpoint + "/" + user->id;
    Response response;
    if (is_not_modified(call.request, user->version, user->modified)) {
      response = reply_empty(304);
      response.headers.emplace_back("ETag", entity_tag(user->version));
    } else {
      auto seen = store::seen_by(view, *user, call.source());
      response = reply_user(call, show(call, view, {std::move(*user), std::move(seen)}), 200);
    }
    response.headers.emplace_back("Content-Location", url);
    return response;
  });
}

Result<Response> replace_user(const Call& call, const std::string& id) {
  const Result<Object> document = read_document(call);
  if (!document) return document.error();
  const Result<UserFacts> said = split(*document, call);
  const auto changed = change(call, [&](Unit& unit) -> Result<ShownUser> {
    const Result<User> user = find_for_change(unit, call, id);
    if (!user) return user.error();
    if (!said) return said.error();
    const auto kept = with_kept(unit, call, user->key, *document);
    if (kept && !*kept) return kept->error();
    return update(unit, call, user->key, kept ? **kept : *said);
  });
  return reply_user(call, changed, 200);
}

Result<Response> patch_user(const Call& call, const std::string& id) {
  Result<Json> body = read_body(call);
  if (!body) return body.error();
  rewrite_patch(*body, call.notes);
  const PatchContext context{call.context.catalogue, call.context.catalogue.user(), call.notes,
                             call.context.limits.patch};
  const auto operations = parse_operations(*body, context);
  if (!operations) return operations.error();
  const bool says_active = name_active(*operations);
  const auto changed = change(call, [&](Unit& unit) -> Result<ShownUser> {
    const Result<User> user = find_for_change(unit, call, id);
    if (!user) return user.error();
    Result<Object> after = apply_patch(patchable_user(call, unit, *user), *operations, context);
    if (!after) return after.error();
    if (after->find("active") == nullptr) call.notes.ignore("active, which cannot be unassigned");
    if (Check checked = check_references(call, *after); !checked) return checked.error();
    store::ClaimFacts wanted;
    wanted.keyless = after->find("externalId") == nullptr;
    Result<UserFacts> facts = split(std::move(*after), call, std::move(wanted));
    if (!facts) return facts.error();
    if (!says_active) facts->active.reset();
    return update(unit, call, user->key, *facts);
  });
  return reply_user(call, changed, 200);
}

Result<Response> delete_user(const Call& call, const std::string& id) {
  return change(call, [&](Unit& unit) -> Result<Response> {
    const Result<User> user = find_for_change(unit, call, id);
    // Who waited for an administrator has not been told yet.
    if (!user && store::was_released(unit, call.source(), "end_person", id)) return reply_empty(204);
    if (!user) return user.error();
    const auto ended = store::end_claim(unit, call.source(), user->key);
    if (!ended) return to_error(ended.refused());
    return reply_empty(204);
  });
}

}  // namespace rosterd::scim
