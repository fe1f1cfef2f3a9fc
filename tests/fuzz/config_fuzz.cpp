// The configuration: a configuration or problems, each with a place in the file, and never an exception.
#include <algorithm>

#include "daemon/config/load.h"
#include "daemon/config/values.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

void check_values(std::string_view text) {
  if (const auto duration = config::parse_duration(text))
    require(config::parse_duration(config::print_duration(*duration)) == duration, "a duration reads as itself");
  if (const auto size = config::parse_size(text))
    require(config::parse_size(config::print_size(*size)) == size, "a size reads as itself");
  if (const auto listen = config::parse_listen(text)) {
    const auto again = config::parse_listen(config::print_listen(*listen));
    require(again && *again == *listen, "an address reads as itself");
  }
  if (const auto url = config::parse_http_url(text))
    require(config::parse_http_url(*url) == url, "a URL reads as itself");
}

}  // namespace

Seeds seeds() {
  return {
      {"[store]\ndirectory = \"/var/lib/rosterd\"\n[http]\nlisten = [\"127.0.0.1:8380\", \"[::1]:1\"]\npublic_url = "
       "\"https://x.example\"\n",
       "[[directory]]\nname = \"corp\"\nuris = [\"ldap://h\"]\npeople_bases = [\"ou=people,dc=x\"]\ninterval = "
       "\"15m\"\n",
       "[[access]]\ngroup = \"proj-*\"\nprojects = [\"{1}\"]\nrole = \"Staff\"\n[[role]]\nname=\"Staff\"\nrank=1\n",
       "[mail]\nhost = \"h\"\nport = 25\nfrom = \"a@b.example\"\nsecurity = \"starttls\"\n", "1h30m", "10MiB",
       "unix:/run/rosterd/http.sock", "http://host:80/path/", "a = {b = {c = [[[1]]]}}\n", "x = '''\ny\n'''\n"},
      {"[",       "]",    "[[",       "]]",         "=",
       "\"",      "'''",  "\n",       "#",          "{",
       "}",       ",",    ".",        "true",       "1979-05-27T07:32:00Z",
       "0x1f",    "inf",  "[http]\n", "[[scim]]\n", "name = \"a\"\n",
       "\\u0000", "\xff", "ms",       "GiB"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using fuzz::require;
  const std::string_view text = fuzz::text_of(data, size);
  config::LoadOptions options;
  options.read_secrets = false;
  const config::LoadResult result = config::parse(text, options);
  require((result.config != nullptr) == result.problems.empty(), "a configuration or problems");
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const auto* list : {&result.problems, &result.warnings})
    for (const config::Problem& problem : *list) {
      require(!problem.message.empty(), "a problem has a sentence");
      require(problem.line >= 0 && problem.line <= lines, "a problem is in the file");
      static_cast<void>(config::to_text(problem, "rosterd.toml"));
    }
  fuzz::check_values(text);
  return 0;
}
