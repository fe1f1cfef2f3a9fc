// What clients do outside the standard, as one table: each habit has a name, is switched on or off for a connection,
// and is noted when it is used. Off, the answer is the RFC's. A few rows (`plain`) are RFC 7644 itself, which the
// interoperability profile (draft-zollner-scim-interop-profile) forbids; using them is nothing to note. Pure data;
// thread-safe.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rosterd::scim {

enum class Habit : std::uint8_t {
  legacy_urns,
  microsoft_group_urn,
  roles_as_json_text,
  plain_value_for_object,
  one_value_for_many,
  booleans_as_text,
  numbers_for_text,
  empty_text_clears,
  missing_schemas,
  undeclared_extension,
  unknown_attributes,
  placeholder_password,
  spaces_around_user_name,
  rehire_by_post,
  capitalised_ops,
  empty_operations,
  empty_path,
  keys_as_paths,
  replace_without_match,
  remove_without_match,
  remove_with_value,
  read_only_in_patch,
  unquoted_filter_values,
  plus_for_space,
  untidy_urls,
  loose_bulk,
  patch_without_path,
  replace_merges,
  whole_element_path,
  many_matches,
  last = many_matches
};
inline constexpr std::size_t kHabits = static_cast<std::size_t>(Habit::last) + 1;

enum class Profile : std::uint8_t {
  generic,  // lenient in everything that does no harm
  entra,
  okta,
  onelogin,
  jumpcloud,
  authentik,
  keycloak,
  strict,  // RFC 7643 and RFC 7644 to the letter
  interop  // the interoperability profile
};
inline constexpr std::size_t kProfiles = static_cast<std::size_t>(Profile::interop) + 1;

class HabitSet {
 public:
  bool has(Habit habit) const { return on_[static_cast<std::size_t>(habit)]; }
  HabitSet& set(Habit habit, bool on = true) {
    on_[static_cast<std::size_t>(habit)] = on;
    return *this;
  }
  bool operator==(const HabitSet&) const = default;

 private:
  std::bitset<kHabits> on_;
};

struct HabitRow {
  Habit habit;
  std::string_view name;     // kebab-case, as configuration, logs and metrics have it
  std::string_view sends;    // what the client does
  std::string_view done;     // what is done about it
  std::string_view without;  // the answer when it is off
  std::string_view section;  // that it departs from
  std::bitset<kProfiles> profiles;
  bool plain = false;
};

// In the order of the enumeration.
std::span<const HabitRow> habit_table();
const HabitRow& row_of(Habit habit);
std::string_view to_string(Habit habit);
std::optional<Habit> find_habit(std::string_view name);

// "generic", "entra", … in the order of the enumeration.
std::span<const std::string_view> profile_names();
HabitSet habits_of(Profile profile);
// "+name" or "-name"; nothing for anything else.
struct HabitSwitch {
  Habit habit;
  bool on;
};
std::optional<HabitSwitch> parse_switch(std::string_view text);

// A habit that the request shows, and of which attribute or operation; or, without a habit, what was ignored. Never a
// value.
struct Note {
  std::optional<Habit> habit;
  std::string text;
  bool on = true;  // otherwise the answer was the RFC's
  bool operator==(const Note&) const = default;
};
// "booleans-as-text: active", "booleans-as-text (off): active", "ignored: read-only attribute meta"
std::string to_string(const Note& note);

// What one request did outside the standard; bounded. A unit of work that runs again notes nothing twice.
class Notes {
 public:
  explicit Notes(HabitSet habits = habits_of(Profile::generic)) : habits_(habits) {}

  bool allows(Habit habit) const { return habits_.has(habit); }
  // Notes that the request shows the habit. Whether it is on.
  [[nodiscard]] bool use(Habit habit, std::string_view where);
  void ignore(std::string_view what) { add({std::nullopt, std::string(what), true}); }
  const std::vector<Note>& list() const { return notes_; }

 private:
  void add(Note note);

  HabitSet habits_;
  std::vector<Note> notes_;
};

}  // namespace rosterd::scim
