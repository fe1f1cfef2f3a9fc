#include "daemon/config/values.h"

#include <gtest/gtest.h>

namespace rosterd::config {
namespace {

using std::chrono::milliseconds;

TEST(Values, Durations) {
  const struct {
    const char* text;
    std::optional<std::int64_t> millis;
  } rows[] = {
      {"0", 0},
      {"0s", 0},
      {"250ms", 250},
      {"2s", 2000},
      {"15m", 900'000},
      {"1h30m", 5400000},
      {"7d", 604800000},
      {"1d2h3m4s5ms", 93784005},
      {"", {}},
      {"15", {}},
      {"m", {}},
      {"1.5h", {}},
      {"-1s", {}},
      {"15 m", {}},
      {"30m1h", {}},
      {"1h1h", {}},
      {"15M", {}},
      {"99999999999999999999d", {}},
      {"9223372036854775807d", {}},
      {"+5s", {}},
      {"1sm", {}},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_duration(row.text);
    EXPECT_EQ(parsed.has_value(), row.millis.has_value()) << row.text;
    if (parsed && row.millis) {
      EXPECT_EQ(parsed->count(), *row.millis) << row.text;
      EXPECT_EQ(parse_duration(print_duration(*parsed)), parsed) << row.text;
    }
  }
}

TEST(Values, Sizes) {
  const struct {
    const char* text;
    std::optional<std::int64_t> bytes;
  } rows[] = {
      {"0", 0},
      {"512", 512},
      {"64KiB", 65536},
      {"10MiB", 10485760},
      {"2GiB", 2147483648},
      {"7B", 7},
      {"10MB", {}},
      {"10 MiB", {}},
      {"MiB", {}},
      {"-1", {}},
      {"1.5MiB", {}},
      {"", {}},
      {"9223372036854775807GiB", {}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(parse_size(row.text), row.bytes) << row.text;
    if (row.bytes) {
      EXPECT_EQ(parse_size(print_size(*row.bytes)), row.bytes) << row.text;
    }
  }
}

TEST(Values, Addresses) {
  const struct {
    const char* text;
    bool good;
    bool loopback;
  } rows[] = {
      {"127.0.0.1:8380", true, true},
      {"[::1]:8380", true, true},
      {"0.0.0.0:80", true, false},
      {"[::]:0", true, false},
      {"unix:/run/x.sock", true, true},
      {"localhost:80", false, false},
      {"::1:8380", false, false},
      {"127.0.0.1", false, false},
      {"127.0.0.1:", false, false},
      {"127.0.0.1:65536", false, false},
      {"127.0.0.1:-1", false, false},
      {":80", false, false},
      {"tls:127.0.0.1:8443", true, true},
      {"tls:[::]:8443", true, false},
      {"tls:unix:/run/x", false, false},
      {"tls:", false, false},
      {"unix:relative", false, false},
      {"unix:", false, false},
      {"[127.0.0.1]:80", false, false},
      {"256.0.0.1:80", false, false},
      {"", false, false},
  };
  for (const auto& row : rows) {
    const auto listen = parse_listen(row.text);
    ASSERT_EQ(listen.has_value(), row.good) << row.text;
    if (!listen) continue;
    EXPECT_EQ(is_loopback(*listen), row.loopback) << row.text;
    EXPECT_EQ(print_listen(*listen), row.text);
  }
  EXPECT_FALSE(parse_listen("unix:/" + std::string(107, 'x')));
}

TEST(Values, Urls) {
  EXPECT_EQ(parse_http_url("https://id.example.org/base/"), "https://id.example.org/base");
  EXPECT_EQ(parse_http_url("http://127.0.0.1:8380"), "http://127.0.0.1:8380");
  for (const char* bad : {"", "id.example.org", "ftp://x", "https://", "https:///x", "http://user@host", "http://h?q",
                          "http://h#f", "http://h/\"x", "http://h/ x", "http://h\r\nX: y", "javascript:x"}) {
    EXPECT_FALSE(parse_http_url(bad)) << bad;
  }
}

TEST(Values, NearestIsASlipOfTheKeysAndNoMore) {
  const std::vector<std::string> keys{"listen", "public_url", "queue"};
  EXPECT_EQ(nearest("listne", keys), "listen");
  EXPECT_EQ(nearest("publicurl", keys), "public_url");
  EXPECT_EQ(nearest("quue", keys), "queue");
  EXPECT_EQ(nearest("password", keys), std::nullopt);
  EXPECT_EQ(nearest("", keys), std::nullopt);
}

}  // namespace
}  // namespace rosterd::config
