#include "tests/mail/smtp_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace rosterd::mail::testing {
namespace {

void make_certificate(const std::string& base, const std::string& names) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout " + base +
      ".key -out " + base + ".pem -addext subjectAltName=" + names + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl made no certificate");
}

}  // namespace

SmtpServer& SmtpServer::instance() {
  static SmtpServer server;
  return server;
}

SmtpServer::SmtpServer() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rosterd-mail-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  make_certificate(directory_ + "/good", "DNS:localhost,IP:127.0.0.1");
  make_certificate(directory_ + "/other", "DNS:other.example.org");
  good_ca = directory_ + "/good.pem";
  other_ca = directory_ + "/other.pem";
  maildir = directory_ + "/maildir";
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipes");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  const std::string script = std::filesystem::path(ROSTERD_SOURCE_DIR) / "tests/mail/smtp_server.py";
  std::vector<std::string> words = {
      "/usr/bin/python3", script, maildir, good_ca, directory_ + "/good.key", other_ca, directory_ + "/other.key"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int rc = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (rc != 0) throw std::runtime_error("python3 did not start");
  std::istringstream ready(read_answer());
  std::string word;
  if (!(ready >> word >> plain >> starttls >> smtps >> other_name) || word != "READY")
    throw std::runtime_error("the SMTP server is not ready");
}

SmtpServer::~SmtpServer() {
  close(to_);
  close(from_);
  int status = 0;
  waitpid(pid_, &status, 0);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string SmtpServer::read_answer() {
  while (true) {
    if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      const std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    pollfd waiting{from_, POLLIN, 0};
    char chunk[65536];
    ssize_t got = 0;
    if (poll(&waiting, 1, 20000) != 1 || (got = read(from_, chunk, sizeof chunk)) <= 0)
      throw std::runtime_error("the SMTP server does not answer");
    buffer_.append(chunk, static_cast<std::size_t>(got));
  }
}

std::string SmtpServer::ask(const std::string& command) {
  const std::string line = command + "\n";
  if (write(to_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw std::runtime_error("the SMTP server is gone");
  return read_answer();
}

std::string SmtpServer::last(const std::string& field) {
  const std::string encoded = ask("last " + field);
  std::string bytes(encoded.size(), '\0');
  std::size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), encoded.data(), encoded.size(),
                        nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    throw std::runtime_error("not base64: " + encoded);
  bytes.resize(length);
  return bytes;
}

}  // namespace rosterd::mail::testing
