#include "scim/sorting.h"

#include <algorithm>
#include <bit>

#include "scim/datetime.h"
#include "scim/evaluate.h"
#include "scim/path.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

constexpr std::size_t kLongest = 128;
constexpr char kPresent = '\0';
constexpr char kAbsent = '\1';

// Big endian, so that bytes compare as numbers do.
std::string bytes_of(std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>((number >> shift) & 0xff);
  return bytes;
}

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

std::string ordered(std::int64_t number) {
  return bytes_of(static_cast<std::uint64_t>(number) ^ kSign);
}

std::string ordered(double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number);
  return bytes_of((bits & kSign) != 0 ? ~bits : bits | kSign);
}

std::string ordered(const Json& value, const Attribute& definition) {
  if (definition.type == Type::boolean) return to_boolean(value).value_or(false) ? "1" : "0";
  if (const Number* number = value.number()) return ordered(to_double(*number).value_or(0));
  if (definition.type == Type::date_time) {
    if (const auto at = parse_date_time(value.string_or(""))) return ordered(store::to_millis(*at));
  }
  // Cut before it is folded, which may lengthen it, and copied, so that no place keeps a long text's memory.
  const std::string_view text = value.string_or("").substr(0, 4 * kLongest);
  return (definition.case_exact ? std::string(text) : fold(text)).substr(0, kLongest);
}

// The element that stands for all.
const Json* chosen(const Json& value) {
  const Array* elements = value.array();
  if (elements == nullptr) return &value;
  if (elements->empty()) return nullptr;
  const auto primary = std::find_if(elements->begin(), elements->end(), [](const Json& element) {
    const Json* mark = element.find("primary");
    return mark != nullptr && to_boolean(*mark).value_or(false);
  });
  return primary == elements->end() ? &elements->front() : &*primary;
}

bool has_order(const Target& target) {
  const Attribute* definition = target.attribute == nullptr ? nullptr : compared(target);
  return definition != nullptr && definition->type != Type::complex && definition->returned != Returned::never &&
         target.attribute->returned != Returned::never;
}

}  // namespace

Result<Sorting> parse_sorting(const Catalogue& catalogue, std::string_view sort_by, std::string_view sort_order,
                              std::span<const ResourceType* const> types) {
  const auto path = parse_attribute_path(catalogue, trim(sort_by));
  const bool known = path && std::any_of(types.begin(), types.end(),
                                         [&](const ResourceType* type) { return has_order(resolve(*type, *path)); });
  if (!known)
    return Error::invalid_path("sortBy: " + excerpt(sort_by, 200) + " is no attribute that resources are ordered by");
  const std::string order = to_lower(trim(sort_order));
  if (!order.empty() && order != "ascending" && order != "descending")
    return Error::invalid_value("sortOrder is ascending or descending");
  return Sorting{*path, order == "descending"};
}

std::string sort_value(const Sorting& sorting, const Json& resource, const ResourceType& type) {
  const Target target = resolve(type, sorting.path);
  const Json* found = target.attribute == nullptr ? nullptr : locate(resource, type, sorting.path);
  if (found != nullptr) found = chosen(*found);
  const Attribute* definition = found == nullptr ? nullptr : compared(target);
  if (found != nullptr && found->object() != nullptr) found = found->find(definition->name);
  if (found == nullptr || found->is_null()) return {kAbsent};
  return kPresent + ordered(*found, *definition);
}

}  // namespace rosterd::scim
