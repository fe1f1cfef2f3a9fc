#include "daemon/mail/encoding.h"

#include <sodium.h>

#include <algorithm>

#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

constexpr std::size_t kMaxPlainLine = 990;
constexpr std::size_t kMaxQuotedLine = 76;
constexpr std::size_t kBytesPerWord = 39;  // 52 base64 characters + "=?UTF-8?B?" + "?=" stays below 75
constexpr char kHex[] = "0123456789ABCDEF";

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string encoded_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    std::size_t length = 0;
    while (length < text.size()) {
      const std::size_t next = next_code_point(text.substr(length)).length;
      if (length + next > kBytesPerWord) break;
      length += next;
    }
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base64(text.substr(0, length)) + "?=";
    text.remove_prefix(length);
  }
  return words;
}

bool stays_plain(std::string_view text) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Some relays turn "From " at a line's start into ">From ".
    if (column == 0 && text.substr(i, 5) == "From ") return false;
    if (c == '\r' || c == '\n') {
      column = 0;
      continue;
    }
    if (c != '\t' && (c < 0x20 || c >= 0x7F)) return false;
    if (++column > kMaxPlainLine) return false;
  }
  return true;
}

// One token of quoted-printable: the byte itself or =XX (RFC 2045 section 6.7).
std::string quoted(unsigned char c, bool at_line_end, bool at_line_start) {
  const bool white = c == ' ' || c == '\t';
  const bool literal = white ? !at_line_end : c > 0x20 && c < 0x7F && c != '=';
  if (literal && !(at_line_start && (c == '.' || c == 'F'))) return std::string(1, static_cast<char>(c));
  return {'=', kHex[c >> 4], kHex[c & 15]};
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && text.substr(i, 2) == "\r\n") {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool at_end = i + 1 == text.size() || text.substr(i + 1, 2) == "\r\n";
    std::string token = quoted(static_cast<unsigned char>(text[i]), at_end, column == 0);
    if (column + token.size() >= kMaxQuotedLine) {
      out += "=\r\n";
      column = 0;
      token = quoted(static_cast<unsigned char>(text[i]), at_end, true);
    }
    out += token;
    column += token.size();
  }
  return out;
}

std::string base64_lines(std::string_view bytes) {
  const std::string all = base64(bytes);
  std::string out;
  for (std::size_t i = 0; i < all.size(); i += kMaxQuotedLine) out += all.substr(i, kMaxQuotedLine) + "\r\n";
  return out;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // its terminating NUL
  return out;
}

std::string encode_unstructured(std::string_view text) {
  if (is_printable_ascii(text) && text.find("=?") == std::string_view::npos) return std::string(text);
  return encoded_words(text);
}

std::string encode_phrase(std::string_view name) {
  if (!is_printable_ascii(name) || name.find("=?") != std::string_view::npos) return encoded_words(name);
  const bool atoms = std::all_of(name.begin(), name.end(), [](char c) {
    return c == ' ' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (atoms) return std::string(name);
  std::string quoted_name = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted_name += '\\';
    quoted_name += c;
  }
  return quoted_name + '"';
}

std::string normalise_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32 + 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') continue;
    if (text[i] != '\r' && text[i] != '\n') {
      out += text[i];
      continue;
    }
    out += "\r\n";
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
  }
  if (out.empty() || !out.ends_with("\r\n")) out += "\r\n";
  return out;
}

EncodedBody encode_body(std::string_view text) {
  const std::string body = normalise_line_ends(text);
  if (stays_plain(body)) return {"7bit", body};
  const auto foreign =
      static_cast<std::size_t>(std::count_if(body.begin(), body.end(), [](unsigned char c) { return c >= 0x80; }));
  if (foreign * 3 > body.size()) return {"base64", base64_lines(body)};
  return {"quoted-printable", quoted_printable(body)};
}

}  // namespace rosterd::mail
