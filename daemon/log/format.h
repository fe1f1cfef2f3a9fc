// Private to log/: events as lines. Pure.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "daemon/log/log.h"

namespace rosterd::log {

struct Event {
  Level level;
  std::string_view name;
  std::string_view request_id;  // may be empty
  std::span<const Field> fields;
  std::chrono::sys_time<std::chrono::milliseconds> at;
};

std::string_view level_name(Level level);

// "2026-01-31T09:05:00.123Z info sync_finished source=ldap:corp added=12"; the time is left out for the journal.
std::string as_text(const Event& event, bool with_time);
std::string as_json(const Event& event);

// "ROSTERD_SOURCE=ldap:corp": the journal's own fields, without MESSAGE and PRIORITY.
std::vector<std::string> as_journal(const Event& event);

// Printable UTF-8 only; everything else as \xNN or \u{NNNN}. Cut after 4,096 bytes.
std::string escaped(std::string_view text);

// password, token, secret, authorization, cookie, ... : such a field is written as [redacted].
bool is_secret_key(std::string_view key);

}  // namespace rosterd::log
