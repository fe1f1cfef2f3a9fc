#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>

namespace rosterd::service_manager {
namespace {

void notify(const std::string& message) {
  ::sd_notify(0, message.c_str());
}

}  // namespace

void ready(const std::string& text) {
  notify("READY=1\nSTATUS=" + text);
}

void reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::uint64_t micros =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

void stopping(const std::string& text) {
  notify("STOPPING=1\nSTATUS=" + text);
}
void status(const std::string& text) {
  notify("STATUS=" + text);
}
void feed_watchdog() {
  notify("WATCHDOG=1");
}

std::chrono::milliseconds watchdog_period() {
  std::uint64_t micros = 0;
  if (::sd_watchdog_enabled(0, &micros) <= 0) return std::chrono::milliseconds{0};
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds{micros});
}

std::vector<Socket> adopted_sockets() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  std::vector<Socket> sockets;
  for (int i = 0; i < count; ++i) {
    sockets.push_back({SD_LISTEN_FDS_START + i, names[i]});
    ::free(names[i]);
  }
  ::free(names);
  return sockets;
}

}  // namespace rosterd::service_manager
