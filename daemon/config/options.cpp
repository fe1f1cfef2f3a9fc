// The table, part one: the process itself. Sources and rules are in options_sources.cpp, people and mail in
// options_people.cpp.
#include "daemon/config/options.h"

#include "daemon/config/bind.h"
#include "daemon/config/checks.h"

namespace rosterd::config {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::vector<Option> http_tls() {
  return {
      {.name = "tls_certificate_file",
       .type = Type::path,
       .example = R"("/etc/rosterd/tls.pem")",
       .help = "Certificate of the addresses that begin with \"tls:\" (PEM), followed by its intermediates. Read again "
               "at each reload, for new connections.",
       .set = into(&Config::http, &Http::tls_certificate_file)},
      {.name = "tls_key",
       .type = Type::secret,
       .example = R"("tls-key")",
       .help = "Its private key (PEM, not encrypted).",
       .cost =
           "systemd reads a credential at the start only; a key that is renewed while rosterd runs belongs in a file",
       .set = into(&Config::http, &Http::tls_key)},
      {.name = "client_certificates",
       .type = Type::choice,
       .fallback = R"("off")",
       .choices = {"off", "request", "require"},
       .help = "Ask TLS clients for a certificate. request: who has none may come, as people with a browser do; "
               "[[scim]] client_certificate says which connection needs one. require: nobody comes without.",
       .cost = "sessions are not resumed: each new connection costs a full handshake",
       .set = into(&Config::http, &Http::client_certificates)},
      {.name = "client_ca_file",
       .type = Type::path,
       .example = R"("/etc/rosterd/client-ca.pem")",
       .help = "Authorities that may sign client certificates (PEM), or such certificates themselves.",
       .cost = "no revocation lists are read; take away a certificate by its fingerprint",
       .set = into(&Config::http, &Http::client_ca_file)},
  };
}

std::vector<Option> http_limits() {
  return {
      {.name = "request_threads",
       .type = Type::integer,
       .fallback = "32",
       .min = 1,
       .max = 256,
       .takes = Takes::restart,
       .help = "Threads that run requests. They wait for commits; waiting writers share one commit.",
       .cost = "each takes memory and a reading connection; keep it well above hash_parallel + hash_queue, or sign-ins "
               "can fill it",
       .set = into(&Config::http, &Http::request_threads)},
      {.name = "reactor_threads",
       .type = Type::integer,
       .fallback = "1",
       .min = 1,
       .max = 64,
       .takes = Takes::restart,
       .help = "Threads that move bytes between sockets and requests.",
       .cost = "one serves thousands of connections; more only help when it uses a whole CPU",
       .set = into(&Config::http, &Http::reactor_threads)},
      {.name = "queue",
       .type = Type::integer,
       .fallback = "256",
       .min = 1,
       .max = 100'000,
       .takes = Takes::restart,
       .help = "Requests that may wait for a thread, at most half of them from one address; more are answered 503 with "
               "Retry-After.",
       .cost = "a long queue makes everybody wait instead of telling some to come back",
       .set = into(&Config::http, &Http::queue)},
      {.name = "max_connections",
       .type = Type::integer,
       .fallback = "1024",
       .min = 1,
       .max = 100'000,
       .takes = Takes::restart,
       .help = "Open connections in all.",
       .cost = "each takes a descriptor (LimitNOFILE= of the unit) and up to one body of memory",
       .set = into(&Config::http, &Http::max_connections)},
      {.name = "max_connections_per_address",
       .type = Type::integer,
       .fallback = "256",
       .min = 1,
       .max = 100'000,
       .takes = Takes::restart,
       .help = "Open connections from one address.",
       .cost = "behind a reverse proxy all connections come from the proxy's address; then as many as max_connections, "
               "which also lifts the limits of one address, 32 MiB of request bodies and half of the queue",
       .set = into(&Config::http, &Http::max_connections_per_address)},
      {.name = "max_body",
       .type = Type::size,
       .fallback = R"("10MiB")",
       .min = 1024,
       .max = std::int64_t{1} << 30,
       .takes = Takes::restart,
       .help = "Largest request body; a larger one is answered 413.",
       .cost = "memory per request; a group of 100,000 members in one request needs about 10 MiB",
       .set = into(&Config::http, &Http::max_body)},
  };
}

std::vector<Option> http_deadlines() {
  return {
      {.name = "header_timeout",
       .type = Type::duration,
       .fallback = R"("10s")",
       .min = 100,
       .max = kHour,
       .takes = Takes::restart,
       .help =
           "From the first byte of a request to the end of its header; for a new connection, from its beginning and "
           "with the TLS handshake.",
       .cost = "longer keeps slow or hostile clients on a connection",
       .set = into(&Config::http, &Http::header_timeout)},
      {.name = "body_timeout",
       .type = Type::duration,
       .fallback = R"("30s")",
       .min = 100,
       .max = kHour,
       .takes = Takes::restart,
       .help = "For the whole body to arrive; after 5s it also needs 8 KiB/s on average.",
       .cost = "shorter cuts off large requests over slow lines",
       .set = into(&Config::http, &Http::body_timeout)},
      {.name = "write_timeout",
       .type = Type::duration,
       .fallback = R"("30s")",
       .min = 100,
       .max = kHour,
       .takes = Takes::restart,
       .help = "For the client to take the answer.",
       .cost = "shorter cuts off large answers over slow lines",
       .set = into(&Config::http, &Http::write_timeout)},
      {.name = "idle_timeout",
       .type = Type::duration,
       .fallback = R"("60s")",
       .min = 100,
       .max = kDay,
       .takes = Takes::restart,
       .help = "A kept-alive connection without a request is closed after this.",
       .cost = "shorter makes clients connect more often",
       .set = into(&Config::http, &Http::idle_timeout)},
      {.name = "drain_timeout",
       .type = Type::duration,
       .fallback = R"("10s")",
       .min = 0,
       .max = 5 * kMinute,
       .takes = Takes::restart,
       .help = "At the end, requests that already run get this long.",
       .cost = "keep it under TimeoutStopSec= of the unit",
       .set = into(&Config::http, &Http::drain_timeout)},
  };
}

}  // namespace

Section store_section() {
  return {.name = "store",
          .help =
              "Where everything is kept. Back up with `rosterd backup`; a copy of the files while rosterd runs is "
              "incomplete.",
          .options = {{.name = "directory",
                       .type = Type::path,
                       .fallback = R"("/var/lib/rosterd")",
                       .takes = Takes::restart,
                       .help = "Created by systemd (StateDirectory=). The disk's fsync bounds the writes per second.",
                       .cost = "move the whole directory while the daemon is stopped",
                       .set = into(&Config::store, &Store::directory)}}};
}

Section http_section() {
  Section section{
      .name = "http",
      .help = "The HTTP door: SCIM, sign-in, invitations, health and metrics.",
      .options = {
          {.name = "listen",
           .type = Type::listen_list,
           .fallback = R"(["127.0.0.1:8380"])",
           .min = 1,
           .max = 16,
           .takes = Takes::restart,
           .help = "Addresses to accept connections on: \"127.0.0.1:8380\", \"[::1]:8380\", \"unix:/path\" for plain "
                   "HTTP, \"tls:0.0.0.0:8443\", \"tls:[::]:8443\" (IPv4, too) for HTTPS. Sockets of rosterd.socket "
                   "replace them.",
           .cost = "plain on anything but loopback or a unix socket, tokens and passwords travel in clear",
           .set = into(&Config::http, &Http::listen)},
          {.name = "public_url",
           .type = Type::url,
           .fallback = R"("http://127.0.0.1:8380")",
           .help = "How people and identity providers reach it; meta.location and the links in mails start with it.",
           .cost = "links in mails that were sent already keep the old address",
           .set = into(&Config::http, &Http::public_url)}}};
  for (auto part : {http_tls(), http_limits(), http_deadlines()}) {
    section.options.insert(section.options.end(), part.begin(), part.end());
  }
  return section;
}

Section control_section() {
  return {.name = "control",
          .help = "The unix socket by which commands reach the daemon; only root and the daemon's own user may use it.",
          .options = {{.name = "socket",
                       .type = Type::path,
                       .fallback = R"("/run/rosterd/control.sock")",
                       .takes = Takes::restart,
                       .help = "Its directory must not be writable by others.",
                       .cost = "commands find it through the same configuration file",
                       .set = into(&Config::control, &Control::socket)}}};
}

Section log_section() {
  return {.name = "log",
          .help = "One line per event on standard error, or the journal. No secret is ever written.",
          .options = {{.name = "level",
                       .type = Type::choice,
                       .fallback = R"("info")",
                       .choices = {"debug", "info", "warning", "error"},
                       .help = "The least important level that is written.",
                       .cost = "debug writes a line per request and per directory entry that changes",
                       .set = into(&Config::log, &Log::level)},
                      {.name = "format",
                       .type = Type::choice,
                       .fallback = R"("auto")",
                       .choices = {"auto", "text", "json", "journal"},
                       .help = "auto: the journal's own fields when standard error is the journal, else text.",
                       .cost = "json is for collectors that read standard error",
                       .set = into(&Config::log, &Log::format)}}};
}

Section metrics_section() {
  return {.name = "metrics",
          .help = "GET /metrics in the Prometheus text format, for callers on this machine only.",
          .options = {{.name = "enabled",
                       .type = Type::boolean,
                       .fallback = "true",
                       .help = "Off: /metrics is answered 404. Numbers only, no names.",
                       .cost = "a scraper elsewhere needs a proxy here that it trusts",
                       .set = into(&Config::metrics, &Metrics::enabled)}}};
}

Section housekeeping_section() {
  return {.name = "housekeeping",
          .help = "Expired sessions, links and tokens, and accounts whose end date has come.",
          .options = {{.name = "interval",
                       .type = Type::duration,
                       .fallback = R"("1s")",
                       .min = 100,
                       .max = 5 * kSecond,
                       .help = "How often it looks.",
                       .cost = "a person's end date takes effect up to this much later; a look costs an index probe",
                       .set = into(&Config::housekeeping, &Housekeeping::interval)}}};
}

const std::vector<Section>& sections() {
  static const std::vector<Section> table{
      store_section(),     http_section(),        control_section(),   log_section(),        scim_section(),
      schema_section(),    attribute_section(),   directory_section(), access_section(),     role_section(),
      authority_section(), mail_section(),        notices_section(),   invitation_section(), authentication_section(),
      metrics_section(),   housekeeping_section()};
  return table;
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "a whole number";
    case Type::text:
      return "a string";
    case Type::choice:
      return "one of a few words";
    case Type::duration:
      return "a duration such as \"15m\"";
    case Type::size:
      return "a size such as \"10MiB\"";
    case Type::path:
      return "an absolute path";
    case Type::url:
      return "an http or https URL";
    case Type::listen_list:
      return "a list of addresses";
    case Type::text_list:
      return "a list of strings";
    case Type::text_map:
      return "an inline table of strings";
    case Type::secret:
      return "a secret in a file or credential";
  }
  return "";
}

}  // namespace rosterd::config
