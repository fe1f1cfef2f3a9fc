// Runs tests/mail/smtp_server.py for a test program: started once, ended with the program (its stdin closes).
#pragma once

#include <string>
#include <vector>

namespace rosterd::mail::testing {

class SmtpServer {
 public:
  static SmtpServer& instance();  // throws std::runtime_error when it does not start

  int plain = 0, starttls = 0, smtps = 0, other_name = 0;  // ports
  std::string good_ca, other_ca;                           // PEM files; the good one names localhost and 127.0.0.1
  std::string maildir;

  std::string ask(const std::string& command);  // see smtp_server.py
  void fault(const std::string& step, const std::string& action) { ask("fault " + step + " " + action); }
  void clear() { ask("clear"); }
  int count() { return std::stoi(ask("count")); }
  std::string last(const std::string& field);  // decoded
  std::string log() { return ask("log"); }

 private:
  SmtpServer();
  ~SmtpServer();
  std::string read_answer();

  std::string directory_;
  int to_ = -1, from_ = -1, pid_ = -1;
  std::string buffer_;
};

}  // namespace rosterd::mail::testing
