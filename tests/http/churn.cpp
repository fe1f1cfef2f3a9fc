#include "tests/http/churn.h"

#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace rosterd::http::test {

namespace {

constexpr int kThreads = 8;

// What the reactor answers by itself, without the pool.
struct Refused {
  const char* bytes;
  int status;
};
constexpr Refused kRefused[] = {
    {"GET  /malformed HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n", 413},
    {"GET /expect HTTP/1.1\r\nHost: h\r\nExpect: nothing\r\n\r\n", 417},
    {"POST /coding HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
};

class Clients {
 public:
  Clients(std::uint16_t port, Transport transport, unsigned seed, int connections)
      : port_(port), transport_(transport), seed_(seed), connections_(connections) {}

  ChurnResult run() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kThreads; ++i) threads.emplace_back([this, i] { work(seed_ * kThreads + i); });
    for (std::thread& thread : threads) thread.join();
    return result_;
  }

 private:
  void work(unsigned seed) {
    std::mt19937 random(seed);
    for (int number; (number = next_++) < connections_;) {
      Client client(port_);
      if (transport_ == Transport::tls && !client.start_tls()) {
        note(0, 0, 1, {});
        continue;
      }
      for (std::size_t i = 1 + random() % 3; i > 0; --i)
        if (!ask(client, std::to_string(number) + "-" + std::to_string(random()), random)) break;
    }
  }

  // False when the connection is over.
  bool ask(Client& client, const std::string& nonce, std::mt19937& random) {
    const Refused* refused = random() % 4 == 0 ? &kRefused[random() % std::size(kRefused)] : nullptr;
    client.send(refused ? refused->bytes : post("/" + nonce, "+body"));
    const unsigned fate = random() % 4;
    if (fate == 0) return false;  // leaves while the handler runs
    if (fate == 1) {              // the same, with a reset, so that the descriptor number is free at once
      client.reset();
      return false;
    }
    const auto reply = client.reply();
    if (!reply) {
      note(0, 0, 1, {});
      return false;
    }
    const bool right = refused ? is_refusal(*reply, refused->status) : is_answer(*reply, nonce);
    note(right, !right, 0, right ? std::string{} : "asked " + nonce + ", got " + reply->head + reply->body);
    const std::string named = reply->field("X-Nonce");
    if (named.find('-') != std::string::npos && named != nonce) note_foreign();
    return !refused;
  }

  static bool is_answer(const Reply& reply, const std::string& nonce) {
    return reply.status == 200 && reply.field("X-Nonce") == nonce &&
           reply.body == nonce + "+body" + reply.field("X-Request-Id");
  }

  static bool is_refusal(const Reply& reply, int status) {
    return reply.status == status && !reply.has("X-Nonce") && reply.field("Connection") == "close" &&
           reply.body.find("request " + reply.field("X-Request-Id")) != std::string::npos;
  }

  void note(int right, int wrong, int lost, const std::string& what) {
    const std::lock_guard lock(mutex_);
    result_.right += right;
    result_.wrong += wrong;
    result_.lost += lost;
    if (wrong != 0 && result_.first_wrong.empty()) result_.first_wrong = what;
  }

  void note_foreign() {
    const std::lock_guard lock(mutex_);
    ++result_.foreign;
  }

  const std::uint16_t port_;
  const Transport transport_;
  const unsigned seed_;
  const int connections_;
  std::atomic<int> next_{0};
  std::mutex mutex_;
  ChurnResult result_;
};

}  // namespace

Response churn_answer(const Request& request) {
  static std::atomic<unsigned> turn{0};
  std::minstd_rand random(static_cast<unsigned>(request.target.size()));
  unsigned work = 0;  // whose end the compiler cannot skip
  for (unsigned i = 20'000 + turn++ * 7'919 % 40'000; i > 0; --i) work += static_cast<unsigned>(random());
  const std::string nonce = request.path.substr(1);
  return {200, {{"X-Nonce", nonce}, {"X-Work", std::to_string(work)}}, nonce + request.body + request.id};
}

ChurnResult churn(std::uint16_t port, Transport transport, unsigned seed, int connections) {
  return Clients(port, transport, seed, connections).run();
}

int churn_runs() {
  const char* runs = std::getenv("ROSTERD_CHURN_RUNS");
  return runs ? std::atoi(runs) : 1;
}

}  // namespace rosterd::http::test
