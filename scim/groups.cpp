#include "scim/groups.h"

#include "scim/constraints.h"
#include "scim/group_resource.h"
#include "scim/quirks.h"
#include "scim/reply.h"
#include "scim/text.h"
#include "store/groups.h"
#include "store/holds.h"
#include "store/remembered.h"

namespace rosterd::scim {
namespace {

using store::Group;
using store::GroupId;
using store::Unit;

Error not_found(const std::string& id) {
  return Error::plain(404, "there is no group " + excerpt(id));
}

Object parse_document(const std::string& text) {
  auto parsed = parse_json(text);
  Json* value = std::get_if<Json>(&parsed);
  return value != nullptr && value->object() != nullptr ? std::move(*value->object()) : Object();
}

// What the store keeps as the group's document: what has no column.
std::string further(Object document) {
  for (const char* apart : {"id", "externalId", "displayName", "members"}) document.erase(apart);
  return document.empty() ? "{}" : write_json(std::move(document));
}

struct GroupDocument {
  store::GroupFacts facts;
  Object further;                                   // extensions
  std::optional<std::vector<std::string>> members;  // absent: the body said nothing about them
};

Result<GroupDocument> read_document(const Call& call) {
  Result<Json> body = read_body(call);
  if (!body) return body.error();
  rewrite_resource(*body, call.notes);
  const bool names_members = body->find("members") != nullptr;
  Result<Object> document =
      take_in(*body, call.context.catalogue.group(), call.notes, call.context.limits.patch.values);
  if (!document) return document.error();
  const Catalogue& catalogue = call.context.catalogue;
  Check checked = check_references(*document, catalogue.group(), catalogue.types(), call.context.base_url);
  if (!checked) return checked.error();
  GroupDocument group;
  group.facts.display_name = document->find("displayName")->string_or("");
  if (const Json* key = document->find("externalId")) group.facts.key = std::string(key->string_or(""));
  if (names_members) group.members.emplace();
  if (const Json* members = document->find("members")) {
    for (const Json& member : *members->array()) {
      const Json* id = member.find("value");
      if (id == nullptr) return Error::invalid_value("a member needs a value, the member's id");
      group.members->push_back(*id->string());
    }
  }
  group.facts.document = further(*document);
  group.further = parse_document(group.facts.document);
  return group;
}

// Who the client named, and the names that are remembered because nobody answers to them yet.
struct Named {
  std::vector<store::Member> members;
  std::vector<std::string> unknown;
};

bool remembers(const Call& call) {
  return call.context.connection.unknown_members == UnknownMembers::remember;
}

std::optional<store::Member> find_member(const Call& call, const store::View& view, const std::string& id) {
  if (const auto user = store::find_user_of(view, call.source(), id)) return user->key;
  if (const auto group = store::find_group_of(view, call.source(), id)) return group->key;
  if (!remembers(call)) return std::nullopt;
  auto named = store::find_named_member(view, call.source(), id);
  if (named) call.notes.ignore("that a member is named by externalId or userName");
  return named;
}

// The connection's people and groups with these ids.
Result<Named> resolve_members(const Call& call, const store::View& view, const std::vector<std::string>& ids) {
  Named named;
  named.members.reserve(ids.size());
  for (const std::string& id : ids) {
    if (const auto member = find_member(call, view, id)) {
      named.members.push_back(*member);
    } else if (remembers(call)) {
      call.notes.ignore("a member that is not known here yet, it is remembered");
      named.unknown.push_back(id);
    } else if (call.context.connection.unknown_members == UnknownMembers::skip) {
      call.notes.ignore("a member that is not known here");
    } else {
      return Error::invalid_value("there is no user or group " + excerpt(id) + " to be a member");
    }
  }
  return named;
}

// Also those that are hidden by now: whoever is deleted first leaves his groups afterwards.
std::vector<store::Member> resolve_leavers(const Call& call, const store::View& view,
                                           const std::vector<std::string>& ids) {
  std::vector<store::Member> members;
  for (const std::string& id : ids) {
    if (const auto user = store::find_user(view, id)) {
      members.emplace_back(user->key);
    } else if (const auto group = store::find_group(view, id)) {
      members.emplace_back(group->key);
    } else if (const auto named = find_member(call, view, id)) {
      members.push_back(*named);
    }
  }
  return members;
}

Check replace_all(Unit& unit, const Call& call, GroupId group, const std::vector<std::string>& ids) {
  const auto named = resolve_members(call, unit, ids);
  if (!named) return named.error();
  const auto done = store::replace_members(unit, group, named->members);
  if (!done) return to_error(done.refused());
  const auto kept = store::replace_remembered(unit, group, named->unknown);
  return kept ? Check(Done{}) : Check(to_error(kept.refused()));
}

Check add(Unit& unit, const Call& call, GroupId group, const std::vector<std::string>& ids) {
  const auto named = resolve_members(call, unit, ids);
  if (!named) return named.error();
  const auto done = store::add_members(unit, group, named->members);
  if (!done) return to_error(done.refused());
  if (named->unknown.empty()) return Done{};
  const auto kept = store::remember_members(unit, group, named->unknown);
  return kept ? Check(Done{}) : Check(to_error(kept.refused()));
}

Check apply_members(Unit& unit, const Call& call, GroupId group, const MemberChanges& changes) {
  if (changes.replace) return replace_all(unit, call, group, *changes.replace);
  if (!changes.add.empty()) {
    if (Check done = add(unit, call, group, changes.add); !done) return done;
  }
  if (!changes.remove.empty()) {
    const auto done = store::remove_members(unit, group, resolve_leavers(call, unit, changes.remove));
    if (!done) return to_error(done.refused());
    store::forget_members(unit, group, changes.remove);
  }
  return Done{};
}

Check check_new(const Call& call, const store::View& view, const store::GroupFacts& facts) {
  if (facts.key) {
    const auto known = store::find_group_by_key(view, call.source(), *facts.key);
    if (known && !known->hidden) return Error::uniqueness("externalId belongs to a group that exists");
  }
  const auto namesake = store::find_group_by_name(view, call.source(), facts.display_name);
  const bool told_apart = namesake && facts.key && namesake->source_key && *facts.key != *namesake->source_key;
  if (namesake && !told_apart) return Error::uniqueness("displayName belongs to a group that exists");
  return Done{};
}

Result<Group> find_for_change(const Unit& unit, const Call& call, const std::string& id) {
  auto group = store::find_group_of(unit, call.source(), id);
  if (!group) return not_found(id);
  if (Check held = check_preconditions(call, group->version, group->modified); !held) return held.error();
  return std::move(*group);
}

// The rest of a group's facts stays as it is.
store::GroupFacts facts_of(const Group& group) {
  store::GroupFacts facts;
  facts.key = group.source_key;
  facts.display_name = group.display_name;
  facts.dn = group.dn;
  facts.document = group.document;
  facts.digest = group.digest;
  return facts;
}

Result<Response> reply_group(const Call& call, const store::View& view, GroupId key, int status) {
  const auto group = store::find_group(view, key);
  if (call.unit != nullptr) return reply_bare(call, status, call.context.catalogue.group(), group->id, group->version);
  Json resource = render_group(call, view, *group, call.selection.wants("members"));
  if (Check shown = check_members(call, resource); !shown) return shown.error();
  return reply_resource(call, status, std::move(resource), call.context.catalogue.group());
}

Check put(Unit& unit, const Call& call, const Group& group, const store::GroupFacts& facts) {
  if (facts.key == group.source_key && facts.display_name == group.display_name && facts.document == group.document)
    return Done{};
  if (facts.key && facts.key != group.source_key) {
    const auto holder = store::find_group_by_key(unit, call.source(), *facts.key);
    if (holder && !holder->hidden && holder->key != group.key) {
      return Error::uniqueness("externalId belongs to a group that exists");
    }
  }
  const auto done = store::put_group(unit, call.source(), facts, group.key);
  return done ? Check(Done{}) : Check(to_error(done.refused()));
}

PatchContext patch_context(const Call& call) {
  return {call.context.catalogue, call.context.catalogue.group(), call.notes, call.context.limits.patch};
}

Result<Response> apply_patch_to(Unit& unit, const Call& call, const Group& group, const GroupPatch& patch) {
  if (!patch.rest.empty()) {
    Object before = parse_document(group.document);
    before.set("id", group.id);
    if (group.source_key) before.set("externalId", *group.source_key);
    before.set("displayName", group.display_name);
    const Result<Object> after = apply_patch(std::move(before), patch.rest, patch_context(call));
    if (!after) return after.error();
    store::GroupFacts facts = facts_of(group);
    facts.display_name = after->find("displayName")->string_or("");
    const Json* key = after->find("externalId");
    facts.keyless = key == nullptr;
    facts.key = key == nullptr ? std::nullopt : std::optional(std::string(key->string_or("")));
    facts.document = further(*after);
    if (Check done = put(unit, call, group, facts); !done) return done.error();
  }
  if (Check done = apply_members(unit, call, group.key, patch.members); !done) return done.error();
  if (!call.selection.attributes.empty()) return reply_group(call, unit, group.key, 200);
  Response response = reply_empty(204);
  response.headers.emplace_back("ETag", entity_tag(store::find_group(unit, group.key)->version));
  return response;
}

}  // namespace

Result<Response> create_group(const Call& call) {
  const Result<GroupDocument> document = read_document(call);
  if (!document) return document.error();
  return change(call, [&](Unit& unit) -> Result<Response> {
    if (Check is_new = check_new(call, unit, document->facts); !is_new) return is_new.error();
    const auto group = store::put_group(unit, call.source(), document->facts);
    if (!group) return to_error(group.refused());
    // A group that came back has exactly the members it is given now.
    MemberChanges members;
    members.replace = document->members.value_or(std::vector<std::string>());
    if (Check done = apply_members(unit, call, *group, members); !done) return done.error();
    return reply_group(call, unit, *group, 201);
  });
}

Result<Response> read_group(const Call& call, const std::string& id) {
  return look(call, [&](const store::View& view) -> Result<Response> {
    const auto group = store::find_group_of(view, call.source(), id);
    if (!group) return not_found(id);
    if (is_not_modified(call.request, group->version, group->modified)) {
      Response response = reply_empty(304);
      response.headers.emplace_back("ETag", entity_tag(group->version));
      return response;
    }
    return reply_group(call, view, group->key, 200);
  });
}

Result<Response> replace_group(const Call& call, const std::string& id) {
  const Result<GroupDocument> document = read_document(call);
  if (!document) return document.error();
  return change(call, [&](Unit& unit) -> Result<Response> {
    const Result<Group> group = find_for_change(unit, call, id);
    if (!group) return group.error();
    store::GroupFacts facts = facts_of(*group);
    facts.display_name = document->facts.display_name;
    if (document->facts.key) facts.key = document->facts.key;
    Object kept = document->further;
    Check held = keep_held(kept, parse_document(group->document), call.context.catalogue.group());
    if (!held) return held.error();
    facts.document = further(std::move(kept));
    if (Check done = put(unit, call, *group, facts); !done) return done.error();
    MemberChanges members;
    members.replace = document->members;
    if (Check done = apply_members(unit, call, group->key, members); !done) return done.error();
    return reply_group(call, unit, group->key, 200);
  });
}

Result<Response> patch_group(const Call& call, const std::string& id) {
  Result<Json> body = read_body(call);
  if (!body) return body.error();
  rewrite_patch(*body, call.notes);
  auto operations = parse_operations(*body, patch_context(call));
  if (!operations) return operations.error();
  const auto patch = split_member_operations(std::move(*operations), patch_context(call));
  if (!patch) return patch.error();
  return change(call, [&](Unit& unit) -> Result<Response> {
    const Result<Group> group = find_for_change(unit, call, id);
    if (!group) return group.error();
    return apply_patch_to(unit, call, *group, *patch);
  });
}

Result<Response> delete_group(const Call& call, const std::string& id) {
  return change(call, [&](Unit& unit) -> Result<Response> {
    const Result<Group> group = find_for_change(unit, call, id);
    // As in delete_user.
    if (!group && store::was_released(unit, call.source(), "hide_group", id)) return reply_empty(204);
    if (!group) return group.error();
    const auto hidden = store::hide_group(unit, group->key);
    if (!hidden) return to_error(hidden.refused());
    return reply_empty(204);
  });
}

}  // namespace rosterd::scim
