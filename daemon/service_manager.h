// Talking with systemd (sd_notify(3)); every call is a no-op when nobody listens. One thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace rosterd::service_manager {

void ready(const std::string& status);
void reloading();  // with MONOTONIC_USEC, as Type=notify-reload will want it; followed by ready()
void stopping(const std::string& status);
void status(const std::string& status);
void feed_watchdog();

// WatchdogSec= of the unit; 0: no watchdog.
std::chrono::milliseconds watchdog_period();

struct Socket {
  int descriptor;    // listening
  std::string name;  // FileDescriptorName= of the socket unit
};

// What a socket unit listens on for us (sd_listen_fds_with_names(3)); to be called once.
std::vector<Socket> adopted_sockets();

}  // namespace rosterd::service_manager
