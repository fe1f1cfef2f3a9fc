// The sender with the real store in a private directory, a clock moved by hand, and a transport that obeys a script.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>

#include "daemon/mail/sender.h"
#include "store/access.h"
#include "store/blocks.h"
#include "store/claims.h"
#include "store/invitations.h"
#include "store/sources.h"

namespace rosterd::mail::testing {

using namespace std::chrono_literals;
using store::Unit;
using store::View;
using Result = Delivery::Result;

class ManualClock final : public store::Clock {
 public:
  store::Instant now() const override { return store::from_millis(millis_.load()); }
  void advance(std::chrono::milliseconds by) { millis_ += by.count(); }

 private:
  std::atomic<std::int64_t> millis_{1'795'295'284'000};
};

struct FakeTransport final : Transport {
  struct Sent {
    std::string to;
    std::string bytes;
    Secrets secrets;
  };

  Delivery send(const Address&, const Address& to, std::string_view bytes, const Secrets& secrets,
                const KeepGoing& keep_going, const Accepted& accepted) override {
    if (before) before(keep_going);
    if (to.spec() == fails_for) throw std::logic_error("a bug");
    std::lock_guard lock(mutex);
    attempts.push_back({to.spec(), std::string(bytes), secrets});
    changed.notify_all();
    Delivery next{Result::delivered, SmtpStep::message, 250, "kept"};
    if (!script.empty()) {
      next = script.front();
      script.pop_front();
    }
    if (next.result == Result::delivered) accepted();
    return next;
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, [&] { return attempts.size() >= count; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Sent> attempts;
  std::deque<Delivery> script;
  std::function<void(const KeepGoing&)> before;
  std::string fails_for;
};

struct Events final : SenderObserver {
  void mail_event(const MailEvent& event) override {
    std::lock_guard lock(mutex);
    events.push_back(event);
    changed.notify_all();
  }
  void sender_trouble(std::string_view what) override {
    std::lock_guard lock(mutex);
    troubles.emplace_back(what);
  }
  bool wait_for(std::size_t count, std::chrono::milliseconds limit = 20s) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, [&] { return events.size() >= count; });
  }
  std::string last() {
    std::lock_guard lock(mutex);
    return events.empty() ? "" : std::string(to_string(events.back().kind));
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<MailEvent> events;
  std::vector<std::string> troubles;
};

inline const Delivery kBusy{Result::deferred, SmtpStep::rcpt_to, 450, "try later"};
inline const Delivery kNoServer{Result::deferred, SmtpStep::connect, 0, "refused"};
inline const Delivery kNoSuchUser{Result::refused, SmtpStep::rcpt_to, 550, "no such user"};

class SenderTest : public ::testing::Test {
 protected:
  SenderTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rosterd-sender-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    open();
    sender_ = std::make_unique<Sender>(*store_, setup(), events_);
  }
  ~SenderTest() override {
    sender_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() {
    store::StoreOptions options;
    options.directory = directory_;
    store_ = store::Store::open(options, clock_);
  }
  void restart() {  // as after a crash: whatever was leased stays leased
    sender_.reset();
    store_.reset();
    open();
    sender_ = std::make_unique<Sender>(*store_, setup(), events_);
  }

  SenderSetup setup() {
    SenderSetup setup{.transport = transport_,
                      .stationery = {templates_,
                                     {"Roster", parse_address("noreply@example.org").address.value()},
                                     "Example",
                                     "https://id.example.org/"}};
    setup.retry = {.first = 30s, .cap = 10min, .give_up_age = 24h, .jitter = 0.2};
    setup.lease = 150s;
    setup.random = [] { return 0.5; };
    return setup;
  }

  template <class Work>
  auto write(Work&& work) {
    return store_->write(store::Actor{store::kLocal, "test"}, std::forward<Work>(work));
  }
  template <class Work>
  auto read(Work&& work) {
    return store_->read(std::forward<Work>(work));
  }

  store::UserId person(const std::string& name, const std::string& given = "Jane Doe") {
    return write([&](Unit& unit) {
      store::ClaimFacts facts;
      facts.profile = R"({"userName":")" + name + R"(","displayName":")" + given + R"(","emails":[{"value":")" + name +
                      R"(@example.org","primary":true}]})";
      const auto claimed = store::put_claim(unit, store::kLocal, facts);
      if (!claimed) throw std::runtime_error(claimed.refused().message);
      return claimed->user;
    });
  }
  store::InvitationId invite(store::UserId who) {
    return write([&](Unit& unit) {
      const auto invited = store::invite(unit, who);
      if (!invited) throw std::runtime_error(invited.refused().message);
      return *invited;
    });
  }
  store::Mail mail(std::size_t nth_newest = 0) {
    return read([&](const View& view) { return store::list_mails(view, "", 100).at(nth_newest); });
  }
  std::string problem_of(store::UserId who) {
    return read([&](const View& view) { return store::find_user(view, who)->mail_problem; });
  }
  void drain() {
    while (sender_->step()) {
    }
  }

  // Its process is gone right after the lease.
  store::Mail lease_as_a_dead_sender() {
    const auto leased = write([](Unit& unit) { return store::lease_mails(unit, 150s, 1); });
    if (leased.size() != 1) throw std::runtime_error("nothing is due");
    return leased[0];
  }
  void run_until_over(std::size_t nth_newest) {
    for (int i = 0; i < 1000 && mail(nth_newest).state == "queued"; ++i) {
      clock_.advance(std::max(mail(nth_newest).due - clock_.now(), 0ms));
      drain();
    }
  }

  std::string directory_;
  ManualClock clock_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<FakeTransport> transport_ = std::make_shared<FakeTransport>();
  std::shared_ptr<const Templates> templates_ = std::make_shared<Templates>(Templates::load());
  Events events_;
  std::unique_ptr<Sender> sender_;
};

}  // namespace rosterd::mail::testing
