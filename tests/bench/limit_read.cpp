// The limit of an unchanged sync: reads the same entries with libldap and hashes every value. No checks, no time
// limits, no store. Prints count and hash; its CPU time is what counts.
#include <ldap.h>
#include <sodium.h>

#include <cstdio>
#include <iostream>
#include <vector>

#include "tests/bench/options.h"

namespace {

using rosterd::bench::Options;

std::size_t hash_entry(LDAP* ldap, LDAPMessage* message, crypto_generichash_state& total) {
  BerElement* ber = nullptr;
  berval dn{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, 16);
  if (ldap_get_dn_ber(ldap, message, &ber, &dn) != LDAP_SUCCESS) return 0;
  const auto add = [&](const berval& value) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(value.bv_val), value.bv_len);
  };
  add(dn);
  berval name{};
  BerVarray values = nullptr;
  while (ldap_get_attribute_ber(ldap, message, ber, &name, &values) == LDAP_SUCCESS && name.bv_val) {
    add(name);
    for (BerVarray value = values; value && value->bv_val; ++value) add(*value);
    ldap_memfree(values);
  }
  ber_free(ber, 0);
  unsigned char digest[16];
  crypto_generichash_final(&state, digest, sizeof digest);
  crypto_generichash_update(&total, digest, sizeof digest);
  return 1;
}

std::size_t read_base(LDAP* ldap, const std::string& base, const std::string& filter, crypto_generichash_state& total,
                      std::vector<char*> attributes) {
  int id = 0;
  if (ldap_search_ext(ldap, base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(), attributes.data(), 0, nullptr, nullptr,
                      nullptr, 0, &id) != LDAP_SUCCESS)
    throw std::runtime_error("the search could not be sent");
  std::size_t count = 0;
  for (;;) {
    LDAPMessage* message = nullptr;
    const int type = ldap_result(ldap, id, LDAP_MSG_ONE, nullptr, &message);
    if (type <= 0) throw std::runtime_error("the connection broke");
    if (type == LDAP_RES_SEARCH_ENTRY) count += hash_entry(ldap, message, total);
    ldap_msgfree(message);
    if (type == LDAP_RES_SEARCH_RESULT) return count;
  }
}

int run(const Options& options) {
  LDAP* ldap = nullptr;
  if (ldap_initialize(&ldap, options.text("--uri").c_str()) != LDAP_SUCCESS) throw std::runtime_error("bad URI");
  const int version = LDAP_VERSION3;
  ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
  std::string password = options.text("--password");
  berval credentials{password.size(), password.data()};
  if (ldap_sasl_bind_s(ldap, options.text("--bind-dn").c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr,
                       nullptr) != LDAP_SUCCESS)
    throw std::runtime_error("bind refused");
  std::string names = options.text("--attributes");
  std::vector<char*> attributes;
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t comma = std::min(names.find(',', at), names.size());
    if (comma < names.size()) names[comma] = '\0';
    attributes.push_back(names.data() + at);
    at = comma + 1;
  }
  attributes.push_back(nullptr);
  crypto_generichash_state total;
  crypto_generichash_init(&total, nullptr, 0, 16);
  std::size_t count = read_base(ldap, options.text("--groups"), options.text("--groups-filter"), total, attributes);
  count += read_base(ldap, options.text("--people"), options.text("--people-filter"), total, attributes);
  unsigned char digest[16];
  crypto_generichash_final(&total, digest, sizeof digest);
  std::printf("{\"entries\":%zu,\"hash\":%u}\n", count, digest[0]);
  ldap_unbind_ext_s(ldap, nullptr, nullptr);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argc,
                argv,
                {{"--uri", ""},
                 {"--bind-dn", ""},
                 {"--password", ""},
                 {"--people", ""},
                 {"--people-filter", "(objectClass=*)"},
                 {"--groups", ""},
                 {"--groups-filter", "(objectClass=*)"},
                 {"--attributes", "*"}}});
  } catch (const std::exception& error) {
    std::cerr << "limit_read: " << error.what() << "\n";
    return 1;
  }
}
