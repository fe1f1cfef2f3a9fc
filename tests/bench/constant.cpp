// The limit of a GET by id: a constant of the same size through the same door, request pool, token check and observer.
#include <csignal>
#include <cstdio>
#include <iostream>

#include "daemon/api/reply.h"
#include "daemon/api/routes.h"
#include "daemon/http/server.h"
#include "daemon/log/log.h"
#include "daemon/observers.h"
#include "store/store.h"
#include "store/tokens.h"
#include "tests/bench/options.h"

namespace {

using namespace rosterd;

// The fields that a real answer carries (daemon/api/routes.cpp, scim/reply.cpp).
const std::vector<http::Header> kHeaders = {
    {"Content-Type", "application/scim+json"},
    {"ETag", "W/\"1\""},
    {"Location", "http://127.0.0.1:12345/scim/v2/Users/c26aa022-74a3-4686-b648-31050ba4684e"},
    {"Cache-Control", "no-store"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "geolocation=(), camera=(), microphone=()"}};

int run(const bench::Options& options) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  store::SystemClock clock;
  const auto store = store::Store::open({.directory = options.text("--store"), .readers = 8}, clock);
  metrics::Metrics metrics;
  const std::string body(options.number("--bytes"), 'x');
  const http::Handler handler = [&](const http::Request& request) {
    const log::RequestScope scope{request.id};
    const auto token =
        store->read([&](const store::View& view) { return store::check_token(view, api::bearer(request)); });
    if (!token) return http::Response{401, {}, {}};
    return http::Response{200, kHeaders, body};
  };
  http::Limits limits;
  limits.request_threads = options.number("--request-threads");
  http::Server server(
      {http::Listen::tcp(std::string(api::kPublic), "127.0.0.1", static_cast<std::uint16_t>(options.number("--port")))},
      limits, handler, http_observer(metrics));
  server.start();
  std::printf("%d\n", server.bound().front().port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argc, argv, {{"--store", ""}, {"--bytes", "1000"}, {"--port", "0"}, {"--request-threads", "32"}}});
  } catch (const std::exception& error) {
    std::cerr << "constant: " << error.what() << "\n";
    return 1;
  }
}
