// Filters: refusals are invalidFilter, the canonical text reads as the same tree, and evaluation answers.
#include "scim/evaluate.h"
#include "scim/filter.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

const scim::Json& person() {
  static const scim::Json value = std::get<scim::Json>(scim::parse_json(
      R"({"id":"1","userName":"ada","active":true,"name":{"familyName":"L","givenName":"Ada"},
          "emails":[{"value":"ada@example.org","type":"work","primary":true},{"value":"a@home","type":"home"}],
          "meta":{"created":"2026-01-01T00:00:00Z","lastModified":"2026-01-02T00:00:00Z"},
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"2"}}})"));
  return value;
}

}  // namespace

Seeds seeds() {
  return {{R"(userName eq "ada")", R"(title pr and not (userType eq "Employee" or active ne "False"))",
           R"(emails[type eq "work" and value co "@example"])", R"(emails[type eq "work"].value eq "x")",
           R"(meta.lastModified gt "2011-05-13T04:42:34Z")", R"(name.familyName sw "O'M\"\u00e4")",
           R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "2")", "externalId eq jyoung",
           "n ge -1.5e3 or (a pr and b pr) and c pr", "((((((((a pr))))))))", "not not not (a pr)"},
          {"(",    ")",    "[",       "]",        "\"",           " and ",   " or ", "not ", " eq ",
           " ne ", " co ", " sw ",    " ew ",     " gt ",         " le ",    " pr",  ".",    "true",
           "null", "1e9",  "emails[", "userName", "meta.created", "\\u0000", "urn:", ":",    "\xff"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using fuzz::require;
  for (const bool lenient : {true, false}) {
    scim::FilterLimits limits;
    limits.lenient = lenient;
    const auto filter = scim::parse_filter(scim::Catalogue::standard(), fuzz::text_of(data, size), limits);
    if (!filter) {
      require(filter.error().status == 400 && filter.error().scim_type == "invalidFilter",
              "a refusal is invalidFilter");
      continue;
    }
    const std::string canonical = scim::to_string(*filter);
    scim::FilterLimits wide;
    wide.max_bytes = wide.max_depth = wide.max_terms = 1'000'000;
    const auto again = scim::parse_filter(scim::Catalogue::standard(), canonical, wide);
    require(again.ok(), "canonical text is a filter");
    require(scim::to_string(*again) == canonical, "canonical text stays");
    if (!scim::check_filter(*filter, scim::Catalogue::standard().user())) continue;
    const bool match = scim::matches(*filter, fuzz::person(), scim::Catalogue::standard().user());
    if (scim::check_filter(*again, scim::Catalogue::standard().user()))
      require(scim::matches(*again, fuzz::person(), scim::Catalogue::standard().user()) == match,
              "both texts mean the same");
    else
      require(false, "what may be asked may be asked in canonical text");
  }
  return 0;
}
