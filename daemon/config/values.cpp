#include "daemon/config/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace rosterd::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array<Unit, 5> kDurationUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 3> kSizeUnits{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}};

// Takes leading digits off `text`; nullopt when there are none or too many.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<std::int64_t> scaled(std::int64_t number, std::int64_t factor) {
  if (number > std::numeric_limits<std::int64_t>::max() / factor / 4) return std::nullopt;
  return number * factor;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

bool is_address(int family, const std::string& text) {
  in6_addr buffer{};
  return ::inet_pton(family, text.c_str(), &buffer) == 1;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::int64_t previous = std::numeric_limits<std::int64_t>::max();
  if (text == "0") return std::chrono::milliseconds{0};
  if (text.empty() || text.size() > 40) return std::nullopt;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const auto length = std::min(text.find_first_of("0123456789"), text.size());
    const auto unit = std::find_if(kDurationUnits.begin(), kDurationUnits.end(),
                                   [&](const Unit& candidate) { return candidate.name == text.substr(0, length); });
    if (unit == kDurationUnits.end() || unit->factor >= previous) return std::nullopt;
    previous = unit->factor;
    const auto part = scaled(*number, unit->factor);
    if (!part) return std::nullopt;
    total += *part;
    text.remove_prefix(length);
  }
  return std::chrono::milliseconds{total};
}

std::string print_duration(std::chrono::milliseconds value) {
  std::string text;
  std::int64_t rest = value.count();
  for (const Unit& unit : kDurationUnits) {
    if (rest < unit.factor) continue;
    text += std::to_string(rest / unit.factor) + std::string{unit.name};
    rest %= unit.factor;
  }
  return text.empty() ? "0s" : text;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  if (text.empty() || text.size() > 24) return std::nullopt;
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  if (text.empty() || text == "B") return number;
  for (const Unit& unit : kSizeUnits) {
    if (unit.name == text) return scaled(*number, unit.factor);
  }
  return std::nullopt;
}

std::string print_size(std::int64_t bytes) {
  for (const Unit& unit : kSizeUnits) {
    if (bytes >= unit.factor && bytes % unit.factor == 0) {
      return std::to_string(bytes / unit.factor) + std::string{unit.name};
    }
  }
  return std::to_string(bytes);
}

std::optional<Listen> parse_listen(std::string_view text) {
  if (text.starts_with("unix:")) {
    const std::string path{text.substr(5)};
    // sun_path holds 108 bytes with its terminator.
    if (path.empty() || path.front() != '/' || path.size() > 107) return std::nullopt;
    return Listen{.kind = Listen::Kind::unix_socket, .path = path};
  }
  const bool tls = text.starts_with("tls:");
  if (tls) text.remove_prefix(4);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string host{text.substr(0, colon)};
  std::string_view digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > 5) return std::nullopt;
  const auto port = take_number(digits);
  if (!port || !digits.empty() || *port > 65535) return std::nullopt;
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_address(bracketed ? AF_INET6 : AF_INET, host)) return std::nullopt;
  return Listen{.host = host, .port = static_cast<std::uint16_t>(*port), .tls = tls};
}

std::string print_listen(const Listen& listen) {
  if (listen.kind == Listen::Kind::unix_socket) return "unix:" + listen.path;
  const bool v6 = listen.host.find(':') != std::string::npos;
  return (listen.tls ? "tls:" : "") + (v6 ? "[" + listen.host + "]" : listen.host) + ":" + std::to_string(listen.port);
}

bool is_loopback(const Listen& listen) {
  return listen.kind == Listen::Kind::unix_socket || listen.host == "::1" || listen.host.starts_with("127.");
}

std::optional<std::string> parse_http_url(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '?' && c != '#' && c != '@';
  });
  if (!plain || rest.empty() || rest.front() == '/' || rest.front() == ':') return std::nullopt;
  while (text.back() == '/') text.remove_suffix(1);
  return std::string{text};
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > 64) return std::nullopt;
  const std::size_t limit = std::max<std::size_t>(1, std::min<std::size_t>(3, word.size() / 3));
  std::optional<std::string> best;
  std::size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace rosterd::config
