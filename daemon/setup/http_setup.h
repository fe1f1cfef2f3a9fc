// [http] of the configuration as the door's own values.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/commands/services.h"
#include "daemon/config/load.h"
#include "daemon/http/server.h"
#include "daemon/service_manager.h"

namespace rosterd::setup {

// A file or a socket that an option names cannot be used; what() is a sentence that begins with the option.
class HttpError : public std::runtime_error {
 public:
  HttpError(std::string option, const std::string& why)
      : std::runtime_error(option + ": " + why), option_(std::move(option)), why_(why) {}
  const std::string& option() const { return option_; }
  const std::string& why() const { return why_; }

 private:
  std::string option_, why_;
};

http::Limits public_limits(const config::Http& http);

// Where the public door listens: on the sockets of a socket unit ("http" plain, "https" TLS), or else on http.listen.
// Throws HttpError for a socket of another name, or one that needs a certificate and has none.
std::vector<http::Listen> listens(const config::Http& http, const std::vector<service_manager::Socket>& adopted);

// Reads the files. Null without tls_certificate_file, or when the key was deliberately not read. Throws HttpError.
std::shared_ptr<const http::Tls> load_tls(const config::Http& http);

// What is legal but probably not meant: a certificate that is expired, ends soon, or is not yet valid.
std::vector<config::Problem> tls_warnings(const http::Tls& tls, std::chrono::system_clock::time_point now);

// For `doctor` and readiness: until when the certificate is valid; not good when that is soon or over.
commands::Finding tls_finding(const http::Tls& tls, std::chrono::system_clock::time_point now);

// For check-config: every file that [http], [mail] or [[directory]] names for TLS, read and understood.
void check_tls_files(config::LoadResult& loaded, std::chrono::system_clock::time_point now);

}  // namespace rosterd::setup
