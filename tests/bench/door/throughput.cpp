#include <cstdio>
#include <string>

#include "tests/bench/door/figures.h"
#include "tests/bench/door/load.h"
#include "tests/bench/door/servers.h"

namespace rosterd::bench {

namespace {

const std::string kRequest =
    "GET /scim/v2/Users/2819c223-7f76-453a-919d-413861904646 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Accept: application/scim+json\r\nAuthorization: Bearer 0123456789012345678901234567890123456789012\r\n"
    "User-Agent: bench\r\n\r\n";

constexpr int kSlices = 5;

// As many bytes as the door sends.
std::string answer_like_the_doors() {
  const std::string body(kBodySize, 'b');
  return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/scim+json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\nX-Request-Id: 0123456789abcdef0123456789abcdef\r\n\r\n" + body;
}

Figure compare(int connections, const Effort& effort) {
  const ServerProcess echo([](const auto& ready) { serve_echo(answer_like_the_doors(), ready); });
  const ServerProcess door([](const auto& ready) { serve_door(ready); });
  std::vector<double> echo_rate, door_rate, ratio;
  std::size_t wrong = 0, answers = 0, echoes = 0;
  for (int round = 0; round < effort.rounds; ++round) {
    double raw = 0, ours = 0;
    for (int slice = 0; slice < kSlices; ++slice) {  // close together, so that a busy machine disturbs both alike
      const Measured one = run_load({echo.port(), connections, effort.each / kSlices, kRequest, 0});
      const Measured two = run_load({door.port(), connections, effort.each / kSlices, kRequest, 0});
      raw += one.per_second / kSlices;
      ours += two.per_second / kSlices;
      wrong += one.wrong + two.wrong;
      echoes += one.microseconds.size();
      answers += two.microseconds.size();
    }
    echo_rate.push_back(raw);
    door_rate.push_back(ours);
    ratio.push_back(raw > 0 ? ours / raw : 0);
  }
  char note[200];
  std::snprintf(note, sizeof note, "median ratio of %d rounds %.2f; server CPU for each: %.1f and %.1f us; %zu wrong",
                effort.rounds, median(ratio), 1e6 * door.cpu_seconds() / static_cast<double>(answers),
                1e6 * echo.cpu_seconds() / static_cast<double>(echoes), wrong);
  return {"HTTP door through the pool, " + std::to_string(connections) + " connections",
          median(door_rate),
          median(echo_rate),
          0.7,
          true,
          "/s",
          note};
}

}  // namespace

std::vector<Figure> measure_throughput(const Effort& effort) {
  return {compare(32, effort), compare(128, effort)};
}

}  // namespace rosterd::bench
