// The people of the benchmarks: number i is always the same person. tests/bench/lab_people.py says the same as LDIF.
#pragma once

#include <cstdio>
#include <string>

namespace rosterd::bench {

inline std::string person_number(std::size_t i) {
  char text[24];
  std::snprintf(text, sizeof text, "%07zu", i);
  return text;
}

// SCIM-shaped, about 500 bytes, as a provider sends it.
inline std::string profile(std::size_t i) {
  const std::string n = person_number(i);
  return R"({"userName":"user)" + n + R"(","displayName":"Person )" + n +
         R"( Benchmark","name":{"givenName":"Person )" + n + R"(","familyName":"Benchmark"},"emails":[{"value":"user)" +
         n + R"(@example.org","type":"work","primary":true}],"phoneNumbers":[{"value":"+49 30 )" + n +
         R"(","type":"work"}],"title":"Engineer","preferredLanguage":"en",)"
         R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":")" +
         n + R"(","department":"Department )" + std::to_string(i % 97) + R"("}})";
}

}  // namespace rosterd::bench
