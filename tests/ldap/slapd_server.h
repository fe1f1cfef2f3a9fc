// A private slapd on free ports of 127.0.0.1, in a directory of its own; ends with the object. Needs slapd, ldap-utils
// and openssl. Also the two hosts that nobody wants: one that never answers, and one that cuts a connection in the
// middle.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "ldap/connection.h"

namespace rosterd::ldap::testing {

inline constexpr const char* kSuffix = "dc=example,dc=org";

// Waits until the condition holds; false when it does not within ten seconds.
bool eventually(const std::function<bool()>& condition);

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

enum class Certificate { good, wrong_host };

class SlapdServer {
 public:
  // `ldif` is what the directory holds below kSuffix, without the suffix entry itself and ou=people, ou=groups.
  // `extra` goes into the database's section of the configuration.
  explicit SlapdServer(const std::string& ldif, Certificate certificate = Certificate::good,
                       const std::string& extra = {});
  ~SlapdServer();

  int port() const { return port_; }
  std::string uri() const { return "ldap://127.0.0.1:" + std::to_string(port_); }
  std::string tls_uri() const { return "ldaps://127.0.0.1:" + std::to_string(tls_port_); }
  std::string ca_file() const;
  std::string other_ca_file() const;

  // Accounts: "cn=sync" reads everything, "cn=small" up to 20 entries, "cn=blind" nothing; the password is the name.
  ServerOptions options(const std::string& account = "sync") const;

  void modify(const std::string& ldif);  // ldapmodify as the administrator
  void freeze();                         // from then on silent
  void thaw();
  void stop();

 private:
  void write_certificates(Certificate certificate);
  void write_configuration(const std::string& extra);
  void load(const std::string& ldif);
  void start();
  void run(const std::string& command) const;

  TempDirectory directory_;
  int port_ = 0;
  int tls_port_ = 0;
  pid_t pid_ = -1;
};

// Accepts connections (the kernel does) and never says a word.
class SilentHost {
 public:
  SilentHost();
  ~SilentHost();
  int port() const { return port_; }

 private:
  int port_ = 0;  // before fd_, which fills it
  int fd_ = -1;
};

// Passes one connection on and lets `bytes` of the answers through; then closes it, or falls silent.
class CuttingProxy {
 public:
  enum class Then { close, silence };
  CuttingProxy(int target_port, std::size_t bytes, Then then);
  ~CuttingProxy();
  int port() const { return port_; }

 private:
  void serve(int target_port, std::size_t bytes, Then then);

  std::atomic<bool> ends_{false};
  int port_ = 0;  // before fd_, which fills it
  int fd_ = -1;
  std::thread thread_;
};

}  // namespace rosterd::ldap::testing
