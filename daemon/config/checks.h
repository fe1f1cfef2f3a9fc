// Private to the table: checks of single strings. Each returns what is wrong, or an empty string.
#pragma once

#include <string>

namespace rosterd::config {

std::string check_name(const std::string& text);  // of a source: letters, digits, "-", "_"
std::string check_dn(const std::string& text);
std::string check_ldap_uri(const std::string& text);
std::string check_ldap_filter(const std::string& text);
std::string check_ldap_attribute(const std::string& text);  // "auto" is one
std::string check_host(const std::string& text);
std::string check_address(const std::string& text);  // an e-mail address
std::string check_permission(const std::string& text);
std::string check_fingerprint(const std::string& text);     // of a certificate: "sha256:…"
std::string check_network(const std::string& text);         // an address or a network in CIDR form
std::string check_urn(const std::string& text);             // of a schema of one's own
std::string check_attribute_name(const std::string& text);  // "name" or "name.sub"
std::string check_habit(const std::string& text);           // "+name" or "-name" of scim/habits.h
std::string check_not_empty(const std::string& text);

}  // namespace rosterd::config
