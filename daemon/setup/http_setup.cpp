#include "daemon/setup/http_setup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "daemon/api/routes.h"

namespace rosterd::setup {
namespace {

constexpr std::size_t kMaxCertificates = 1024 * 1024;
constexpr std::chrono::hours kSoon{24 * 21};

std::string in_quotes(const std::filesystem::path& path) {
  return "\"" + path.string() + "\"";
}

// A certificate is public: its file may be readable by anybody.
std::string read_public(const std::string& option, const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) throw HttpError(option, "cannot open " + in_quotes(path) + ": " + std::strerror(errno));
  struct stat info {};
  const bool regular = ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
  std::string text(regular ? kMaxCertificates + 1 : 0, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < text.size() && (got = ::read(descriptor, text.data() + size, text.size() - size)) > 0)
    size += static_cast<std::size_t>(got);
  ::close(descriptor);
  if (!regular) throw HttpError(option, in_quotes(path) + " is not a regular file");
  if (got < 0) throw HttpError(option, "cannot read " + in_quotes(path));
  if (size > kMaxCertificates) throw HttpError(option, in_quotes(path) + " is larger than 1 MiB");
  text.resize(size);
  return text;
}

http::ClientCertificates to_door(config::ClientCertificates mode) {
  switch (mode) {
    case config::ClientCertificates::request:
      return http::ClientCertificates::request;
    case config::ClientCertificates::require:
      return http::ClientCertificates::require;
    case config::ClientCertificates::off:
      break;
  }
  return http::ClientCertificates::off;
}

HttpError named(const http::TlsError& error, const config::Http& http) {
  switch (error.part()) {
    case http::TlsError::Part::key:
      return {"http.tls_key", std::string("the key ") + error.what()};
    case http::TlsError::Part::client_ca:
      return {"http.client_ca_file", in_quotes(http.client_ca_file) + ": " + error.what()};
    case http::TlsError::Part::certificate:
      break;
  }
  return {"http.tls_certificate_file", in_quotes(http.tls_certificate_file) + ": " + error.what()};
}

std::string day(std::chrono::system_clock::time_point time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

void check_authorities(const std::string& option, const std::filesystem::path& path, config::LoadResult& loaded) {
  if (path.empty()) return;
  try {
    http::check_certificates(read_public(option, path));
  } catch (const HttpError& error) {
    loaded.problems.push_back({0, 0, option, error.why()});
  } catch (const http::TlsError& error) {
    loaded.problems.push_back({0, 0, option, in_quotes(path) + ": " + error.what()});
  }
}

}  // namespace

http::Limits public_limits(const config::Http& http) {
  http::Limits limits;
  limits.body_bytes = static_cast<std::size_t>(http.max_body);
  limits.connections = static_cast<std::size_t>(http.max_connections);
  limits.connections_per_address = static_cast<std::size_t>(http.max_connections_per_address);
  limits.reactor_threads = static_cast<std::size_t>(http.reactor_threads);
  limits.request_threads = static_cast<std::size_t>(http.request_threads);
  limits.queue_length = static_cast<std::size_t>(http.queue);
  limits.head_timeout = http.header_timeout;
  limits.body_timeout = http.body_timeout;
  limits.write_timeout = http.write_timeout;
  limits.idle_timeout = http.idle_timeout;
  return limits;
}

std::vector<http::Listen> listens(const config::Http& http, const std::vector<service_manager::Socket>& adopted) {
  const std::string name{api::kPublic};
  std::vector<http::Listen> result;
  for (const auto& socket : adopted) {
    if (socket.name != "http" && socket.name != "https") {
      throw HttpError("socket unit", "passes a socket named \"" + socket.name +
                                         "\"; set FileDescriptorName=http for plain HTTP or =https for TLS");
    }
    if (socket.name == "https" && http.tls_certificate_file.empty())
      throw HttpError("socket unit", "passes a socket named \"https\", which needs http.tls_certificate_file");
    http::Listen& listen = result.emplace_back(http::Listen::adopted(name, socket.descriptor));
    listen.tls = socket.name == "https";
  }
  if (!result.empty()) return result;
  for (const config::Listen& listen : http.listen) {
    const bool tcp = listen.kind == config::Listen::Kind::tcp;
    // 0660: who may connect is in the daemon's group.
    result.push_back(tcp ? http::Listen::tcp(name, listen.host, listen.port) : http::Listen::local(name, listen.path));
    result.back().tls = listen.tls;
  }
  return result;
}

std::shared_ptr<const http::Tls> load_tls(const config::Http& http) {
  if (http.tls_certificate_file.empty() || http.tls_key.reveal() == config::kUnreadSecret) return nullptr;
  http::TlsOptions options;
  options.certificate = read_public("http.tls_certificate_file", http.tls_certificate_file);
  options.key = http.tls_key.reveal();
  options.client_certificates = to_door(http.client_certificates);
  if (http.client_certificates != config::ClientCertificates::off)
    options.client_ca = read_public("http.client_ca_file", http.client_ca_file);
  try {
    return std::make_shared<const http::Tls>(options);
  } catch (const http::TlsError& error) {
    throw named(error, http);
  }
}

std::vector<config::Problem> tls_warnings(const http::Tls& tls, std::chrono::system_clock::time_point now) {
  const std::string option = "http.tls_certificate_file";
  if (tls.valid_until() <= now) return {{0, 0, option, "the certificate has expired on " + day(tls.valid_until())}};
  if (tls.valid_until() < now + kSoon) return {{0, 0, option, "the certificate expires on " + day(tls.valid_until())}};
  if (tls.valid_from() > now) return {{0, 0, option, "the certificate is valid only from " + day(tls.valid_from())}};
  return {};
}

commands::Finding tls_finding(const http::Tls& tls, std::chrono::system_clock::time_point now) {
  const bool expired = tls.valid_until() <= now;
  return {tls.valid_until() >= now + kSoon, "TLS",
          "the certificate " + std::string(expired ? "has expired on " : "expires on ") + day(tls.valid_until())};
}

void check_tls_files(config::LoadResult& loaded, std::chrono::system_clock::time_point now) {
  if (!loaded.config) return;
  const config::Config& config = *loaded.config;
  try {
    if (const auto tls = load_tls(config.http))
      for (auto& warning : tls_warnings(*tls, now)) loaded.warnings.push_back(std::move(warning));
  } catch (const HttpError& error) {
    loaded.problems.push_back({0, 0, error.option(), error.why()});
  }
  for (std::size_t i = 0; i < config.directories.size(); ++i)
    check_authorities("directory[" + std::to_string(i) + "].ca_file", config.directories[i].ca_file, loaded);
  if (config.mail) check_authorities("mail.ca_file", config.mail->ca_file, loaded);
}

}  // namespace rosterd::setup
