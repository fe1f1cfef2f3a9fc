// xsd:dateTime as SCIM uses it (RFC 7643 section 2.3.5), as instants in milliseconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/clock.h"

namespace rosterd::scim {

// Any time zone, any number of fraction digits (cut to milliseconds); without a zone UTC is meant.
std::optional<store::Instant> parse_date_time(std::string_view text);
// HTTP-date in its three forms (RFC 9110 section 5.6.7): "Sun, 22 Nov 2026 04:00:00 GMT". Nothing for any other text.
std::optional<store::Instant> parse_http_date(std::string_view text);
// "2026-11-21T20:59:00.123Z"
std::string format_date_time(store::Instant at);

}  // namespace rosterd::scim
