// xsd:dateTime as SCIM uses it (RFC 7643 section 2.3.5), as instants in milliseconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/clock.h"

namespace rosterd::scim {

// Any time zone, any number of fraction digits (cut to milliseconds); without a zone UTC is meant.
std::optional<store::Instant> parse_date_time(std::string_view text);
// "2026-11-21T20:59:00.123Z"
std::string format_date_time(store::Instant at);

}  // namespace rosterd::scim
