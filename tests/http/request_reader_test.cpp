#include "daemon/http/request_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/http/malformed.h"
#include "tests/http/mutants.h"

namespace rosterd::http::test {
namespace {

// Everything a reader concludes from one stream of bytes.
struct Outcome {
  RequestReader::State state = RequestReader::State::head;
  int status = 0;
  std::string reason;
  std::size_t consumed = 0;
  Request request;
  bool keep_alive = false;

  bool operator==(const Outcome& other) const {
    return state == other.state && status == other.status && reason == other.reason && same_request(other);
  }

 private:
  bool same_request(const Outcome& other) const {
    if (state != RequestReader::State::complete) return true;
    const auto equal = [](const Header& a, const Header& b) { return a.name == b.name && a.value == b.value; };
    return consumed == other.consumed && keep_alive == other.keep_alive && request.method == other.request.method &&
           request.target == other.request.target && request.body == other.request.body &&
           std::equal(request.headers.begin(), request.headers.end(), other.request.headers.begin(),
                      other.request.headers.end(), equal);
  }
};

Outcome read(const std::string& bytes, const std::vector<std::size_t>& cuts, ReaderLimits limits = {}) {
  RequestReader reader(limits);
  Outcome outcome;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : bytes.size();
    std::string_view piece = std::string_view(bytes).substr(start, end - start);
    const std::size_t size = piece.size();
    outcome.state = reader.feed(piece);
    outcome.consumed += size - piece.size();
    if (outcome.state == RequestReader::State::complete || outcome.state == RequestReader::State::refused) break;
    EXPECT_TRUE(piece.empty()) << "unfinished, and yet bytes were left";
    start = end;
  }
  if (outcome.state == RequestReader::State::refused) {
    outcome.status = reader.refusal().status;
    outcome.reason = reader.refusal().reason;
  }
  outcome.keep_alive = reader.framing().keep_alive;
  if (outcome.state == RequestReader::State::complete) outcome.request = reader.take();
  return outcome;
}

std::vector<std::size_t> every_byte(std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < size; ++i) cuts.push_back(i);
  return cuts;
}

TEST(RequestReader, RefusesMalformedRequestsHoweverTheyAreCut) {
  EXPECT_GE(malformed_requests().size(), 45u);
  for (const Malformed& row : malformed_requests()) {
    const Outcome whole = read(row.bytes, {});
    EXPECT_EQ(whole.state, RequestReader::State::refused) << row.name;
    EXPECT_EQ(whole.status, row.status) << row.name << ": " << whole.reason;
    EXPECT_TRUE(whole == read(row.bytes, every_byte(row.bytes.size()))) << row.name;
  }
}

struct Accepted {
  const char* name;
  std::string bytes;
  std::string method, path, query, host, body;
  bool keep_alive;
};

TEST(RequestReader, ReadsWhatTheStandardAllows) {
  const std::string host = "Host: h\r\n";
  const std::vector<Accepted> table = {
      {"plain", "GET / HTTP/1.1\r\n" + host + "\r\n", "GET", "/", "", "h", "", true},
      {"one empty line first", "\r\nGET / HTTP/1.1\r\n" + host + "\r\n", "GET", "/", "", "h", "", true},
      {"query", "GET /a%20b?x=\"y\"&z=[1] HTTP/1.1\r\n" + host + "\r\n", "GET", "/a%20b", "x=\"y\"&z=[1]", "h", "",
       true},
      {"second question mark", "GET /?a?b HTTP/1.1\r\n" + host + "\r\n", "GET", "/", "a?b", "h", "", true},
      {"schema name in the path", "GET /Schemas/urn:ietf:x:User HTTP/1.1\r\n" + host + "\r\n", "GET",
       "/Schemas/urn:ietf:x:User", "", "h", "", true},
      {"asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "OPTIONS", "*", "", "h", "", true},
      {"absolute", "GET http://other:81/p?q HTTP/1.1\r\n" + host + "\r\n", "GET", "/p", "q", "other:81", "", true},
      {"absolute without a path", "GET HTTPS://other?q HTTP/1.1\r\n" + host + "\r\n", "GET", "/", "q", "other", "",
       true},
      {"IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET", "/", "", "[::1]:8080", "", true},
      {"length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 003\r\n\r\nabcREST", "POST", "/", "", "h", "abc",
       true},
      {"length zero", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\nREST", "POST", "/", "", "h", "", true},
      {"chunks",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: ChunkeD\r\n\r\n3;a=\"b\"\r\nabc\r\n00A\r\n" +
           "0123456789\r\n0\r\nT: u\r\n\r\nREST",
       "POST", "/", "", "h", "abc0123456789", true},
      {"no space after the colon", "GET / HTTP/1.1\r\nHost:h\r\nX:\r\n\r\n", "GET", "/", "", "h", "", true},
      {"tabs and UTF-8 in a value", "GET / HTTP/1.1\r\n" + host + "X: \ta\tb \xc3\xa4\t \r\n\r\n", "GET", "/", "", "h",
       "", true},
      {"close", "GET / HTTP/1.1\r\n" + host + "Connection: x, Close\r\n\r\n", "GET", "/", "", "h", "", false},
      {"closer is not close", "GET / HTTP/1.1\r\n" + host + "Connection: closer\r\n\r\n", "GET", "/", "", "h", "",
       true},
      {"1.0", "GET / HTTP/1.0\r\n\r\n", "GET", "/", "", "", "", false},
      {"1.0 with a body", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", "POST", "/", "", "", "ab", false},
  };
  for (const Accepted& row : table) {
    const Outcome whole = read(row.bytes, {});
    ASSERT_EQ(whole.state, RequestReader::State::complete) << row.name << ": " << whole.reason;
    EXPECT_EQ(whole.request.method, row.method) << row.name;
    EXPECT_EQ(whole.request.path, row.path) << row.name;
    EXPECT_EQ(whole.request.query, row.query) << row.name;
    EXPECT_EQ(whole.request.host, row.host) << row.name;
    EXPECT_EQ(whole.request.body, row.body) << row.name;
    EXPECT_EQ(whole.keep_alive, row.keep_alive) << row.name;
    const std::size_t rest = row.bytes.ends_with("REST") ? 4 : 0;
    EXPECT_EQ(whole.consumed, row.bytes.size() - rest) << row.name;
    EXPECT_TRUE(whole == read(row.bytes, every_byte(row.bytes.size()))) << row.name;
    for (std::size_t cut = 1; cut < row.bytes.size(); ++cut)
      EXPECT_TRUE(whole == read(row.bytes, {cut})) << row.name << " cut at " << cut;
  }
}

TEST(RequestReader, TrimsValuesAndFindsFieldsWithoutCase) {
  const Outcome outcome = read("GET / HTTP/1.1\r\nhOST: h\r\nX-A: \t v w \t\r\nX-A: second\r\n\r\n", {});
  EXPECT_EQ(outcome.request.header("x-a"), "v w");
  EXPECT_EQ(outcome.request.header("HOST"), "h");
  EXPECT_FALSE(outcome.request.header("X"));
}

TEST(RequestReader, LimitsAreExact) {
  const auto head = [](std::size_t size) {
    const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    return start + std::string(size - start.size() - 4, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(read(head(16 * 1024), {}).state, RequestReader::State::complete);
  EXPECT_EQ(read(head(16 * 1024 + 1), {}).status, 431);
  const auto body = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'b');
  };
  ReaderLimits small;
  small.body_bytes = 100;
  EXPECT_EQ(read(body(100), {}, small).state, RequestReader::State::complete);
  EXPECT_EQ(read(body(101), {}, small).status, 413);
  const auto chunks = [](std::size_t count) {
    std::string all = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < count; ++i) all += "A\r\n0123456789\r\n";
    return all + "0\r\n\r\n";
  };
  EXPECT_EQ(read(chunks(10), {}, small).state, RequestReader::State::complete);
  EXPECT_EQ(read(chunks(11), {}, small).status, 413);
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X: y\r\n";
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n", {}).state, RequestReader::State::complete);
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "X: y\r\n\r\n", {}).status, 431);
}

TEST(RequestReader, AskingForContinueEndsWithTheFirstBodyByte) {
  RequestReader reader({});
  std::string_view head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
  EXPECT_EQ(reader.feed(head), RequestReader::State::body);
  EXPECT_TRUE(reader.wants_continue());
  std::string_view body = "a";
  reader.feed(body);
  EXPECT_FALSE(reader.wants_continue());
}

// Whatever comes: no crash, the same conclusion for every cut, and a request that was let through is sane.
TEST(RequestReader, TwentyThousandMutations) {
  std::mt19937 random(20'261);
  int complete = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = mutant(i, random);
    const Outcome whole = read(bytes, {});
    ASSERT_TRUE(whole == read(bytes, every_byte(bytes.size()))) << i;
    if (!bytes.empty()) {
      ASSERT_TRUE(whole == read(bytes, {random() % bytes.size()})) << i;
    }
    refused += whole.state == RequestReader::State::refused;
    if (whole.state == RequestReader::State::refused) {
      ASSERT_TRUE(whole.status >= 400 && whole.status < 500) << i;
    }
    if (whole.state != RequestReader::State::complete) continue;
    ++complete;
    ASSERT_LE(whole.consumed, bytes.size());
    ASSERT_TRUE(is_token(whole.request.method));
    ASSERT_TRUE(whole.request.path == "*" || percent_decode(whole.request.path)) << whole.request.path;
    for (const Header& field : whole.request.headers)
      ASSERT_TRUE(is_token(field.name) && is_field_text(field.value)) << field.name;
  }
  EXPECT_GT(complete, 1'000);
  EXPECT_GT(refused, 1'000);
}

}  // namespace
}  // namespace rosterd::http::test
