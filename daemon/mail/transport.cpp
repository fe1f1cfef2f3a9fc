#include "daemon/mail/transport.h"

#include <algorithm>
#include <stdexcept>

#include "daemon/mail/encoding.h"
#include "daemon/mail/repeated_secret.h"
#include "daemon/mail/smtp_reply.h"
#include "daemon/mail/transport_wire.h"
#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxReplyLine = 2048;
constexpr std::size_t kMaxReplyLines = 128;
constexpr milliseconds kFarewell{1000};
constexpr milliseconds kGraceAfterDot{2000};

// Leaves the dialogue; caught in SmtpTransport::send only.
struct StepFailed {
  int code = 0;
  std::string text;
};

void require_crlf(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool bare_cr = bytes[i] == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n');
    const bool bare_lf = bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r');
    if (bare_cr || bare_lf) throw std::invalid_argument("the message has a bare CR or LF");
  }
}

// Transparency (RFC 5321 section 4.5.2) and the final dot.
std::string dotted(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + 16);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '.' && (i == 0 || bytes[i - 1] == '\n')) out += '.';
    out += bytes[i];
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out + ".\r\n";
}

class Dialogue {
 public:
  Dialogue(const SmtpOptions& options, const StepObserver& observer, const KeepGoing& keep_going)
      : options_(options),
        observer_(observer),
        wire_([this, keep_going] { return keep_going_on(keep_going); }),
        end_(SteadyClock::now() + options.timeouts.total) {}

  SmtpStep step() const { return step_; }
  bool dot_sent() const { return dot_sent_; }

  // Returns the server's last word. Throws StepFailed or WireError.
  Reply run(const Address& from, const Address& to, std::string_view bytes, const Accepted& accepted) {
    open();
    secure_and_greet();
    authenticate();
    transfer(from, to, bytes);
    Reply last = finish(bytes);
    accepted();
    farewell();
    return last;
  }

  void report_failure(int code, const std::string& text) { report(false, code, text); }

 private:
  bool keep_going_on(const KeepGoing& keep_going) {
    if (keep_going()) return true;
    // Once the dot is out, an answer saves the recipient a second copy.
    if (!dot_sent_) return false;
    if (stop_asked_ == Deadline{}) stop_asked_ = SteadyClock::now();
    return SteadyClock::now() - stop_asked_ < kGraceAfterDot;
  }

  Deadline until(milliseconds timeout) const { return std::min(end_, SteadyClock::now() + timeout); }
  Deadline command_deadline() const { return until(options_.timeouts.command); }

  void begin(SmtpStep step) {
    step_ = step;
    began_ = SteadyClock::now();
  }
  void report(bool ok, int code, const std::string& text) {
    if (observer_) observer_({step_, ok, code, text, std::chrono::ceil<milliseconds>(SteadyClock::now() - began_)});
  }

  Reply read_reply(Deadline deadline) {
    Reply reply;
    while (true) {
      const std::optional<ReplyLine> line = parse_reply_line(wire_.read_line(kMaxReplyLine, deadline));
      if (!line || (reply.code != 0 && line->code != reply.code) || reply.lines.size() == kMaxReplyLines)
        throw StepFailed{0, "the server's answer is not SMTP"};
      reply.code = line->code;
      reply.lines.push_back(line->text);
      if (line->last) return reply;
    }
  }

  Reply command(const std::string& line) {
    wire_.write(line + "\r\n", command_deadline());
    return read_reply(command_deadline());
  }

  Reply expect(Reply reply, int family) {
    if (reply.code / 100 != family) throw StepFailed{reply.code, reply.text()};
    report(true, reply.code, reply.text());
    return reply;
  }

  void open() {
    begin(SmtpStep::resolve);
    wire_.resolve(options_.host, until(options_.timeouts.connect));
    report(true, 0, "");
    begin(SmtpStep::connect);
    wire_.connect(options_.port, options_.timeouts.connect, end_);
    report(true, 0, "");
    if (options_.security == Security::smtps) handshake();
    begin(SmtpStep::greeting);
    expect(read_reply(command_deadline()), 2);
  }

  void handshake() {
    begin(SmtpStep::tls);
    wire_.start_tls(options_.host, options_.ca_file, command_deadline());
    report(true, 0, "");
  }

  void greet() {
    begin(SmtpStep::hello);
    const std::string name = options_.hello_name.empty() ? sender_of(options_).address.domain() : options_.hello_name;
    Reply reply = command("EHLO " + name);
    // Only an old server in clear text may know nothing but HELO; under TLS or with AUTH it would be a downgrade.
    const bool plain = options_.security == Security::none && options_.user.empty();
    if (plain && (reply.code == 500 || reply.code == 502)) reply = command("HELO " + name);
    capabilities_ = parse_capabilities(expect(std::move(reply), 2));
  }

  void secure_and_greet() {
    greet();
    if (options_.security != Security::starttls) return;
    begin(SmtpStep::starttls);
    if (!capabilities_.extensions.contains("STARTTLS"))
      throw StepFailed{0, "the server does not offer STARTTLS, which the configuration demands; nothing was sent"};
    expect(command("STARTTLS"), 2);
    if (wire_.has_unread()) throw StepFailed{0, "the server sent clear text after its answer to STARTTLS"};
    handshake();
    greet();
  }

  void authenticate() {
    if (options_.user.empty()) return;
    begin(SmtpStep::auth);
    if (!wire_.is_secure() && !(options_.allow_clear_text_auth_on_loopback && wire_.is_loopback()))
      throw StepFailed{0, "the connection is not encrypted, so the password was not sent"};
    const auto& offered = capabilities_.auth_mechanisms;
    if (offered.contains("PLAIN")) {
      const std::string secret = std::string(1, '\0') + options_.user + '\0' + options_.password;
      expect(command("AUTH PLAIN " + base64(secret)), 2);
    } else if (offered.contains("LOGIN")) {
      login();
    } else {
      throw StepFailed{0, "the server offers neither AUTH PLAIN nor AUTH LOGIN"};
    }
  }

  void login() {
    for (const std::string& line : {std::string("AUTH LOGIN"), base64(options_.user)})
      if (const Reply reply = command(line); reply.code != 334) throw StepFailed{reply.code, reply.text()};
    expect(command(base64(options_.password)), 2);
  }

  void transfer(const Address& from, const Address& to, std::string_view bytes) {
    begin(SmtpStep::mail_from);
    const bool utf8 = from.needs_smtputf8() || to.needs_smtputf8() || !is_ascii(bytes);
    if (utf8 && !capabilities_.extensions.contains("SMTPUTF8"))
      throw StepFailed{553, "the address needs SMTPUTF8, which the server does not offer"};
    expect(command("MAIL FROM:<" + from.spec() + ">" + (utf8 ? " SMTPUTF8" : "")), 2);
    begin(SmtpStep::rcpt_to);
    expect(command("RCPT TO:<" + to.spec() + ">"), 2);
    begin(SmtpStep::data);
    expect(command("DATA"), 3);
  }

  Reply finish(std::string_view bytes) {
    begin(SmtpStep::message);
    const Deadline deadline = until(options_.timeouts.data);
    dot_sent_ = true;  // from the first byte on: what the server has got is not known
    wire_.write(dotted(bytes), deadline);
    return expect(read_reply(deadline), 2);
  }

  // The mail is delivered; nothing that happens now changes that.
  void farewell() {
    try {
      wire_.write("QUIT\r\n", until(kFarewell));
      wire_.read_line(kMaxReplyLine, until(kFarewell));
    } catch (const WireError&) {
    }
  }

  const SmtpOptions& options_;
  const StepObserver& observer_;
  Wire wire_;
  Deadline end_;
  Deadline began_{};
  Deadline stop_asked_{};
  SmtpStep step_ = SmtpStep::resolve;
  bool dot_sent_ = false;
  Capabilities capabilities_;
};

bool is_permanent(SmtpStep step, int code) {
  if (code < 500) return false;
  // 530, 534, 535, 538: the server wants other credentials (RFC 4954), which says nothing about this mail.
  const bool about_credentials = code == 530 || code == 534 || code == 535 || code == 538;
  return step >= SmtpStep::mail_from && !about_credentials;
}

std::string redacted(const std::string& text, const SmtpOptions& options, const Secrets& secrets) {
  for (const std::string& secret : secrets)
    if (repeats_secret(text, secret)) return "(the server's answer repeats the mail's link and is not shown)";
  if (options.password.empty()) return one_line(text, 300);
  const std::string forms[] = {options.password, base64(options.password),
                               base64(std::string(1, '\0') + options.user + '\0' + options.password)};
  for (const std::string& form : forms)
    if (text.find(form) != text.npos) return "(the server's answer repeats the password and is not shown)";
  return one_line(text, 300);
}

}  // namespace

std::string_view to_string(SmtpStep step) {
  static constexpr std::string_view kNames[] = {"resolve",  "connect",       "greeting",   "EHLO",
                                                "STARTTLS", "TLS handshake", "AUTH",       "MAIL FROM",
                                                "RCPT TO",  "DATA",          "end of DATA"};
  return kNames[static_cast<std::size_t>(step)];
}

std::string Delivery::describe() const {
  return std::string(to_string(step)) + ": " + (code == 0 ? "" : std::to_string(code) + " ") + text;
}

SmtpTransport::SmtpTransport(SmtpOptions options, StepObserver observer)
    : options_(std::move(options)), observer_(std::move(observer)) {
  if (const auto faults = faults_of(options_); !faults.empty()) throw std::invalid_argument(faults.front());
}

Delivery SmtpTransport::send(const Address& from, const Address& to, std::string_view bytes, const Secrets& secrets,
                             const KeepGoing& keep_going, const Accepted& accepted) {
  require_crlf(bytes);
  // The server's words are cleaned before an observer sees them, too.
  const StepObserver observer = [this, &secrets](const StepReport& raw) {
    StepReport report = raw;
    report.text = redacted(raw.text, options_, secrets);
    if (observer_) observer_(report);
  };
  Dialogue dialogue(options_, observer, keep_going);
  Delivery delivery;
  try {
    const Reply reply = dialogue.run(from, to, bytes, accepted);
    delivery = {Delivery::Result::delivered, SmtpStep::message, reply.code, reply.text()};
  } catch (const StepFailed& failed) {
    const bool permanent = is_permanent(dialogue.step(), failed.code);
    delivery = {permanent ? Delivery::Result::refused : Delivery::Result::deferred, dialogue.step(), failed.code,
                failed.text};
  } catch (const WireError& error) {
    const std::string unknown = dialogue.dot_sent() ? " (whether the server took the mail is not known)" : "";
    delivery = {Delivery::Result::deferred, dialogue.step(), 0, error.what() + unknown};
  }
  delivery.text = redacted(delivery.text, options_, secrets);
  if (delivery.result != Delivery::Result::delivered) dialogue.report_failure(delivery.code, delivery.text);
  return delivery;
}

}  // namespace rosterd::mail
