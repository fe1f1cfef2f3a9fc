#include "scim/datetime.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace rosterd::scim {
namespace {

// Reads numbers and separators from the front of a text; every step fails softly.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool skip(char wanted, char or_else) {
    if (rest_.empty() || (rest_.front() != wanted && rest_.front() != or_else)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip(char wanted) { return skip(wanted, wanted); }
  bool at_end() const { return rest_.empty(); }

  // The fraction after the dot in milliseconds; further digits are read and dropped.
  std::optional<int> fraction() {
    int value = 0;
    int count = 0;
    while (const auto digit = digits(1)) {
      if (count < 3) value = value * 10 + *digit;
      ++count;
    }
    if (count == 0) return std::nullopt;
    for (; count < 3; ++count) value *= 10;
    return value;
  }

  // Minutes east of UTC.
  std::optional<int> zone() {
    if (at_end() || skip('Z', 'z')) return 0;
    const bool east = skip('+');
    if (!east && !skip('-')) return std::nullopt;
    const auto hours = digits(2);
    skip(':');
    const auto minutes = digits(2);
    if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
    const int total = *hours * 60 + *minutes;
    return east ? total : -total;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<store::Instant> parse_date_time(std::string_view text) {
  using namespace std::chrono;
  Scanner in(text);
  const auto y = in.digits(4);
  if (!y || !in.skip('-')) return std::nullopt;
  const auto m = in.digits(2);
  if (!m || !in.skip('-')) return std::nullopt;
  const auto d = in.digits(2);
  if (!d || !in.skip('T', 't')) return std::nullopt;
  const auto hour = in.digits(2);
  if (!hour || !in.skip(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || !in.skip(':')) return std::nullopt;
  const auto second = in.digits(2);
  const auto fraction = in.skip('.') ? in.fraction() : std::optional<int>(0);
  const auto zone = in.zone();
  if (!second || !fraction || !zone || !in.at_end()) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *hour > 24 || *minute > 59 || *second > 60) return std::nullopt;
  return store::Instant{sys_days{date}} + hours{*hour} + minutes{*minute - *zone} + seconds{*second} +
         milliseconds{*fraction};
}

std::optional<store::Instant> parse_http_date(std::string_view text) {
  if (text.empty()) return std::nullopt;  // nearly always
  const std::string whole(text.substr(0, 64));
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = ::strptime(whole.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    const int day = parts.tm_mday;
    const std::time_t at = ::timegm(&parts);  // makes the 31st of February one of March
    if (parts.tm_mday == day) return store::from_millis(std::int64_t{at} * 1000);
  }
  return std::nullopt;
}

std::string format_date_time(store::Instant at) {
  using namespace std::chrono;
  const auto day_start = floor<days>(at);
  const year_month_day date{day_start};
  const hh_mm_ss time{at - day_start};
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&text](std::size_t end, std::size_t count, auto value) {
    for (auto rest = static_cast<unsigned>(value); count > 0; --count, rest /= 10)
      text[--end] = static_cast<char>('0' + rest % 10);
  };
  put(4, 4, std::clamp(static_cast<int>(date.year()), 0, 9999));
  put(7, 2, static_cast<unsigned>(date.month()));
  put(10, 2, static_cast<unsigned>(date.day()));
  put(13, 2, time.hours().count());
  put(16, 2, time.minutes().count());
  put(19, 2, time.seconds().count());
  put(23, 3, time.subseconds().count());
  return text;
}

}  // namespace rosterd::scim
