#include "store/clean_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace rosterd::store {
namespace {

bool is_unseen(UChar32 c) {
  return c >= 0 &&
         (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE) || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT));
}

bool is_control(UChar32 c) {
  return (c >= 0 && c < 0x20) || (c >= 0x7f && c < 0xa0);
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  auto begin = static_cast<std::int32_t>(0);
  auto end = static_cast<std::int32_t>(text.size());
  UChar32 c = 0;
  for (std::int32_t next = begin; next < end; begin = next) {
    U8_NEXT(bytes, next, end, c);
    if (!is_unseen(c)) break;
  }
  for (std::int32_t before = end; before > begin; end = before) {
    U8_PREV(bytes, begin, before, c);
    if (!is_unseen(c)) break;
  }
  return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

bool has_controls(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  UChar32 c = 0;
  for (std::int32_t at = 0; at < size;) {
    U8_NEXT(bytes, at, size, c);
    if (is_control(c)) return true;
  }
  return false;
}

std::string without_controls(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  std::string kept;
  kept.reserve(text.size());
  UChar32 c = 0;
  for (std::int32_t at = 0; at < size;) {
    const std::int32_t begin = at;
    U8_NEXT(bytes, at, size, c);
    if (!is_control(c)) kept.append(text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin)));
  }
  return kept;
}

}  // namespace rosterd::store
