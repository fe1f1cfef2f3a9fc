// Sends one composed mail to the configured SMTP server (RFC 5321, STARTTLS RFC 3207, AUTH RFC 4954).
//
// The dialogue is our own, over Poco's sockets and TLS: Poco's SMTPClientSession keeps bytes that arrived in clear text
// before STARTTLS and reads them as answers afterwards, loops for ever when a multi-line answer breaks off, has no
// deadline for a slow peer, and offers AUTH without TLS.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/mail/address.h"

namespace rosterd::mail {

enum class Security { none, starttls, smtps };

struct SmtpTimeouts {
  std::chrono::milliseconds connect = std::chrono::seconds{10};  // the name; each address of the host
  std::chrono::milliseconds command = std::chrono::seconds{30};  // each command, the greeting, the TLS handshake
  std::chrono::milliseconds data = std::chrono::seconds{60};     // the message and the answer to it
  std::chrono::milliseconds total = std::chrono::seconds{120};   // everything together
};

struct SmtpOptions {
  std::string host;
  std::uint16_t port = 587;
  Security security = Security::starttls;
  std::string ca_file;  // PEM; empty: the system's CAs
  std::string user;     // empty: no AUTH
  std::string password;
  bool allow_clear_text_auth_on_loopback = false;
  std::string from_address;
  std::string from_name;
  std::string hello_name;  // for EHLO; empty: the domain of from_address
  SmtpTimeouts timeouts;
};

// What is wrong with the options, one sentence each, without the password. Empty: they may be used.
std::vector<std::string> faults_of(const SmtpOptions& options);
// The sender of every mail. Needs options without faults.
Mailbox sender_of(const SmtpOptions& options);

enum class SmtpStep { resolve, connect, greeting, hello, starttls, tls, auth, mail_from, rcpt_to, data, message };
std::string_view to_string(SmtpStep step);  // "resolve", …, "EHLO", "STARTTLS", "TLS handshake", …, "end of DATA"

struct Delivery {
  enum class Result {
    delivered,
    deferred,  // try again later: 4xx, no connection, TLS or AUTH trouble, or an unknown outcome after the final dot
    refused,   // the server's permanent word (5xx) about this sender, recipient or message
  };
  Result result = Result::deferred;
  SmtpStep step = SmtpStep::resolve;  // the last step
  int code = 0;                       // SMTP code, 0 when there was no answer
  std::string text;                   // the server's or our sentence: one line, at most 300 characters, no secret

  std::string describe() const;  // "RCPT TO: 550 5.1.1 no such user"
};

// Asked at least every 250 ms while waiting for the network: proof of life for a watchdog. Returning false ends the
// attempt (deferred); an answer to the final dot is still awaited for two seconds.
using KeepGoing = std::function<bool()>;

// Called once, when the server has taken the mail and before the farewell, which may take a while. Must not throw.
using Accepted = std::function<void()>;

struct StepReport {
  SmtpStep step;
  bool ok = false;
  int code = 0;
  std::string text;
  std::chrono::milliseconds took{0};
};
using StepObserver = std::function<void(const StepReport&)>;

using Secrets = std::vector<std::string>;

class Transport {
 public:
  virtual ~Transport() = default;
  // `bytes` comes from compose(). Never throws for what a network or server does; std::invalid_argument on a bare CR or
  // LF in `bytes`. An answer that repeats one of `secrets` (what `bytes` lets its reader do) is not shown.
  virtual Delivery send(const Address& from, const Address& to, std::string_view bytes, const Secrets& secrets,
                        const KeepGoing& keep_going, const Accepted& accepted) = 0;
};

// One connection per mail. Thread-safe. STARTTLS or smtps is demanded when configured: certificate and host name are
// verified, and neither password nor mail goes out otherwise. AUTH PLAIN or LOGIN only under TLS, or to a loopback
// address when the options allow it.
class SmtpTransport final : public Transport {
 public:
  // Throws std::invalid_argument when the options have faults.
  explicit SmtpTransport(SmtpOptions options, StepObserver observer = {});
  Delivery send(const Address& from, const Address& to, std::string_view bytes, const Secrets& secrets,
                const KeepGoing& keep_going, const Accepted& accepted) override;

 private:
  SmtpOptions options_;
  StepObserver observer_;
};

}  // namespace rosterd::mail
