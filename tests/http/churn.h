#pragma once

#include <cstdint>
#include <string>

#include "tests/http/door_fixture.h"

// The experiment that showed other HTTP servers giving one client's answer to another: many short connections, most of
// whose owners leave before their answer.
namespace rosterd::http::test {

struct ChurnResult {
  int right = 0;
  int wrong = 0;    // not the answer to what was asked
  int foreign = 0;  // of them: plainly somebody else's
  int lost = 0;     // no answer to who waited for it
  std::string first_wrong;
};

// What the server under test answers on request threads; it takes some microseconds.
Response churn_answer(const Request& request);

// One run. Clients ask what a request thread answers, and what the reactor itself refuses.
ChurnResult churn(std::uint16_t port, Transport transport, unsigned seed, int connections);

// 1, or $ROSTERD_CHURN_RUNS.
int churn_runs();

}  // namespace rosterd::http::test
