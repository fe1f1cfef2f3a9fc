// Distinguished names, and access rules that meet them. Input: rule's group, DN and displayName, one a line.
#include "ldap/dn.h"
#include "store/access_rules.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

std::string_view line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view first = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return first;
}

}  // namespace

Seeds seeds() {
  return {
      {"cn=engineering,ou=groups,dc=example,dc=org\nCN=Engineering, OU=Groups,DC=example,DC=org\nEngineering",
       "cn=proj-*,ou=groups,dc=example\ncn=proj-apollo,ou=groups,dc=example\nproj-apollo",
       "proj-*-*\ncn=a\\,b\\20+uid=\\c3\\a4,o=#04024869\nproj-a-b", "*,dc=example\n2.5.4.3=x;ou=\"quoted, value\"\n{1}",
       "oid.=x\noid.oid.2.5.4.3=x\noid.2.5.4.3=x", "****a****b\ncn=\\\n\xff"},
      {"cn=", "ou=", "dc=", ",", "+", "\\", "\\2c", "\\20", "#", "\"", ";", "*", "=", "2.5.4.3=", "\n", "\xc3\xa4",
       "\xff", std::string(1, '\0')}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using fuzz::require;
  std::string_view text = fuzz::text_of(data, size);
  const std::string group(fuzz::line(text)), dn(fuzz::line(text)), name(fuzz::line(text));
  const auto normal = ldap::normalize_dn(dn);
  if (normal) {
    const auto again = ldap::normalize_dn(*normal);
    require(again && *again == *normal, "a normalised DN stays");
    require(ldap::is_within(*normal, *normal) && ldap::is_within(*normal, ""), "a DN is within itself and the root");
  }
  const auto escaped = ldap::normalize_dn("cn=" + ldap::escape_dn_value(name) + ",dc=x");
  if (escaped) require(ldap::is_within(*escaped, "dc=x"), "an escaped value does not leave its part");
  const std::string filter = ldap::escape_filter_value(name);
  require(filter.find_first_of(std::string_view("*()\0", 4)) == std::string::npos,
          "an escaped value has no filter syntax");

  const auto normal_group = ldap::normalize_dn(group);
  store::AccessRule rule{"rule", store::is_dn(group) && normal_group ? *normal_group : group, {}, "{1}", {"{1} {2}"}};
  const store::AccessRules rules({rule});
  const auto matched = rules.match({"ldap:corp", name, normal ? std::string_view(*normal) : std::string_view()});
  require(matched.size() <= 1, "one rule matches once");
  if (rule.group.find('*') == std::string::npos && normal && rule.group == *normal && store::is_dn(rule.group))
    require(matched.size() == 1, "a rule without a star meets its own DN");
  return 0;
}
