#include "daemon/mail/repeated_secret.h"

#include <array>
#include <string>

#include "daemon/mail/encoding.h"

namespace rosterd::mail {
namespace {

// So long that chance does not make one, so short that a line's end between two of them hides nothing.
constexpr std::size_t kTellingPiece = 8;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `mark` and two hexadecimal digits are one character: '%' of URLs, '=' of quoted-printable.
std::string decoded(std::string_view text, char mark) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded =
        text[i] == mark && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    out += coded ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return out;
}

std::string letters_and_digits(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

bool has_piece(std::string_view text, std::string_view secret) {
  if (secret.size() < kTellingPiece) return !secret.empty() && text.find(secret) != text.npos;
  for (std::size_t i = 0; i + kTellingPiece <= secret.size(); ++i)
    if (text.find(secret.substr(i, kTellingPiece)) != text.npos) return true;
  return false;
}

// In base64 of a longer text only the middle does not depend on the neighbours.
std::string inner_base64(std::string_view secret, std::size_t shift) {
  static constexpr std::array<std::size_t, 3> kOfNeighbour = {0, 2, 3};
  const std::string coded = base64(std::string(shift, '\0').append(secret));
  const std::size_t begin = kOfNeighbour[shift];
  return coded.size() < begin + 4 ? "" : coded.substr(begin, coded.size() - begin - 4);
}

}  // namespace

bool repeats_secret(std::string_view text, std::string_view secret) {
  const std::string plain = letters_and_digits(secret);
  const std::string heard = letters_and_digits(text);
  if (has_piece(heard, plain)) return true;
  for (const char mark : {'%', '='})
    if (has_piece(letters_and_digits(decoded(text, mark)), plain)) return true;
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string coded = letters_and_digits(inner_base64(secret, shift));
    if (coded.size() >= kTellingPiece && has_piece(heard, coded)) return true;
  }
  return false;
}

}  // namespace rosterd::mail
