// Header words and body encodings of MIME. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::mail {

std::string base64(std::string_view bytes);

// Unstructured header text (RFC 2047): ASCII stays, anything else becomes encoded words of at most 75 characters that
// never cut a code point, folded by CRLF SP. `text` must be one line. "=?" in ASCII is encoded too, or a reader would
// decode what a person typed.
std::string encode_unstructured(std::string_view text);

// The same for a display name before an angle address: quoted when it has specials (RFC 5322 phrase).
std::string encode_phrase(std::string_view name);

// LF, CR and CRLF all become CRLF; a last line end is added when missing; NUL is dropped.
std::string normalise_line_ends(std::string_view text);

struct EncodedBody {
  std::string transfer_encoding;  // "7bit", "quoted-printable" or "base64"
  std::string bytes;              // ends with CRLF
};

// Plain ASCII of lines up to 990 bytes stays readable (links unbroken); the rest goes as quoted-printable, or as base64
// when most of it is not ASCII.
EncodedBody encode_body(std::string_view text);

}  // namespace rosterd::mail
