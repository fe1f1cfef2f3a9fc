#include "daemon/mail/utf8.h"

#include <algorithm>

namespace rosterd::mail {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

enum class Kind { text, space, dropped };

Kind kind_of(char32_t c) {
  if (c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029) return Kind::space;
  const bool invisible = c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
                         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
                         (c >= 0xE0000 && c <= 0xE007F);
  return invisible ? Kind::dropped : Kind::text;
}

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

CodePoint next_code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  if (length == 1) return {lead, 1, true};
  if (length == 0 || text.size() < length) return {kReplacement, 1, false};
  char32_t value = lead & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return {kReplacement, 1, false};
    value = (value << 6) | (byte & 0x3F);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {kReplacement, 1, false};
  return {value, length, true};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = next_code_point(text);
    if (!next.valid) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

std::string one_line(std::string_view text, std::size_t max_code_points) {
  std::string line;
  bool space_pending = false;
  std::size_t count = 0;
  while (!text.empty()) {
    const CodePoint next = next_code_point(text);
    const std::string_view bytes = text.substr(0, next.length);
    text.remove_prefix(next.length);
    const Kind kind = next.valid ? kind_of(next.value) : Kind::text;
    if (kind == Kind::dropped) continue;
    if (kind == Kind::space) {
      space_pending = !line.empty();
      continue;
    }
    if (count + (space_pending ? 2 : 1) > max_code_points) break;
    if (space_pending) {
      line += ' ';
      ++count;
      space_pending = false;
    }
    next.valid ? line.append(bytes) : line.append("\xEF\xBF\xBD");
    ++count;
  }
  return line;
}

}  // namespace rosterd::mail
