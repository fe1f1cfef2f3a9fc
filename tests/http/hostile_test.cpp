// Malformed, split, pipelined, slow, oversized and abandoned requests over real sockets, plain and TLS. After each row
// a fresh client is served rightly, nobody was answered 5xx, and no answer carries the text of an exception.
#include "tests/http/door_fixture.h"
#include "tests/http/malformed.h"

namespace rosterd::http::test {
namespace {

using std::chrono::milliseconds;

class Hostile : public ::testing::TestWithParam<Transport> {};
INSTANTIATE_TEST_SUITE_P(Door, Hostile, ::testing::Values(Transport::plain, Transport::tls), transport_name);

std::string chunked_post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

TEST_P(Hostile, MalformedRequestsAreRefusedAndTheirConnectionEnds) {
  Door door(GetParam(), {});
  int others = 0;
  for (const Malformed& row : malformed_requests()) {
    const auto client = door.connect();
    client->send(row.bytes + get("/smuggled"));
    client->end_sending();
    const auto reply = client->reply();
    ASSERT_TRUE(reply) << row.name;
    EXPECT_EQ(reply->status, row.status) << row.name;
    EXPECT_EQ(reply->field("Connection"), "close") << row.name;
    EXPECT_EQ(reply->field("X-Request-Id").size(), 32u) << row.name;
    expect_harmless(reply->head + reply->body, row.name);
    EXPECT_EQ(client->rest(), "") << row.name << ": something ran after the refusal";
    expect_fresh_client_served(door, row.name);
    others += 2;
  }
  EXPECT_EQ(door.handled(), others);
  EXPECT_EQ(door.stats().refused, malformed_requests().size());
}

// What one client sends, in pieces, and the answers it gets; then whether the connection ends by itself.
struct Exchange {
  std::string name;
  std::vector<std::string> pieces;  // each in a packet (TLS: a record) of its own
  std::vector<int> statuses;        // of all answers, in order
  std::string last_body = {};
  bool ends = false;
};

std::vector<std::string> cut(const std::string& bytes, std::size_t size) {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < bytes.size(); i += size) pieces.push_back(bytes.substr(i, size));
  return pieces;
}

std::vector<std::string> repeat(const std::string& bytes, int times) {
  return std::vector<std::string>(static_cast<std::size_t>(times), bytes);
}

std::string join(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  return all;
}

std::vector<Exchange> split_and_pipelined() {
  const std::string chunks = "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\n\r\n";
  const std::string continued = "POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  return {
      {"a request byte by byte", cut(post("/a", "hello"), 1), {200}, "POST /a hello"},
      {"a chunked request byte by byte", cut(chunked_post("/a", chunks), 1), {200}, "POST /a hello world"},
      {"in pieces of seven", cut(chunked_post("/a", chunks), 7), {200}, "POST /a hello world"},
      {"cut inside the CRLF of the request line", {"GET /a HTTP/1.1\r", "\nHost: h\r\n\r\n"}, {200}, "GET /a "},
      {"cut inside the last CRLF", {"GET /a HTTP/1.1\r\nHost: h\r\n\r", "\n"}, {200}, "GET /a "},
      {"cut inside a field name", {"GET /a HTTP/1.1\r\nHo", "st: h\r\n\r\n"}, {200}, "GET /a "},
      {"cut inside the length",
       {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1", "0\r\n\r\n0123456789"},
       {200},
       "POST /a 0123456789"},
      {"cut between head and body",
       {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n", "ab"},
       {200},
       "POST /a ab"},
      {"cut inside the CRLF after a chunk",
       {chunked_post("/a", "5\r\nhello\r"), "\n0\r\n\r\n"},
       {200},
       "POST /a hello"},
      {"cut inside a chunk size",
       {chunked_post("/a", "1"), "0\r\n0123456789abcdef\r\n0\r\n\r\n"},
       {200},
       "POST /a 0123456789abcdef"},
      {"cut before the last CRLF of a chunked body", {chunked_post("/a", "0\r\n"), "\r\n"}, {200}, "POST /a "},
      {"an empty line before the request", {"\r\n", get("/a")}, {200}, "GET /a "},
      {"the body follows 100 Continue", {continued, "ab"}, {200}, "POST /c ab"},
      {"two in one packet", {get("/a") + get("/b")}, {200, 200}, "GET /b "},
      {"two, the second in the first's packet by half",
       {get("/a") + "GET /b HT", "TP/1.1\r\nHost: h\r\n\r\n"},
       {200, 200},
       "GET /b "},
      {"three with bodies of three kinds",
       {post("/a", "x") + chunked_post("/b", chunks) + get("/c")},
       {200, 200, 200},
       "GET /c "},
      {"fifty in one packet", {join(repeat(post("/n", "body"), 50))}, std::vector<int>(50, 200), "POST /n body"},
      {"fifty without waiting", repeat(get("/n"), 50), std::vector<int>(50, 200), "GET /n "},
      {"nothing after Connection: close", {get("/a", "Connection: close\r\n") + get("/b")}, {200}, "GET /a ", true},
      {"nothing after HTTP/1.0", {"GET /a HTTP/1.0\r\n\r\n" + get("/b")}, {200}, "GET /a ", true},
      {"a good one, then a malformed one", {get("/a") + "GET  /b HTTP/1.1\r\n\r\n" + get("/c")}, {200, 400}, {}, true},
      {"a good one, then one with two lengths",
       {get("/a") + "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n" + get("/c")},
       {200, 400},
       {},
       true},
      {"a request hidden behind a length that is too short",
       {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx" + get("/b")},
       {200, 200},
       "GET /b "},
      {"a request hidden in a body", {post("/a", get("/hidden"))}, {200}, "POST /a " + get("/hidden")},
      {"a request hidden in a chunk",
       {chunked_post("/a", "24\r\nGET /hidden HTTP/1.1\r\nHost: test\r\n\r\n\r\n0\r\n\r\n")},
       {200},
       "POST /a GET /hidden HTTP/1.1\r\nHost: test\r\n\r\n"},
      {"garbage after a good one", {get("/a") + std::string(300, '\xff')}, {200, 400}, {}, true},
      {"a chunked body with garbage behind it", {chunked_post("/a", "0\r\n\r\nxyz\r\n\r\n")}, {200, 400}, {}, true},
      {"an unknown method is the handler's business", {"BREW /a HTTP/1.1\r\nHost: h\r\n\r\n"}, {200}, "BREW /a "},
      {"HEAD, then GET", {"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", get("/b")}, {200, 200}, "GET /b "},
  };
}

// HEAD's answer has a length and no body.
std::optional<Reply> next_reply(Client& client, const Exchange& row, std::size_t number) {
  return client.reply(number == 0 && row.pieces.front().starts_with("HEAD"));
}

void run(const Door& door, const Exchange& row) {
  const auto client = door.connect();
  for (const std::string& piece : row.pieces) client->send(piece);
  std::optional<Reply> reply;
  for (std::size_t i = 0; i < row.statuses.size(); ++i) {
    reply = next_reply(*client, row, i);
    ASSERT_TRUE(reply) << row.name << ": answer " << i << " is missing";
    EXPECT_EQ(reply->status, row.statuses[i]) << row.name << ": answer " << i;
    expect_harmless(reply->head, row.name);
  }
  if (!row.last_body.empty()) {
    EXPECT_EQ(reply->body, row.last_body) << row.name;
  }
  if (!row.ends) {
    client->send(get("/after"));
    const auto after = client->reply();
    ASSERT_TRUE(after) << row.name;
    EXPECT_EQ(after->body, "GET /after ") << row.name << ": the connection lost its step";
    client->end_sending();
  }
  EXPECT_EQ(client->rest(), "") << row.name << ": more answers than requests";
}

TEST_P(Hostile, SplitAndPipelinedRequestsKeepTheirStep) {
  Door door(GetParam(), {});
  for (const Exchange& row : split_and_pipelined()) {
    run(door, row);
    expect_fresh_client_served(door, row.name);
  }
}

// Bytes after which a client falls silent or leaves. `begun` is answered 408 when it only waits.
struct Fragment {
  const char* name;
  std::string bytes;
  bool begun = true;
};

std::vector<Fragment> fragments() {
  return {
      {"nothing", "", false},
      {"an empty line", "\r\n", false},
      {"half a method", "PO"},
      {"half a target", "GET /scim/v2/Us"},
      {"a request line", "GET / HTTP/1.1\r\n"},
      {"half a field name", "GET / HTTP/1.1\r\nHo"},
      {"half a field value", "GET / HTTP/1.1\r\nHost: h\r\nX: 12"},
      {"a head without its end", "GET / HTTP/1.1\r\nHost: h\r\n"},
      {"a head without its last byte", "GET / HTTP/1.1\r\nHost: h\r\n\r"},
      {"a head, no body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"},
      {"half a body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345"},
      {"a body without its last byte", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123456789"},
      {"a large body by half",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + std::string(100'000, 'b')},
      {"half a chunk size", chunked_post("/", "1")},
      {"a chunk size without data", chunked_post("/", "10\r\n")},
      {"half a chunk", chunked_post("/", "10\r\n12345")},
      {"a chunk without its CRLF", chunked_post("/", "5\r\n12345")},
      {"a chunk with half its CRLF", chunked_post("/", "5\r\n12345\r")},
      {"no last chunk", chunked_post("/", "5\r\n12345\r\n")},
      {"half a trailer", chunked_post("/", "0\r\nX: ")},
      {"100 Continue asked for, then nothing",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"},
  };
}

// Each row has a server thread's patience of its own, so all wait at the same time.
TEST_P(Hostile, SilenceIsA408OrAQuietEnd) {
  Limits limits;
  limits.head_timeout = limits.body_timeout = limits.body_grace = milliseconds(1'000);
  Door door(GetParam(), limits);
  std::vector<std::unique_ptr<Client>> clients;
  for (const Fragment& row : fragments()) {
    clients.push_back(door.connect());
    clients.back()->send(row.bytes);
  }
  std::size_t number = 0;
  for (const Fragment& row : fragments()) {
    const std::string text = clients[number++]->rest();
    expect_harmless(text, row.name);
    EXPECT_EQ(text.find("HTTP/1.1 408") != std::string::npos, row.begun) << row.name << ": " << text;
    EXPECT_EQ(text.find("HTTP/1.1 200"), std::string::npos) << row.name;
    expect_fresh_client_served(door, row.name);
  }
  EXPECT_EQ(door.handled(), 2 * static_cast<int>(number));
}

enum class Leaving { close, half_close, reset };

TEST_P(Hostile, WhoLeavesInTheMiddleHarmsNobody) {
  for (const Leaving how : {Leaving::close, Leaving::half_close, Leaving::reset}) {
    Door door(GetParam(), {});
    int number = 0;
    for (const Fragment& row : fragments()) {
      auto client = door.connect();
      client->send(row.bytes);
      if (how == Leaving::reset) client->reset();
      if (how == Leaving::close) client.reset();
      if (how == Leaving::half_close) {
        client->end_sending();
        const std::string text = client->rest();
        expect_harmless(text, row.name);
        EXPECT_EQ(text.find("HTTP/1.1 200"), std::string::npos) << row.name;
      }
      expect_fresh_client_served(door, row.name);
      ++number;
    }
    EXPECT_EQ(door.handled(), 2 * number) << "an unfinished request was run";
    EXPECT_TRUE(eventually([&] { return door.stats().connections == 0; })) << "a connection of a leaver is still there";
    EXPECT_EQ(door.stats().body_bytes, 0u);
  }
}

// The answer comes too late, or is too large, for who has left.
TEST_P(Hostile, WhoLeavesBeforeOrInsideTheAnswerHarmsNobody) {
  const std::string large(4'000'000, 'x');
  Door door(GetParam(), {}, [&](const Request& request) -> Response {
    return request.path == "/large" ? Response{200, {}, large} : Door::echo(request);
  });
  for (const std::string path : {"/small", "/large"})
    for (const Leaving how : {Leaving::close, Leaving::half_close, Leaving::reset})
      for (const bool after_the_head : {false, true}) {
        const std::string row = path + (after_the_head ? " after its head" : " at once");
        auto client = door.connect();
        client->send(get(path) + get(path));
        if (after_the_head) {
          EXPECT_TRUE(client->head()) << row;
        }
        if (how == Leaving::reset) client->reset();
        if (how == Leaving::half_close) client->end_sending();
        client.reset();
        expect_fresh_client_served(door, row);
      }
  EXPECT_TRUE(eventually([&] { return door.stats().connections == 0; }));
}

struct Oversized {
  const char* name;
  std::string start;
  std::string more;  // sent again and again
  int status;
};

// The refusal comes at once, and reaches a client that goes on sending.
TEST_P(Hostile, OversizedRequestsAreRefusedWhileTheyAreSent) {
  Limits limits;
  limits.body_bytes = 200'000;
  Door door(GetParam(), limits);
  const std::string block(10'000, 'a');
  for (const Oversized& row : std::vector<Oversized>{
           {"an endless target", "GET /", block, 414},
           {"an endless method", block, block, 414},
           {"an endless field", "GET / HTTP/1.1\r\nHost: h\r\nX: ", block, 431},
           {"an endless field name", "GET / HTTP/1.1\r\nHost: h\r\n", block, 431},
           {"endless fields", "GET / HTTP/1.1\r\nHost: h\r\n", "X: y\r\n", 431},
           {"an announced large body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200001\r\n\r\n", block, 413},
           {"an announced huge body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n", block, 413},
           {"one large chunk", chunked_post("/", "30d41\r\n"), block, 413},
           {"endless chunks", chunked_post("/", ""), "2710\r\n" + block + "\r\n", 413},
           {"an endless chunk size", chunked_post("/", ""), "0000000000", 400},
           {"an endless chunk extension", chunked_post("/", "5;"), block, 400},
           {"endless trailers", chunked_post("/", "0\r\n"), "X: y\r\n", 431},
           {"an endless trailer", chunked_post("/", "0\r\nX: "), block, 431},
       }) {
    const auto client = door.connect();
    client->send(row.start);
    for (std::size_t sent = 0; sent < 600'000 && client->send(row.more); sent += row.more.size()) {
    }
    const auto reply = client->reply();
    ASSERT_TRUE(reply) << row.name;
    EXPECT_EQ(reply->status, row.status) << row.name;
    EXPECT_EQ(client->rest(), "") << row.name;
    expect_fresh_client_served(door, row.name);
  }
}

}  // namespace
}  // namespace rosterd::http::test
