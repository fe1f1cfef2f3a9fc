// The table, part two: where people come from and what their groups give them.
#include "daemon/config/bind.h"
#include "daemon/config/checks.h"
#include "daemon/config/options.h"

namespace rosterd::config {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

std::vector<Option> directory_connection() {
  return {
      {.name = "name",
       .required = true,
       .example = R"("corp")",
       .help = "The source is called \"ldap:NAME\".",
       .cost = "a new name is a new source: everybody known from the old one would count as gone",
       .check = check_name,
       .set = into(&Config::directories, &Directory::name)},
      {.name = "uris",
       .type = Type::text_list,
       .required = true,
       .example = R"(["ldaps://ldap.example.org"])",
       .min = 1,
       .max = 16,
       .help = "Servers with the same content, tried in this order.",
       .check = check_ldap_uri,
       .set = into(&Config::directories, &Directory::uris)},
      {.name = "start_tls",
       .type = Type::boolean,
       .fallback = "false",
       .help = "Turn ldap:// connections into TLS before anything is sent; no fall-back to plain.",
       .set = into(&Config::directories, &Directory::start_tls)},
      {.name = "ca_file",
       .type = Type::path,
       .example = R"("/etc/rosterd/ldap-ca.pem")",
       .help = "Certificates (PEM) that the server's must come from; unset: the system's.",
       .set = into(&Config::directories, &Directory::ca_file)},
      {.name = "bind_dn",
       .example = R"("cn=rosterd,ou=services,dc=example,dc=org")",
       .help = "A read-only account; unset: anonymous.",
       .cost = "what this account cannot see looks as if it were gone; set canaries",
       .is_private = true,
       .check = check_dn,
       .set = into(&Config::directories, &Directory::bind_dn)},
      {.name = "bind_password",
       .type = Type::secret,
       .example = R"("ldap-password")",
       .help = "Its password.",
       .set = into(&Config::directories, &Directory::bind_password)},
      {.name = "allow_plaintext",
       .type = Type::boolean,
       .fallback = "false",
       .help = "Send the password over ldap:// without TLS. A server on this machine needs no permission.",
       .cost = "anybody on the way reads the password and may change the answers",
       .set = into(&Config::directories, &Directory::allow_plaintext)},
      {.name = "connect_timeout",
       .type = Type::duration,
       .fallback = R"("5s")",
       .min = 50,
       .max = 5 * kMinute,
       .help = "For connection, TLS and bind, per server.",
       .cost = "longer delays the fail-over to the next server",
       .set = into(&Config::directories, &Directory::connect_timeout)},
      {.name = "operation_timeout",
       .type = Type::duration,
       .fallback = R"("60s")",
       .min = 50,
       .max = 60 * kMinute,
       .help = "Longest silence while reading; after it the reading has failed and nobody is removed.",
       .cost = "shorter fails against a server that thinks long before it answers",
       .set = into(&Config::directories, &Directory::operation_timeout)},
      {.name = "page_size",
       .type = Type::integer,
       .fallback = "1000",
       .max = 100'000,
       .help = "Entries per page; 0 asks without paging, except Active Directory, which then gets pages of 1,000.",
       .cost = "small pages cost round trips",
       .set = into(&Config::directories, &Directory::page_size)},
  };
}

std::vector<Option> directory_content() {
  return {
      {.name = "people_bases",
       .type = Type::text_list,
       .required = true,
       .example = R"(["ou=people,dc=example,dc=org"])",
       .min = 1,
       .max = 64,
       .help = "Where people are, with subtrees.",
       .cost = "a narrower base makes people count as moved out of scope",
       .check = check_dn,
       .set = into(&Config::directories, &Directory::people_bases)},
      {.name = "people_filter",
       .fallback = R"x("(|(objectClass=inetOrgPerson)(objectClass=user))")x",
       .help = "Which entries are people. Do not exclude disabled accounts here.",
       .cost = "filtering on status turns \"disabled\" into \"gone\"",
       .check = check_ldap_filter,
       .set = into(&Config::directories, &Directory::people_filter)},
      {.name = "groups_bases",
       .type = Type::text_list,
       .example = R"(["ou=groups,dc=example,dc=org"])",
       .max = 64,
       .help = "Where groups are; unset: no groups are read.",
       .check = check_dn,
       .set = into(&Config::directories, &Directory::groups_bases)},
      {.name = "groups_filter",
       .fallback =
           R"x("(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=group))")x",
       .help = "Which entries are groups. Read all of them, also those without a rule: nesting goes through them.",
       .check = check_ldap_filter,
       .set = into(&Config::directories, &Directory::groups_filter)},
      {.name = "clients_bases",
       .type = Type::text_list,
       .example = R"(["ou=clients,dc=example,dc=org"])",
       .max = 64,
       .help = "People here are of kind client, not staff.",
       .check = check_dn,
       .set = into(&Config::directories, &Directory::clients_bases)},
      {.name = "key_attribute",
       .fallback = R"("auto")",
       .help = "What never changes about an entry; auto: entryUUID, objectGUID or nsUniqueId, as the server offers.",
       .cost = "a new key makes everybody a stranger; the guard will hold that",
       .check = check_ldap_attribute,
       .set = into(&Config::directories, &Directory::key_attribute)},
      {.name = "user_name_attribute",
       .fallback = R"("auto")",
       .help = "Becomes userName; auto: uid, or sAMAccountName on Active Directory.",
       .cost = "renames everybody at the next sync",
       .check = check_ldap_attribute,
       .set = into(&Config::directories, &Directory::user_name_attribute)},
      {.name = "mapping",
       .type = Type::text_map,
       .fallback = "{}",
       .example = R"({ title = "jobTitle", "phoneNumbers.mobile" = "" })",
       .help = "SCIM attribute = LDAP attribute, over the built-in mapping; \"\" leaves the attribute out. One of "
               "name.givenName, "
               "name.familyName, name.formatted, displayName, title, preferredLanguage, userType, emails, "
               "phoneNumbers.work, "
               "phoneNumbers.mobile, employeeNumber, department, division, organization, manager.",
       .cost = "every entry is written again at the next sync",
       .set = into(&Config::directories, &Directory::mapping)},
  };
}

std::vector<Option> directory_safety() {
  return {
      {.name = "canary_people",
       .type = Type::text_list,
       .example = R"(["uid=canary,ou=people,dc=example,dc=org"])",
       .max = 64,
       .help = "Entries that every complete reading contains. One missing: the reading has failed.",
       .cost = "one per base is a good number",
       .is_private = true,
       .check = check_dn,
       .set = into(&Config::directories, &Directory::canary_people)},
      {.name = "canary_groups",
       .type = Type::text_list,
       .example = R"(["cn=everyone,ou=groups,dc=example,dc=org"])",
       .max = 64,
       .help = "The same for groups.",
       .check = check_dn,
       .set = into(&Config::directories, &Directory::canary_groups)},
      {.name = "interval",
       .type = Type::duration,
       .fallback = R"("15m")",
       .max = 30 * kDay,
       .help = "From the end of one sync to the start of the next, give or take a tenth; 0s: only `rosterd sync`.",
       .cost = "an unchanged directory of 100,000 people costs it about two seconds of reading",
       .set = into(&Config::directories, &Directory::interval)},
      {.name = "link",
       .type = Type::choice,
       .fallback = R"("never")",
       .choices = {"never", "user_name", "email"},
       .help = kLinkHelp,
       .cost = kLinkCost,
       .set = into(&Config::directories, &Directory::link)},
      {.name = "invite_on_first_sync",
       .type = Type::boolean,
       .fallback = "false",
       .help = "Mail an invitation to everybody whom the first complete sync brings.",
       .cost = "that is one mail per person of the directory",
       .set = into(&Config::directories, &Directory::invite_on_first_sync)},
      {.name = "max_removals",
       .type = Type::integer,
       .fallback = "10",
       .max = 1'000'000,
       .help = "The guard: removals in one sync above the larger of this and max_removal_percent are held.",
       .cost = "held removals wait for `rosterd holds release`",
       .set = into(&Config::directories, &Directory::max_removals)},
      {.name = "max_removal_percent",
       .type = Type::integer,
       .fallback = "5",
       .max = 100,
       .help = "Percent of what this source holds.",
       .cost = "100 switches the guard off",
       .set = into(&Config::directories, &Directory::max_removal_percent)},
  };
}

}  // namespace

Section directory_section() {
  Section section{.name = "directory",
                  .shape = Shape::array,
                  .help = "An LDAP directory to follow. It is only ever read.",
                  .open = append(&Config::directories)};
  for (auto part : {directory_connection(), directory_content(), directory_safety()}) {
    section.options.insert(section.options.end(), part.begin(), part.end());
  }
  return section;
}

Section access_section() {
  return {.name = "access",
          .shape = Shape::array,
          .help =
              "What a group gives. Several rules may match a person; each match is a grant of its own, and leaving the "
              "group takes back that grant and no other.",
          .options = {{.name = "name",
                       .example = R"("engineers")",
                       .help = "What `rosterd explain` calls the rule; unset: the group.",
                       .check = check_not_empty,
                       .set = into(&Config::access, &AccessRule::name)},
                      {.name = "group",
                       .required = true,
                       .example = R"("cn=engineering,ou=groups,dc=example,dc=org")",
                       .help = "A DN, compared with DNs only, a displayName, compared with displayNames only, or a "
                               "pattern such as \"proj-*\". In a DN a \"*\" stays within its part.",
                       .check = check_not_empty,
                       .set = into(&Config::access, &AccessRule::group)},
                      {.name = "source",
                       .example = R"("ldap:corp")",
                       .help = "Only groups of this source; unset: of any.",
                       .cost = "without it, every connection that may push a group of that name can give this",
                       .set = into(&Config::access, &AccessRule::source)},
                      {.name = "role",
                       .example = R"("Staff")",
                       .help = "A built-in role or one of [[role]].",
                       .cost = "a privileged role through a group makes the directory's administrators powerful",
                       .check = check_not_empty,
                       .set = into(&Config::access, &AccessRule::role)},
                      {.name = "projects",
                       .type = Type::text_list,
                       .example = R"(["Website"])",
                       .max = 1000,
                       .help = "Created when first named; \"{1}\" is what the first \"*\" of the pattern caught.",
                       .check = check_not_empty,
                       .set = into(&Config::access, &AccessRule::projects)},
                      {.name = "kind",
                       .type = Type::choice,
                       .fallback = R"("staff")",
                       .choices = {"staff", "client"},
                       .help = "The people whom this rule is about.",
                       .set = into(&Config::access, &AccessRule::kind)},
                      {.name = "company",
                       .example = R"("Acme Corp")",
                       .help = "Of clients; \"{1}\" as above.",
                       .set = into(&Config::access, &AccessRule::company)},
                      {.name = "permissions",
                       .type = Type::text_list,
                       .example = R"(["projects", "files"])",
                       .max = 100,
                       .help = "In addition to the role's.",
                       .check = check_permission,
                       .set = into(&Config::access, &AccessRule::permissions)}},
          .open = append(&Config::access)};
}

Section role_section() {
  return {
      .name = "role",
      .shape = Shape::array,
      .help =
          "A role of your own, or other permissions for a built-in one: Admin (rank 100, privileged), "
          "Staff (50), Client (10).",
      .options = {{.name = "name",
                   .required = true,
                   .example = R"("Reviewer")",
                   .help = "As access rules name it.",
                   .cost = "a new name is a new role",
                   .check = check_not_empty,
                   .set = into(&Config::roles, &Role::name)},
                  {.name = "rank",
                   .type = Type::integer,
                   .fallback = "20",
                   .max = 1000,
                   .help = "Of several roles the one of the highest rank is displayed; permissions add up.",
                   .set = into(&Config::roles, &Role::rank)},
                  {.name = "permissions",
                   .type = Type::text_list,
                   .fallback = "[]",
                   .example = R"(["review", "files"])",
                   .max = 100,
                   .help = "projects, tasks, files, invoices, communication, review, approval, or words of your own.",
                   .cost = "in force on the next request of everybody with the role",
                   .check = check_permission,
                   .set = into(&Config::roles, &Role::permissions)},
                  {.name = "privileged",
                   .type = Type::boolean,
                   .fallback = "false",
                   .help = "Nobody with this role is linked to a source automatically.",
                   .set = into(&Config::roles, &Role::privileged)}},
      .open = append(&Config::roles)};
}

Section authority_section() {
  return {.name = "authority",
          .shape = Shape::free_keys,
          .help =
              "Which source owns an attribute: the first that has a value wins. \"local\" is an admin's edit. "
              "Attributes that are not listed: local edits first, then the sources in the order of this file.",
          .options = {{.name = "title",
                       .type = Type::text_list,
                       .example = R"(["ldap:corp", "local"])",
                       .min = 1,
                       .max = 64,
                       .help = "SCIM attribute = list of sources.",
                       .cost = "the profiles of all people are merged again"}},
          .set_free = [](Config& config, std::string key, Value value) {
            config.authority[std::move(key)] = std::get<Strings>(std::move(value));
          }};
}

}  // namespace rosterd::config
