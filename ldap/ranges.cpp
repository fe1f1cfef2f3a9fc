#include "ldap/ranges.h"

#include <optional>

#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr std::string_view kOption = ";range=";

struct Range {
  std::string name;
  std::size_t first = 0;
  std::optional<std::size_t> last;  // nothing: to the end
};

std::optional<Range> parse_range(std::string_view name) {
  const std::string folded = ascii_lower(name);
  const std::size_t option = folded.find(kOption);
  if (option == std::string::npos) return std::nullopt;
  const std::string_view bounds = std::string_view(folded).substr(option + kOption.size());
  const std::size_t dash = bounds.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_integer(bounds.substr(0, dash));
  const std::string_view end = bounds.substr(dash + 1);
  const auto last = parse_integer(end);
  if (!first || *first < 0 || (end != "*" && (!last || *last < *first))) return std::nullopt;
  Range range{folded.substr(0, option), static_cast<std::size_t>(*first), std::nullopt};
  if (end != "*") range.last = static_cast<std::size_t>(*last);
  return range;
}

}  // namespace

bool has_ranges(const EntryView& entry) {
  for (const AttributeView& attribute : entry.attributes) {
    if (attribute.name.find(';') != std::string_view::npos && parse_range(attribute.name)) return true;
  }
  return false;
}

void RangedEntry::add(const EntryView& part) {
  const bool follow_up = !missing().empty();
  bool moved = false;
  for (const AttributeView& attribute : part.attributes) {
    const auto range = parse_range(attribute.name);
    Slices& slices = attributes_[range ? range->name : ascii_lower(attribute.name)];
    for (const std::string_view value : attribute.values) slices.values.emplace_back(value);
    if (!range) continue;
    stuck_ = stuck_ || range->first != slices.next;
    moved = true;
    slices.open = range->last.has_value();
    slices.next = range->last.value_or(range->first) + 1;
  }
  stuck_ = stuck_ || (follow_up && !moved);
}

std::vector<std::string> RangedEntry::missing() const {
  std::vector<std::string> names;
  for (const auto& [name, slices] : attributes_) {
    if (slices.open) names.push_back(name + std::string(kOption) + std::to_string(slices.next) + "-*");
  }
  return names;
}

void RangedEntry::deliver(const std::function<void(const EntryView&)>& handler) const {
  std::vector<std::vector<std::string_view>> values;
  std::vector<AttributeView> views;
  values.reserve(attributes_.size());
  for (const auto& [name, slices] : attributes_) {
    values.emplace_back(slices.values.begin(), slices.values.end());
    views.push_back({name, values.back()});
  }
  handler(EntryView{dn_, views});
}

}  // namespace rosterd::ldap
