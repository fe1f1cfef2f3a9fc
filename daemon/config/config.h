// The configuration as plain typed values. Built only by load.h; handed out as shared_ptr<const Config>, never changed.
// Defaults, ranges, costs and help live in the table of options (options.h), not here.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/network.h"
#include "daemon/config/secret.h"
#include "daemon/config/values.h"
#include "scim/habits.h"

namespace rosterd::config {

using Duration = std::chrono::milliseconds;
using Strings = std::vector<std::string>;

// May a source attach its claim to a person whom another source brought? Never to somebody with a privileged role.
enum class Link { never, user_name, email };
enum class Kind { staff, client };
enum class UnknownMembers { refuse, skip, remember };
enum class HeldAnswer { too_many_requests, unavailable };
enum class Rights { full, users, read };
enum class ClientCertificates { off, request, require };
enum class LogLevel { debug, info, warning, error };
enum class LogFormat { automatic, text, json, journal };
// As in RFC 7643 section 7.
enum class AttributeType { string, boolean, decimal, integer, date_time, binary, reference, complex };
enum class Mutability { read_only, read_write, immutable, write_only };
enum class Returned { always, never, by_default, on_request };
enum class Uniqueness { none, server };
enum class Resource { user, group };
enum class MailSecurity { none, starttls, tls };

struct Store {
  std::filesystem::path directory;
  std::filesystem::path database() const { return directory / "rosterd.db"; }
};

struct Http {
  std::vector<Listen> listen;
  std::string public_url;  // without a trailing slash
  std::filesystem::path tls_certificate_file;
  Secret tls_key;
  ClientCertificates client_certificates{};
  std::filesystem::path client_ca_file;
  int request_threads = 0;
  int reactor_threads = 0;
  int queue = 0;
  int max_connections = 0;
  int max_connections_per_address = 0;
  std::int64_t max_body = 0;
  Duration header_timeout{}, body_timeout{}, write_timeout{}, idle_timeout{}, drain_timeout{};
};

struct Control {
  std::filesystem::path socket;
};

struct Log {
  LogLevel level{};
  LogFormat format{};
};

struct ScimSource {
  std::string name;
  Link link{};
  UnknownMembers unknown_members{};
  scim::Profile profile{};
  Strings habits;          // "+name", "-name" over the profile's
  std::string name_space;  // of its people, groups and externalIds; empty: its own
  bool may_give_privileged = false;
  Kind kind{};
  Strings client_certificates;  // fingerprints, "sha256:" and 64 small hexadecimal digits; empty: none is needed
  Rights rights{};
  bool require_version = false;
  int max_removals = 0;
  int max_removal_percent = 0;
  Duration removal_window{};
  HeldAnswer held_answer{};
  bool assign_roles = false;
  int rate_limit = 0;                                        // requests a minute; 0: any number
  std::vector<Network> networks;                             // empty: from anywhere
  std::string connection() const { return "scim:" + name; }  // whose tokens they are
  std::string source() const { return "scim:" + (name_space.empty() ? name : name_space); }  // whose facts
  scim::HabitSet switched() const;
};

// A SCIM schema extension.
struct Schema {
  std::string urn;
  std::string name;
  std::string description;
  Resource resource{};
  bool required = false;
};

struct Attribute {
  std::string schema;  // the URN
  std::string name;    // "name", or "name.sub" of a complex attribute
  std::string description;
  AttributeType type{};
  bool multi_valued = false;
  bool required = false;
  bool case_exact = false;
  Mutability mutability{};
  Returned returned{};
  Uniqueness uniqueness{};
  Strings canonical_values;
  Strings reference_types;
  bool indexed = false;
};

struct Directory {
  std::string name;
  Strings uris;
  bool start_tls = false;
  std::filesystem::path ca_file;
  std::string bind_dn;
  Secret bind_password;
  bool allow_plaintext = false;
  Duration connect_timeout{}, operation_timeout{};
  int page_size = 0;  // 0: no paging
  Strings people_bases;
  std::string people_filter;
  Strings groups_bases;
  std::string groups_filter;
  Strings clients_bases;
  std::string key_attribute;  // "auto": from the server's root DSE
  std::string user_name_attribute;
  std::map<std::string, std::string> mapping;  // SCIM attribute -> LDAP attribute, over the built-in one
  Strings canary_people;
  Strings canary_groups;
  Duration interval{};  // 0: only on request
  Link link{};
  bool invite_on_first_sync = false;
  int max_removals = 0;
  int max_removal_percent = 0;
  std::string source() const { return "ldap:" + name; }
};

struct AccessRule {
  std::string name;    // shown by explain; empty: the group
  std::string group;   // a DN, a displayName, or a pattern with one or more "*"
  std::string source;  // empty: any
  std::string role;
  Strings projects;  // "{1}" is what the first "*" caught
  Kind kind{};
  std::string company;
  Strings permissions;
};

struct Role {
  std::string name;
  int rank = 0;  // the highest rank is the one displayed
  Strings permissions;
  bool privileged = false;
};

struct Mail {
  std::string host;
  int port = 0;
  MailSecurity security{};
  std::filesystem::path ca_file;
  std::string user;
  Secret password;
  std::string from;
  std::string from_name;
  std::filesystem::path templates;  // empty: the built-in ones
  Duration timeout{}, retry_first{}, retry_cap{}, give_up{};
};

struct Notices {
  Strings to;  // empty: the active local admins
  Duration wait{};
};

struct Invitation {
  Duration expires{};
  std::string link_base;  // never empty: http.public_url when not set
};

struct Authentication {
  int min_length = 0;
  int max_failures = 0;
  Duration window{}, lock_for{}, lock_cap{};
  int hash_parallel = 0;
  int hash_queue = 0;
  Duration session_lifetime{};
};

struct Metrics {
  bool enabled = false;
};

struct Housekeeping {
  Duration interval{};
};

// One option as it was set or defaulted, for printing and for comparing at a reload. Never holds a secret.
struct Setting {
  std::string key;   // "http.listen", "directory[0].uris"
  std::string text;  // canonical TOML
  bool is_default = true;
  bool restart = false;     // takes effect only after a restart
  bool is_private = false;  // names a person, an account or a secret's place: not for a support bundle
};

struct Config {
  Store store;
  Http http;
  Control control;
  Log log;
  std::vector<ScimSource> scim;
  std::vector<Schema> schemas;
  std::vector<Attribute> attributes;
  std::vector<Directory> directories;
  std::vector<AccessRule> access;
  std::vector<Role> roles;   // with the built-in Admin, Staff and Client
  std::optional<Mail> mail;  // absent: mails wait in the outbox
  Notices notices;
  Invitation invitation;
  Authentication authentication;
  std::map<std::string, Strings> authority;  // SCIM attribute -> sources, the first that has a value wins
  Metrics metrics;
  Housekeeping housekeeping;

  std::vector<Setting> settings;

  const ScimSource* find_scim(std::string_view connection) const;  // "scim:NAME"; nullptr: none
  const Directory* find_directory(std::string_view name) const;    // "NAME" or "ldap:NAME"
};

}  // namespace rosterd::config
