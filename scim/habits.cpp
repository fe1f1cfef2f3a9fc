#include "scim/habits.h"

#include <algorithm>
#include <array>

namespace rosterd::scim {
namespace {

constexpr std::size_t kMaxNotes = 20;

constexpr std::array<std::string_view, kProfiles> kNames = {"generic",   "entra",    "okta",   "onelogin", "jumpcloud",
                                                            "authentik", "keycloak", "strict", "interop"};

using Profiles = std::bitset<kProfiles>;

template <class... P>
constexpr Profiles only(P... profiles) {
  return Profiles(((1ULL << static_cast<unsigned>(profiles)) | ...));
}

using enum Profile;
constexpr Profiles kClients = only(generic, entra, okta, onelogin, jumpcloud, authentik, keycloak);
constexpr Profiles kAllButInterop = only(generic, entra, okta, onelogin, jumpcloud, authentik, keycloak, strict);

constexpr std::array<HabitRow, kHabits> kTable = {{
    {Habit::legacy_urns, "legacy-urns", "names schemas by URNs of SCIM 1.1 and of drafts (urn:scim:schemas:core:2.0)",
     "read as today's URN", "unknown schemas and attributes", "RFC 7643 §3", only(generic, onelogin)},
    {Habit::microsoft_group_urn, "microsoft-group-urn", "lists Microsoft's own group schema beside the standard one",
     "left out of schemas", "an unknown schema", "RFC 7643 §3", only(generic, entra)},
    {Habit::roles_as_json_text, "roles-as-json-text", "writes a role as JSON inside a string",
     "its value and displayName are taken out", "the text is the role's value", "RFC 7643 §4.1.2",
     only(generic, entra)},
    {Habit::plain_value_for_object, "plain-value-for-object",
     "sends a plain value where an object belongs (manager, a member, an e-mail address)",
     "taken as the object's `value`", "400 invalidValue", "RFC 7643 §2.3.8", only(generic, entra, keycloak)},
    {Habit::one_value_for_many, "one-value-for-many", "sends one value where an array belongs",
     "taken as an array of one", "400 invalidValue", "RFC 7643 §2.4", kClients},
    {Habit::booleans_as_text, "booleans-as-text", "writes booleans as text (\"False\"), also in filters and paths",
     "read as the boolean", "400 invalidValue, invalidFilter, invalidPath", "RFC 7643 §2.3.2", only(generic, entra)},
    {Habit::numbers_for_text, "numbers-for-text",
     "sends a number where a text belongs (employeeNumber), or the other way round",
     "its digits are the text, or the number", "400 invalidValue", "RFC 7643 §2.3.1", kClients},
    {Habit::empty_text_clears, "empty-text-clears", "sends \"\" for an attribute that has no value any more",
     "the attribute is cleared", "the empty text is the value", "RFC 7643 §2.5", kClients},
    {Habit::missing_schemas, "missing-schemas", "leaves out `schemas`, or the schema that the body is of",
     "read as what the endpoint takes", "400 invalidSyntax", "RFC 7643 §3", kClients},
    {Habit::undeclared_extension, "undeclared-extension", "sends an extension that `schemas` does not name",
     "taken all the same", "400 invalidSyntax", "RFC 7643 §3", kClients},
    {Habit::unknown_attributes, "unknown-attributes", "sends attributes and schemas that /Schemas does not have",
     "ignored", "400 invalidSyntax", "RFC 7644 §3.12", kClients},
    {Habit::placeholder_password, "placeholder-password", "sends a password although passwords are not synchronised",
     "thrown away", "400 invalidValue", "RFC 7643 §4.1.1", kClients},
    {Habit::spaces_around_user_name, "spaces-around-user-name", "writes spaces around userName", "trimmed",
     "400 invalidValue", "RFC 7643 §4.1.1", only(generic, onelogin)},
    {Habit::rehire_by_post, "rehire-by-post", "creates somebody again whom it had deactivated",
     "the person is restored in place, 201", "409 uniqueness", "RFC 7644 §3.3", kClients},
    {Habit::capitalised_ops, "capitalised-ops", "writes Add, Replace and Remove", "read without case",
     "400 invalidSyntax", "RFC 7644 §3.5.2", only(generic, entra)},
    {Habit::empty_operations, "empty-operations", "sends a PATCH without operations", "no change, 200 or 204",
     "400 invalidSyntax", "RFC 7644 §3.5.2", only(generic, entra)},
    {Habit::empty_path, "empty-path", "sends an empty path", "read as no path", "400 invalidPath", "RFC 7644 §3.5.2",
     only(generic)},
    {Habit::keys_as_paths, "keys-as-paths",
     "uses paths as keys of a PATCH without path (name.givenName, URN:employeeNumber)", "each key is a path",
     "unknown attributes", "RFC 7644 §3.5.2", only(generic, entra)},
    {Habit::replace_without_match, "replace-without-match",
     "replaces emails[type eq \"work\"].value where there is none", "the element is created", "400 noTarget",
     "RFC 7644 §3.5.2.3", only(generic, entra)},
    {Habit::remove_without_match, "remove-without-match", "removes by a filter that matches nothing", "done already",
     "400 noTarget", "RFC 7644 §3.12", kClients},
    {Habit::remove_with_value, "remove-with-value", "removes with a list of values instead of a filter",
     "only those values are removed", "400 invalidValue: the RFC's reading would empty the attribute",
     "RFC 7644 §3.5.2.2", kClients},
    {Habit::read_only_in_patch, "read-only-in-patch", "echoes read-only attributes in a PATCH (id, meta, groups)",
     "ignored; another id is 400 mutability", "400 mutability", "RFC 7644 §3.5.2", kClients},
    {Habit::unquoted_filter_values, "unquoted-filter-values", "writes values in filters without quotes", "read as text",
     "400 invalidFilter, invalidPath", "RFC 7644 §3.4.2.2", only(generic, entra)},
    {Habit::plus_for_space, "plus-for-space", "writes a space in a query as +", "read as a space", "the plus is a plus",
     "RFC 3986 §2.1", kClients},
    {Habit::untidy_urls, "untidy-urls", "writes // and a last / in paths, a second ? and empty parameters in queries",
     "overlooked", "404, and 400 invalidSyntax for the query", "RFC 3986 §3.3", kClients},
    {Habit::loose_bulk, "loose-bulk",
     "writes the methods of a Bulk request in lower case, its paths as whole URLs, failOnErrors as text or 0",
     "read as what is meant; 0 is no limit", "400 invalidSyntax", "RFC 7644 §3.7", kClients},
    {Habit::patch_without_path, "patch-without-path", "sends operations without a path", "the value's keys are set",
     "400 invalidSyntax", "draft §6.5.1.1", kAllButInterop, true},
    {Habit::replace_merges, "replace-merges", "replaces part of a complex attribute",
     "sub-attributes that are not named stay", "they are gone", "draft §6.5.2.1", kAllButInterop, true},
    {Habit::whole_element_path, "whole-element-path", "adds or replaces emails[type eq \"work\"] as a whole",
     "the element is replaced", "400 invalidPath", "draft §6.5.2.2", kAllButInterop, true},
    {Habit::many_matches, "many-matches", "adds or replaces by a filter that matches several elements",
     "each is changed", "400 invalidFilter", "draft §6.5.3", kAllButInterop, true},
}};

}  // namespace

std::span<const HabitRow> habit_table() {
  return kTable;
}

const HabitRow& row_of(Habit habit) {
  return kTable[static_cast<std::size_t>(habit)];
}

std::string_view to_string(Habit habit) {
  return row_of(habit).name;
}

std::optional<Habit> find_habit(std::string_view name) {
  const auto found = std::find_if(kTable.begin(), kTable.end(), [&](const HabitRow& row) { return row.name == name; });
  return found == kTable.end() ? std::nullopt : std::optional(found->habit);
}

std::span<const std::string_view> profile_names() {
  return kNames;
}

HabitSet habits_of(Profile profile) {
  HabitSet set;
  for (const HabitRow& row : kTable) set.set(row.habit, row.profiles[static_cast<std::size_t>(profile)]);
  return set;
}

std::optional<HabitSwitch> parse_switch(std::string_view text) {
  if (!text.starts_with('+') && !text.starts_with('-')) return std::nullopt;
  const auto habit = find_habit(text.substr(1));
  return habit ? std::optional(HabitSwitch{*habit, text.front() == '+'}) : std::nullopt;
}

std::string to_string(const Note& note) {
  std::string out(note.habit ? to_string(*note.habit) : "ignored");
  return out.append(note.on ? ": " : " (off): ").append(note.text);
}

bool Notes::use(Habit habit, std::string_view where) {
  const bool on = allows(habit);
  if (!on || !row_of(habit).plain) add({habit, std::string(where), on});
  return on;
}

void Notes::add(Note note) {
  if (notes_.size() >= kMaxNotes || std::find(notes_.begin(), notes_.end(), note) != notes_.end()) return;
  notes_.push_back(std::move(note));
}

}  // namespace rosterd::scim
