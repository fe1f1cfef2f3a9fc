// Mutated requests over real sockets, plain and TLS, beside an oracle: the request reader itself, fed in one piece.
// Each connection must give exactly the answers that the oracle says, in order, and then end; a fresh client is served
// after.
#include <cstdio>
#include <cstdlib>
#include <random>

#include "daemon/http/request_reader.h"
#include "tests/http/door_fixture.h"
#include "tests/http/mutants.h"

namespace rosterd::http::test {
namespace {

struct Expected {
  std::string method;  // of a request that is run; empty for a refusal
  int status = 200;
  std::string body = {};
};

std::vector<Expected> oracle(std::string_view bytes) {
  std::vector<Expected> answers;
  RequestReader reader({});
  while (!bytes.empty()) {
    const RequestReader::State state = reader.feed(bytes);
    if (state == RequestReader::State::refused) answers.push_back({reader.request().method, reader.refusal().status});
    if (state != RequestReader::State::complete) return answers;
    const bool keep_alive = reader.framing().keep_alive;
    const Request request = reader.take();
    answers.push_back({request.method, 200, Door::echo(request).body});
    if (!keep_alive) return answers;
  }
  return answers;
}

int count_of_mutations() {
  const char* count = std::getenv("ROSTERD_MUTATIONS");
  return count ? std::atoi(count) : 400;
}

class Mutated : public ::testing::TestWithParam<Transport> {};
INSTANTIATE_TEST_SUITE_P(Door, Mutated, ::testing::Values(Transport::plain, Transport::tls), transport_name);

void compare(Client& client, const std::string& bytes, int number) {
  for (const Expected& expected : oracle(bytes)) {
    const auto reply = client.reply(expected.method == "HEAD");
    ASSERT_TRUE(reply) << number << ": an answer is missing";
    ASSERT_EQ(reply->status, expected.status) << number;
    expect_harmless(reply->head + reply->body, std::to_string(number));
    if (expected.status == 200 && expected.method != "HEAD") {
      ASSERT_EQ(reply->body, expected.body) << number;
    }
  }
  std::string rest = client.rest();
  if (rest == "HTTP/1.1 100 Continue\r\n\r\n") rest.clear();  // for a body that never came
  ASSERT_EQ(rest, "") << number << ": more answers than requests";
}

TEST_P(Mutated, EachConnectionGivesWhatItsBytesSayAndNoMore) {
  Limits limits;
  limits.connections_per_address = limits.connections;
  Door door(GetParam(), limits);
  std::mt19937 random(20'262);
  const int count = count_of_mutations();
  int answered = 0, refused = 0;
  for (int i = 0; i < count && !HasFatalFailure(); ++i) {
    const std::string bytes = mutant(i, random);
    const auto client = door.connect();
    const std::size_t cut = bytes.empty() ? 0 : random() % bytes.size();
    client->send(bytes.substr(0, cut));
    client->send(bytes.substr(cut));
    client->end_sending();
    compare(*client, bytes, i);
    if (HasFatalFailure()) std::printf("the bytes: %s\n", ::testing::PrintToString(bytes).c_str());
    const auto said = oracle(bytes);
    answered += !said.empty() && said.front().status == 200;
    refused += !said.empty() && said.back().status != 200;
    expect_fresh_client_served(door, std::to_string(i));
  }
  EXPECT_GT(answered, count / 20);
  EXPECT_GT(refused, count / 20);
  std::printf("%d mutated requests: %d connections with an answer, %d refused\n", count, answered, refused);
}

}  // namespace
}  // namespace rosterd::http::test
