// Structured logs: an event name and key=value fields, one line each, to standard error or the journal.
//   log::info("sync_finished", {{"source", "ldap:corp"}, {"added", 12}});
// Thread-safe. Control characters, broken UTF-8 and bidirectional overrides are escaped, so that a value can neither
// begin a line of its own nor repaint a terminal. Fields whose key names a secret are never written.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rosterd::log {

enum class Level { debug, info, warning, error };
enum class Format { automatic, text, json, journal };

// A value borrows its text: build fields in the call, do not keep them.
class Value {
 public:
  Value(std::string_view text) : value_(text) {}                      // NOLINT: fields are written as {"key", value}
  Value(const std::string& text) : value_(std::string_view{text}) {}  // NOLINT
  Value(const char* text) : value_(std::string_view{text}) {}         // NOLINT
  Value(bool flag) : value_(flag) {}                                  // NOLINT
  Value(double number) : value_(number) {}                            // NOLINT
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T number) : value_(static_cast<std::int64_t>(number)) {}  // NOLINT
  Value(std::chrono::milliseconds span) : value_(static_cast<std::int64_t>(span.count())) {}       // NOLINT

  using Variant = std::variant<std::string_view, bool, double, std::int64_t>;
  const Variant& get() const { return value_; }

 private:
  Variant value_;
};

struct Field {
  std::string_view key;  // snake_case
  Value value;
};
using Fields = std::initializer_list<Field>;

void debug(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void warning(std::string_view event, Fields fields = {});
void error(std::string_view event, Fields fields = {});
bool enabled(Level level);

// Until called: info, automatic. May be called again (SIGHUP).
void configure(Level level, Format format);

// While it lives, events of this thread carry request_id. Nested scopes restore the outer one.
class RequestScope {
 public:
  explicit RequestScope(std::string_view request_id);
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;
  ~RequestScope();

 private:
  std::string outer_;
};

// For tests: every finished line goes here instead; nullptr restores standard error. Not while other threads log.
using Sink = std::function<void(Level, const std::string& line)>;
void set_sink(Sink sink);

}  // namespace rosterd::log
