#include "daemon/mail/sender.h"

#include <pthread.h>
#include <sodium.h>

#include <algorithm>

#include "daemon/mail/delivered_note.h"
#include "store/sources.h"

namespace rosterd::mail {
namespace {

using std::chrono::milliseconds;
using Kind = MailEvent::Kind;

constexpr milliseconds kLongestRest{5000};
constexpr milliseconds kStoreRest{1000};
constexpr milliseconds kServerRest{1000};
constexpr milliseconds kLongestServerRest{30000};
constexpr std::size_t kMaxOrphans = 1000;

constexpr std::string_view kInterrupted = "the process ended while it was sending this mail";

const store::Actor kActor{store::kLocal, "job:outbox"};

double random_fraction() {
  return randombytes_random() / 4294967296.0;
}

MailEvent event_for(const store::Mail& mail) {
  return {.kind = Kind::sent,
          .mail = mail.id,
          .user = mail.user,
          .template_kind = mail.kind,
          .attempt = mail.attempts,
          .detail = ""};
}

}  // namespace

std::string_view to_string(MailEvent::Kind kind) {
  switch (kind) {
    case Kind::sent:
      return "sent";
    case Kind::deferred:
      return "deferred";
    case Kind::refused:
      return "refused";
    case Kind::given_up:
      return "given up";
    case Kind::cancelled:
      return "cancelled";
  }
  return "";
}

std::size_t free_orphans(store::Store& store, const RetryPolicy& retry, const std::string& note_file) {
  const auto orphans =
      store.read([](const store::View& view) { return store::list_mails(view, "leased", kMaxOrphans); });
  if (orphans.empty()) return 0;
  const store::Instant now = store.clock().now();
  const std::string delivered = delivered_note(note_file);
  store.write(kActor, [&](store::Unit& unit) {
    for (const store::Mail& mail : orphans) {
      if (mail.message_id == delivered) {
        store::mail_sent(unit, mail.id);
        continue;
      }
      // At once the first time; a mail that ended its sender more often waits, in case it was the reason.
      const auto delay = mail.unfinished <= 1
                             ? milliseconds{0}
                             : next_delay(retry, mail.unfinished - 1, milliseconds{0}, 0.5).value_or(milliseconds{0});
      store::mail_unfinished(unit, mail, now + delay, kInterrupted);
    }
  });
  return orphans.size();
}

Sender::Sender(store::Store& store, SenderSetup setup, SenderObserver& observer)
    : store_(store), observer_(observer), setup_(std::make_shared<const SenderSetup>(std::move(setup))) {}

Sender::~Sender() {
  stop();
}

void Sender::start() {
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "outbox-sender");
}

void Sender::stop() {
  stopping_ = true;
  store_.mail_signal().notify();
  if (thread_.joinable()) thread_.join();
}

void Sender::configure(SenderSetup setup) {
  {
    std::lock_guard lock(setup_mutex_);
    setup_ = std::make_shared<const SenderSetup>(std::move(setup));
  }
  store_.mail_signal().notify();
}

Sender::Setup Sender::setup() const {
  std::lock_guard lock(setup_mutex_);
  return setup_;
}

void Sender::run() {
  while (!stopping_) {
    ++heartbeat_;
    // Asked before looking for work, so that a mail queued in between ends the rest at once.
    const std::uint64_t seen = store_.mail_signal().wait(0, milliseconds{0});
    try {
      if (!step()) rest(seen);
    } catch (const store::StoreError& error) {
      if (error.kind() == store::StoreError::Kind::stopped) return;
      observer_.sender_trouble(error.what());
      store_.mail_signal().wait(seen, kStoreRest);
    } catch (const std::exception& error) {
      observer_.sender_trouble(error.what());
      store_.mail_signal().wait(seen, kStoreRest);
    }
  }
}

// Until the next mail is due, mail is queued, or the heartbeat wants to move.
void Sender::rest(std::uint64_t seen) {
  if (stopping_) return;
  const store::Instant now = store_.clock().now();
  milliseconds limit = kLongestRest;
  if (setup()->transport) {
    const auto due = store_.read([](const store::View& view) { return store::next_mail_due(view); });
    if (due) limit = std::min(limit, std::max(*due, rest_until_) - now);
  }
  store_.mail_signal().wait(seen, std::max(limit, milliseconds{20}));
}

bool Sender::step() {
  const Setup setup = this->setup();
  const store::Instant now = store_.clock().now();
  if (!setup->transport || stopping_ || now < rest_until_) return false;
  const auto due = store_.read([](const store::View& view) { return store::next_mail_due(view); });
  if (!due || *due > now) return false;
  const auto mails = store_.write(kActor, [&](store::Unit& unit) { return store::lease_mails(unit, setup->lease, 1); });
  for (const store::Mail& mail : mails) handle(mail, *setup);
  return !mails.empty();
}

void Sender::handle(const store::Mail& mail, const SenderSetup& setup) {
  MailEvent event = event_for(mail);
  if (mail.unfinished > setup.retry.max_unfinished) {
    event.detail = mail.last_error.empty() ? std::string(kInterrupted) : mail.last_error;
    return not_finished(mail, setup, std::move(event));
  }
  try {
    attempt(mail, setup, event);
  } catch (const store::StoreError&) {
    throw;
  } catch (const std::exception& error) {
    event.detail = std::string("sending failed: ") + error.what();
    not_finished(mail, setup, std::move(event));
  }
}

void Sender::attempt(const store::Mail& mail, const SenderSetup& setup, MailEvent event) {
  const auto prepared = prepare(store_, mail, setup.stationery);
  if (const auto* why = std::get_if<Unsendable>(&prepared)) return not_sent(mail, setup, *why, std::move(event));
  const auto& ready = std::get<ReadyMail>(prepared);
  // Writing took a moment; the person may have been deactivated in it.
  if (!store_.read([&](const store::View& view) { return store::is_sendable(view, mail); })) {
    event.kind = Kind::cancelled;
    observer_.mail_event(event);
    return;
  }
  const auto began = std::chrono::steady_clock::now();
  const auto keep_going = [this] {
    ++heartbeat_;
    return !stopping_.load();
  };
  const Delivery delivery =
      setup.transport->send(setup.stationery.from.address, ready.to, ready.bytes, ready.secrets, keep_going,
                            [&] { note_delivered(setup.note_file, mail.message_id); });
  event.took = std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - began);
  after_attempt(mail, setup, delivery, std::move(event));
}

void Sender::not_sent(const store::Mail& mail, const SenderSetup& setup, const Unsendable& why, MailEvent event) {
  event.detail = why.reason;
  switch (why.kind) {
    case Unsendable::Kind::gone:
      event.kind = Kind::cancelled;
      break;
    case Unsendable::Kind::refused:
      event.kind = Kind::refused;
      record([&](store::Unit& unit) { store::mail_refused(unit, mail, why.reason); });
      break;
    case Unsendable::Kind::given_up:
      event.kind = Kind::given_up;
      record([&](store::Unit& unit) { store::mail_given_up(unit, mail, why.reason); });
      break;
    case Unsendable::Kind::failed:
      return not_finished(mail, setup, std::move(event));
  }
  observer_.mail_event(event);
}

// `event.detail` says why. Tried again with the usual delays, then set aside.
void Sender::not_finished(const store::Mail& mail, const SenderSetup& setup, MailEvent event) {
  const store::Instant now = store_.clock().now();
  const auto delay = next_delay(setup.retry, mail.unfinished, now - mail.created, 0.5);
  if (delay && mail.unfinished < setup.retry.max_unfinished) {
    event.kind = Kind::deferred;
    record([&](store::Unit& unit) { store::mail_unfinished(unit, mail, now + *delay, event.detail); });
  } else {
    const int tries = std::min(mail.unfinished, setup.retry.max_unfinished);
    event.kind = Kind::given_up;
    event.detail = "set aside after " + std::to_string(tries) + " attempts: " + event.detail;
    record([&](store::Unit& unit) { store::mail_given_up(unit, mail, event.detail); });
  }
  observer_.mail_event(event);
}

void Sender::after_attempt(const store::Mail& mail, const SenderSetup& setup, const Delivery& delivery,
                           MailEvent event) {
  const store::Instant now = store_.clock().now();
  event.detail = delivery.describe();
  if (delivery.result == Delivery::Result::delivered) {
    event.kind = Kind::sent;
    record([&](store::Unit& unit) { store::mail_sent(unit, mail.id); });
  } else if (delivery.result == Delivery::Result::refused) {
    event.kind = Kind::refused;
    record([&](store::Unit& unit) { store::mail_refused(unit, mail, event.detail); });
  } else {
    const double random = setup.random ? setup.random() : random_fraction();
    auto delay = next_delay(setup.retry, event.attempt, now - mail.created, random);
    if (stopping_) delay = milliseconds{0};  // our doing, not the server's
    event.kind = delay ? Kind::deferred : Kind::given_up;
    record([&](store::Unit& unit) {
      delay ? store::mail_deferred(unit, mail, now + *delay, event.detail)
            : store::mail_given_up(unit, mail, event.detail);
    });
  }
  note_server(delivery);
  observer_.mail_event(event);
}

void Sender::note_server(const Delivery& delivery) {
  const bool server_failed = delivery.result == Delivery::Result::deferred && delivery.step < SmtpStep::mail_from;
  if (!server_failed) {
    server_failures_ = 0;
    rest_until_ = {};
    return;
  }
  const int doublings = std::min(server_failures_++, 10);
  rest_until_ = store_.clock().now() + std::min(kServerRest * (1 << doublings), kLongestServerRest);
}

// What the server said must not be lost to a full disk: tried until it is durable or the sender stops. In the latter
// case the mail is sent again, with the same Message-ID.
void Sender::record(const std::function<void(store::Unit&)>& work) {
  while (true) {
    const std::uint64_t seen = store_.mail_signal().wait(0, milliseconds{0});
    try {
      store_.write(kActor, [&](store::Unit& unit) { work(unit); });
      return;
    } catch (const store::StoreError& error) {
      if (stopping_ || error.kind() == store::StoreError::Kind::stopped) throw;
      observer_.sender_trouble(error.what());
    }
    ++heartbeat_;
    store_.mail_signal().wait(seen, kStoreRest);
  }
}

}  // namespace rosterd::mail
