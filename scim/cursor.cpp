#include "scim/cursor.h"

#include <sodium/utils.h>

#include <array>
#include <charconv>
#include <optional>

#include "store/secrets.h"

namespace rosterd::scim {
namespace {

constexpr std::size_t kLongest = 1024;

std::string mark(std::string_view walk) {
  return store::hash_secret(walk).substr(0, 16);
}

std::string to_hex(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  std::size_t size = 0;
  const int failed = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                    text.size(), nullptr, &size, nullptr);
  if (failed != 0) return std::nullopt;
  return bytes;
}

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Exactly four parts; nothing else is ours.
std::optional<std::array<std::string_view, 4>> parts_of(std::string_view text) {
  std::array<std::string_view, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = text.find('-');
    if ((end == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = text.substr(0, end);
    text.remove_prefix(std::min(end, text.size()));
    if (!text.empty()) text.remove_prefix(1);
  }
  return parts;
}

}  // namespace

std::string to_cursor(const Position& position, std::string_view walk) {
  return mark(walk) + "-" + std::to_string(position.type) + "-" + std::to_string(position.key) + "-" +
         to_hex(position.value);
}

Result<Position> parse_cursor(std::string_view text, std::string_view walk) {
  // One answer for whatever is wrong: it tells nothing of what others were given (RFC 9865 section 5.2).
  const Error refused{400, "invalidCursor",
                      "cursor: this is none of this list; filter and order stay the same in a walk"};
  const auto parts = text.size() <= kLongest ? parts_of(text) : std::nullopt;
  if (!parts) return refused;
  const auto& [of, type, key, value] = *parts;
  auto bytes = from_hex(value);
  const auto type_number = whole<std::size_t>(type);
  const auto key_number = whole<std::int64_t>(key);
  if (!bytes || !type_number || !key_number || *key_number < 0 || of != mark(walk)) return refused;
  return Position{std::move(*bytes), *type_number, *key_number};
}

}  // namespace rosterd::scim
