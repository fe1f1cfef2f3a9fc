// Mail servers repeat what they refuse: "554 URL http://…/invitation/TOKEN is listed". Pure and thread-safe.
#pragma once

#include <string_view>

namespace rosterd::mail {

// Whether `text` holds the secret or a telling piece of it (8 characters in a row), in any case, wrapped,
// percent-encoded, quoted-printable or in base64. Only letters and digits count.
bool repeats_secret(std::string_view text, std::string_view secret);

}  // namespace rosterd::mail
