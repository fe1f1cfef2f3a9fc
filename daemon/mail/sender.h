// Sends the outbox, one mail at a time, on a thread of its own.
//
// Delivery contract: every queued mail is sent at least once, or ends as refused, given up or cancelled; a crash
// between the server's taking it and our note of that sends it again with the same Message-ID and the same link. A mail
// cancelled before the connection is opened is not sent. A mail on which the process ends, or which our own code cannot
// send, time after time is given up with that reason (RetryPolicy::max_unfinished), so that the others go on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "daemon/mail/prepare.h"
#include "daemon/mail/retry.h"
#include "daemon/mail/transport.h"

namespace rosterd::mail {

struct SenderSetup {
  std::shared_ptr<Transport> transport;  // none: mail is not configured, everything waits in the outbox
  Stationery stationery;
  RetryPolicy retry = {};
  // A crashed attempt is free again after this; must be longer than the transport's total timeout.
  std::chrono::milliseconds lease = std::chrono::seconds{150};
  std::string note_file = {};           // see delivered_note.h; empty: none. One sender per file
  std::function<double()> random = {};  // [0, 1) for the jitter; none: libsodium
};

struct MailEvent {
  enum class Kind { sent, deferred, refused, given_up, cancelled };
  Kind kind;
  store::MailId mail;
  store::UserId user;
  std::string template_kind;
  int attempt = 1;
  std::string detail;  // Delivery::describe(), or why it was not sent; no secret
  std::chrono::milliseconds took{0};
};
std::string_view to_string(MailEvent::Kind kind);

// Called on the sender's thread; must not throw.
class SenderObserver {
 public:
  virtual ~SenderObserver() = default;
  virtual void mail_event(const MailEvent& event) = 0;
  virtual void sender_trouble(std::string_view what) = 0;  // the store cannot be used right now; it is tried again
};

// Settles the mails that an earlier process was sending when it ended: the one in `note_file` was sent, the others are
// free again. Only before the first sender of this process starts: the store's lock then says that nobody is sending
// them. Returns their number. Throws store::StoreError; without this
// call they are free when their lease has run out.
std::size_t free_orphans(store::Store& store, const RetryPolicy& retry, const std::string& note_file = {});

// Thread-safe; several on one store share the work. `store` and `observer` must outlive it.
class Sender {
 public:
  Sender(store::Store& store, SenderSetup setup, SenderObserver& observer);
  ~Sender();  // stops
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void start();
  void stop();                        // ends within about two seconds, a mail in transfer included
  void configure(SenderSetup setup);  // from the next mail on

  // Grows while the thread lives, at least every five seconds, also while a server is slow.
  std::uint64_t heartbeat() const { return heartbeat_.load(std::memory_order_relaxed); }

  // Sends one due mail; false when none is due, the server is given a rest, or mail is not configured. What the thread
  // does in a loop; call it only while the thread is not running. Throws store::StoreError.
  bool step();

 private:
  using Setup = std::shared_ptr<const SenderSetup>;
  void run();
  void rest(std::uint64_t seen);
  void handle(const store::Mail& mail, const SenderSetup& setup);
  void attempt(const store::Mail& mail, const SenderSetup& setup, MailEvent event);
  void not_sent(const store::Mail& mail, const SenderSetup& setup, const Unsendable& why, MailEvent event);
  void not_finished(const store::Mail& mail, const SenderSetup& setup, MailEvent event);
  void after_attempt(const store::Mail& mail, const SenderSetup& setup, const Delivery& delivery, MailEvent event);
  void note_server(const Delivery& delivery);
  void record(const std::function<void(store::Unit&)>& work);
  Setup setup() const;

  store::Store& store_;
  SenderObserver& observer_;
  mutable std::mutex setup_mutex_;
  Setup setup_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> heartbeat_{0};
  int server_failures_ = 0;      // in a row; only on the sender's thread
  store::Instant rest_until_{};  // a server that fails before MAIL FROM fails for all mails
  std::thread thread_;
};

}  // namespace rosterd::mail
