#include "slapd_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace rosterd::ldap::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listening_socket(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 16) != 0) {
    throw std::runtime_error("no free port");
  }
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

int connected_socket(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

int free_port() {
  int port = 0;
  ::close(listening_socket(port));
  return port;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "rosterd-ldap-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SlapdServer::SlapdServer(const std::string& ldif, Certificate certificate, const std::string& extra)
    : port_(free_port()), tls_port_(free_port()) {
  write_certificates(certificate);
  write_configuration(extra);
  load(ldif);
  start();
}

SlapdServer::~SlapdServer() {
  thaw();
  stop();
}

std::string SlapdServer::ca_file() const {
  return (directory_.path() / "ca.crt").string();
}
std::string SlapdServer::other_ca_file() const {
  return (directory_.path() / "other.crt").string();
}

ServerOptions SlapdServer::options(const std::string& account) const {
  ServerOptions options;
  options.uris = {uri()};
  options.ca_file = ca_file();
  options.bind_dn = "cn=" + account + "," + kSuffix;
  options.password = Secret(account);
  options.connect_timeout = std::chrono::seconds(10);
  options.operation_timeout = std::chrono::seconds(10);
  return options;
}

void SlapdServer::run(const std::string& command) const {
  const std::string all =
      "cd '" + directory_.path().string() + "' && PATH=$PATH:/usr/sbin && { " + command + "; } >>commands.log 2>&1";
  if (std::system(all.c_str()) == 0) return;
  std::ifstream log(directory_.path() / "commands.log");
  throw std::runtime_error(command + "\n" + std::string(std::istreambuf_iterator<char>(log), {}));
}

void SlapdServer::write_certificates(Certificate certificate) {
  const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
  for (const char* name : {"ca", "other"}) {
    run("openssl req -x509 " + key + "-days 30 -subj /CN=test-" + name + " -keyout " + name + ".key -out " + name +
        ".crt -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign");
  }
  const bool good = certificate == Certificate::good;
  write_file(directory_.path() / "names", good ? "subjectAltName=IP:127.0.0.1\n" : "subjectAltName=DNS:else.where\n");
  run("openssl req " + key + "-subj /CN=server -keyout server.key -out server.csr");
  run("openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile names -out "
      "server.crt");
}

void SlapdServer::write_configuration(const std::string& extra) {
  const std::string at = directory_.path().string();
  const std::string suffix = kSuffix;
  std::string text;
  for (const char* schema : {"core", "cosine", "inetorgperson", "nis"}) {
    text += std::string("include /etc/ldap/schema/") + schema + ".schema\n";
  }
  text += "modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile " + at + "/slapd.pid\nargsfile " + at + "/args\n";
  text += "sizelimit unlimited\nTLSCACertificateFile " + at + "/ca.crt\nTLSCertificateFile " + at +
          "/server.crt\nTLSCertificateKeyFile " + at + "/server.key\n";
  text += "database mdb\nsuffix \"" + suffix + "\"\nrootdn \"cn=admin," + suffix + "\"\nrootpw admin\ndirectory " + at +
          "/db\nmaxsize 1073741824\ndbnosync\nindex objectClass,entryUUID eq\n";
  text += "limits dn.exact=\"cn=small," + suffix + "\" size=20\n" + extra;
  text += "access to attrs=userPassword by anonymous auth by * none\n";
  text += "access to * by dn.exact=\"cn=blind," + suffix + "\" none by users read by anonymous auth\n";
  write_file(directory_.path() / "slapd.conf", text);
  std::filesystem::create_directory(directory_.path() / "db");
}

void SlapdServer::load(const std::string& ldif) {
  const std::string suffix = kSuffix;
  std::string all = "dn: " + suffix + "\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n";
  for (const char* unit : {"people", "groups", "elsewhere"}) {
    all += std::string("dn: ou=") + unit + "," + suffix + "\nobjectClass: organizationalUnit\nou: " + unit + "\n\n";
  }
  for (const char* name : {"sync", "small", "blind"}) {
    all += std::string("dn: cn=") + name + "," + suffix +
           "\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: " + name +
           "\nuserPassword: " + name + "\n\n";
  }
  write_file(directory_.path() / "all.ldif", all + ldif);
  run("slapadd -q -f slapd.conf -l all.ldif");
}

void SlapdServer::start() {
  const std::string configuration = (directory_.path() / "slapd.conf").string();
  const std::string addresses = uri() + " " + tls_uri();
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    const std::string log = (directory_.path() / "slapd.log").string();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that dies leaves nothing behind
    if (std::freopen(log.c_str(), "a", stderr) == nullptr || std::freopen(log.c_str(), "a", stdout) == nullptr)
      ::_exit(126);
    ::execl("/usr/sbin/slapd", "slapd", "-f", configuration.c_str(), "-h", addresses.c_str(), "-d", "0", nullptr);
    ::_exit(127);
  }
  const bool answers = eventually([this] {
    const int fd = connected_socket(tls_port_);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
  });
  if (!answers) throw std::runtime_error("slapd does not start");
}

void SlapdServer::modify(const std::string& ldif) {
  write_file(directory_.path() / "change.ldif", ldif);
  run("ldapmodify -x -H " + uri() + " -D 'cn=admin," + kSuffix + "' -w admin -f change.ldif");
}

void SlapdServer::freeze() {
  ::kill(pid_, SIGSTOP);
}
void SlapdServer::thaw() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

void SlapdServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);  // its data is thrown away
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

SilentHost::SilentHost() : fd_(listening_socket(port_)) {}
SilentHost::~SilentHost() {
  ::close(fd_);
}

CuttingProxy::CuttingProxy(int target_port, std::size_t bytes, Then then) : fd_(listening_socket(port_)) {
  thread_ = std::thread([=, this] { serve(target_port, bytes, then); });
}

CuttingProxy::~CuttingProxy() {
  ends_ = true;
  thread_.join();
  ::close(fd_);
}

void CuttingProxy::serve(int target_port, std::size_t bytes, Then then) {
  const auto readable = [this](int fd, short events) {
    pollfd one{fd, events, 0};
    return ::poll(&one, 1, 10) > 0 && !ends_;
  };
  while (!ends_ && !readable(fd_, POLLIN)) {
  }
  if (ends_) return;
  const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  const int server = connected_socket(target_port);
  std::vector<char> buffer(16 * 1024);
  while (!ends_ && bytes > 0) {
    pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    ::poll(both, 2, 10);
    if (both[0].revents != 0) {
      const ssize_t got = ::read(client, buffer.data(), buffer.size());
      if (got <= 0 || ::send(server, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) != got) break;
    }
    if (both[1].revents != 0) {
      const ssize_t got = ::read(server, buffer.data(), std::min(buffer.size(), bytes));
      if (got <= 0 || ::send(client, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) != got) break;
      bytes -= static_cast<std::size_t>(got);
    }
  }
  while (then == Then::silence && !ends_) ::poll(nullptr, 0, 5);
  ::close(client);
  ::close(server);
}

}  // namespace rosterd::ldap::testing
