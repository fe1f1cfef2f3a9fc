// When there is no memory, one answer is lost, not the process.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "daemon/http/server.h"
#include "tests/http/client.h"

namespace {
thread_local bool no_memory = false;  // on this thread
}

// Not inlined: g++ would see malloc'ed memory deleted.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* found = no_memory ? nullptr : std::malloc(size > 0 ? size : 1);
  if (!found) throw std::bad_alloc();
  return found;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace rosterd::http::test {
namespace {

TEST(Memory, AnAnswerWithoutItIsA500AndTheThreadLivesOn) {
  Limits limits;
  limits.request_threads = 1;
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, limits, [](const Request& request) -> Response {
    no_memory = false;
    Response response{200, {}, request.path};
    no_memory = request.path == "/without";
    return response;
  });
  server.start();
  Client client(server.bound().at(0).port);
  for (const std::string followed : {"", "x"}) {  // the answer is the request thread's, or the reactor's
    client.send(get("/without") + (followed.empty() ? followed : get("/next")));
    const auto failed = client.reply();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->status, 500);
    if (followed.empty()) client.send(get("/next"));
    const auto next = client.reply();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->body, "/next");
  }
}

}  // namespace
}  // namespace rosterd::http::test
