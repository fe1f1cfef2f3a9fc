// Plain text for people: instants, and tables with aligned columns. Control characters from stored data are made
// visible, so that a hostile name cannot steer a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scim/json.h"
#include "store/clock.h"

namespace rosterd::commands {

std::string format_instant(store::Instant at);                        // 2026-11-21T20:59:52Z
std::string format_instant(const std::optional<store::Instant>& at);  // "-" for none
scim::Json json_instant(const std::optional<store::Instant>& at);     // null for none
std::string printable(std::string_view text);
std::string columns(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows);
std::string join(const std::vector<std::string>& parts, std::string_view separator = ", ");
scim::Array json_strings(const std::vector<std::string>& parts);

// "90d", "12h", "15m", "30s" as milliseconds; nothing when malformed or over ten years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace rosterd::commands
