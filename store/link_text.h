// Links that let their holder in, in texts of strangers that are kept. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::store {

// "http://x/invitation/TOKEN is listed" → "http://x/invitation/[removed] is listed". Only what is as long as a token
// (20 characters and more), also percent-encoded or quoted-printable.
std::string without_links(std::string_view text);

}  // namespace rosterd::store
