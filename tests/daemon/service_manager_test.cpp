#include "daemon/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/daemon/temp_dir.h"

namespace rosterd::service_manager {
namespace {

// Stands for systemd: a datagram socket under $NOTIFY_SOCKET.
class ServiceManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = (dir_.path() / "notify").string();
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(socket_);
  }
  std::string next() {
    char buffer[1024];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    return got < 0 ? "" : std::string(buffer, static_cast<std::size_t>(got));
  }

  testing::TempDir dir_;
  int socket_ = -1;
};

TEST_F(ServiceManagerTest, SaysWhatSystemd252WantsToHear) {
  ready("Serving");
  EXPECT_EQ(next(), "READY=1\nSTATUS=Serving");
  reloading();
  const std::string reload = next();
  EXPECT_TRUE(reload.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << reload;
  EXPECT_GT(std::stoull(reload.substr(reload.rfind('=') + 1)), 0u);
  feed_watchdog();
  EXPECT_EQ(next(), "WATCHDOG=1");
  stopping("Bye");
  EXPECT_EQ(next(), "STOPPING=1\nSTATUS=Bye");
}

TEST_F(ServiceManagerTest, WatchdogPeriod) {
  EXPECT_EQ(watchdog_period().count(), 0);
  ::setenv("WATCHDOG_USEC", "20000000", 1);
  EXPECT_EQ(watchdog_period(), std::chrono::seconds{20});
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(watchdog_period().count(), 0) << "meant for another process";
}

TEST_F(ServiceManagerTest, SilentWithoutSystemd) {
  ::unsetenv("NOTIFY_SOCKET");
  ready("x");
  EXPECT_EQ(next(), "");
  EXPECT_TRUE(adopted_sockets().empty());
}

}  // namespace
}  // namespace rosterd::service_manager
