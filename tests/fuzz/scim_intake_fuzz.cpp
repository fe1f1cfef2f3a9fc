// A POST or PUT body: refusals are 4xx, and what was taken in is taken in again as it is.
#include "scim/catalogue.h"
#include "scim/intake.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {

Seeds seeds() {
  return {
      {R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","name":{"familyName":"L"},"active":"True",
               "emails":[{"value":"a@example.org","type":"work","primary":true}],"phoneNumbers":"+1","x":1,"password":"p"})",
       R"({"userName":"b","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R","manager":"2"}})",
       R"({"displayName":"g","members":[{"value":"1"},{"value":"2","type":"User"}],"externalId":"e"})",
       R"({"userName":""})"},
      {"{", "}", "[", "]", ",", ":", "\"", "null", "true", "\"primary\":true", "\"emails\":", "\"manager\":", "12",
       "{\"value\":\"x\"}", "\"members\":", "\"id\":\"1\"", "\\u0000", "\xff"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using fuzz::require;
  const auto parsed = scim::parse_json(fuzz::text_of(data, size));
  const auto* body = std::get_if<scim::Json>(&parsed);
  if (body == nullptr) return 0;
  for (const scim::ResourceType* type : scim::Catalogue::standard().types()) {
    scim::Notes notes;
    const auto taken = scim::take_in(*body, *type, notes);
    if (!taken) {
      require(taken.error().status >= 400 && taken.error().status < 500, "a refusal is a 4xx");
      continue;
    }
    const auto again = scim::take_in(scim::Json(*taken), *type, notes);
    require(again.ok(), "what was taken in is taken in again");
    require(scim::write_json(scim::Json(*again)) == scim::write_json(scim::Json(*taken)), "and does not change");
  }
  return 0;
}
