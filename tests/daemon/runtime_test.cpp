// The whole daemon in one process: start, reload, secrets, stop.
#include "daemon/runtime.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>

#include "daemon/log/log.h"
#include "tests/daemon/temp_dir.h"

namespace rosterd {
namespace {

constexpr const char* kPlanted = "planted-5ecret-value";

std::string get(std::uint16_t port, const std::string& path, const std::string& headers = {}) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n";
    ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return answer;
}

class RuntimeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log::set_sink([this](log::Level, const std::string& line) {
      const std::lock_guard lock{mutex};
      lines += line + "\n";
    });
    dir.write("password", kPlanted);
    write("debug");
  }
  void TearDown() override {
    runtime.reset();
    log::set_sink(nullptr);
    log::configure(log::Level::info, log::Format::automatic);
  }

  void write(const std::string& level, const std::string& extra = {}) {
    const std::string where = dir.path().string();
    file =
        dir.write("rosterd.toml",
                  "[store]\ndirectory = \"" + where + "\"\n[http]\nlisten = \"127.0.0.1:0\"\n[control]\nsocket = \"" +
                      where + "/control.sock\"\n[log]\nlevel = \"" + level + "\"\nformat = \"text\"\n" +
                      "[[directory]]\nname = \"corp\"\nuris = \"ldap://127.0.0.1:1\"\nbind_dn = \"cn=r,o=x\"\n"
                      "bind_password_file = \"" +
                      where + "/password\"\npeople_bases = \"o=x\"\ninterval = \"0s\"\n" + extra);
  }
  void start() {
    auto loaded = config::load(file);
    ASSERT_TRUE(loaded.config);
    apply_log(*loaded.config);
    runtime = std::make_unique<Runtime>(file, loaded.config);
    runtime->start();
  }
  std::string log_text() {
    const std::lock_guard lock{mutex};
    return lines;
  }

  testing::TempDir dir;
  std::filesystem::path file;
  std::mutex mutex;
  std::string lines;
  std::unique_ptr<Runtime> runtime;
};

TEST_F(RuntimeTest, StartsAnswersAndStops) {
  start();
  const auto port = runtime->bound().at(0).port;
  EXPECT_TRUE(get(port, "/healthz").starts_with("HTTP/1.1 200")) << get(port, "/healthz");
  const std::string ready = get(port, "/readyz");
  EXPECT_TRUE(ready.starts_with("HTTP/1.1 200")) << ready;
  const std::string metrics = get(port, "/metrics");
  EXPECT_NE(metrics.find("rosterd_store_commits_total"), std::string::npos) << metrics;
  EXPECT_TRUE(runtime->stale(std::chrono::seconds{30}).empty());
  EXPECT_NE(log_text().find("request_id="), std::string::npos) << log_text();
  runtime->stop();
  EXPECT_EQ(get(port, "/healthz"), "");
  runtime->stop();
}

TEST(HttpHeart, BeatsWhileTheWatchedPartsMove) {
  using std::chrono::seconds;
  const struct {
    const char* what;
    HttpParts parts;
    http::Stats before, now;
    bool beats;
  } rows[] = {
      {"idle", HttpParts::all, {}, {}, true},
      {"queue moves", HttpParts::all, {.queued = 3, .taken = 5}, {.queued = 3, .taken = 6}, true},
      {"queue grows only",
       HttpParts::all,
       {.queued = 3, .requests = 8, .taken = 5},
       {.queued = 4, .requests = 9, .taken = 5},
       false},
      {"commands wait for long syncs", HttpParts::reactors, {.queued = 1, .taken = 4}, {.queued = 1, .taken = 4}, true},
      {"no turn", HttpParts::all, {}, {.oldest_tick = seconds{6}}, false},
      {"no turn", HttpParts::reactors, {}, {.oldest_tick = seconds{6}}, false},
  };
  for (const auto& row : rows) {
    http::Stats stats = row.before;
    const auto heart = http_heart([&] { return stats; }, row.parts, seconds{5});
    const auto first = heart();
    stats = row.now;
    EXPECT_EQ(heart() != first, row.beats) << row.what;
  }
}

TEST_F(RuntimeTest, TheKeyIsMadeForItsOwnerOnly) {
  start();
  const auto mode = std::filesystem::status(dir.path() / "secret.key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms{0600});
}

TEST_F(RuntimeTest, ASecondDaemonOnTheSameStoreIsRefused) {
  start();
  try {
    Runtime second(file, config::load(file).config);
    FAIL() << "two daemons on one store";
  } catch (const store::StoreError& error) {
    EXPECT_EQ(error.kind(), store::StoreError::Kind::locked_by_other);
  }
}

TEST_F(RuntimeTest, ReloadTakesAGoodFileAndRefusesABadOne) {
  start();
  write("warning", "[http2]\n");
  EXPECT_FALSE(runtime->reload());
  EXPECT_NE(log_text().find("http2"), std::string::npos);
  EXPECT_TRUE(log::enabled(log::Level::debug)) << "the old configuration goes on";
  write("warning", "[[role]]\nname = \"Reviewer\"\n");
  EXPECT_TRUE(runtime->reload());
  EXPECT_FALSE(log::enabled(log::Level::info));
  EXPECT_TRUE(get(runtime->bound().at(0).port, "/readyz").starts_with("HTTP/1.1 200"));
}

TEST_F(RuntimeTest, ManyReloadsUnderTrafficFailNoRequest) {
  start();
  const auto port = runtime->bound().at(0).port;
  std::atomic<bool> done{false};
  std::atomic<int> failed{0}, answered{0};
  std::thread client([&] {
    while (!done || answered == 0) (get(port, "/readyz").starts_with("HTTP/1.1 200") ? answered : failed)++;
  });
  for (int i = 0; i < 20; ++i) {
    write(i % 2 == 0 ? "warning" : "info", i % 5 == 4 ? "[broken\n" : "");
    EXPECT_EQ(runtime->reload(), i % 5 != 4);
  }
  done = true;
  client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(answered, 0);
}

TEST_F(RuntimeTest, PlantedSecretsAreInNoLog) {
  start();
  const auto port = runtime->bound().at(0).port;
  get(port, std::string{"/invitation/"} + kPlanted);
  get(port, std::string{"/scim/v2/Users?filter=userName%20eq%20%22"} + kPlanted + "%22",
      std::string{"Authorization: Bearer "} + kPlanted + "\r\n");
  get(port, std::string{"/nowhere/"} + kPlanted, std::string{"Cookie: "} + kPlanted + "\r\n");
  get(port, "/x y", std::string{"Broken"} + kPlanted + "\r\n");
  dir.write("password", std::string{kPlanted} + "2");
  EXPECT_TRUE(runtime->reload());
  runtime->stop();
  EXPECT_NE(log_text().find("event=request") == std::string::npos ? log_text().find("request") : 0, std::string::npos);
  EXPECT_EQ(log_text().find(kPlanted), std::string::npos) << log_text();
}

}  // namespace
}  // namespace rosterd
