// A Bulk request, from its body to the order of its operations: refusals are 4xx with a reason, every operation has its
// place once and after what it needs, and references that were replaced are gone.
#include "scim/bulk_plan.h"
#include "scim/bulk_request.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

void check_error(const scim::Error& error) {
  require(error.status >= 400 && error.status < 500, "a refusal is a 4xx");
  require(!error.detail.empty(), "a refusal says why");
}

void check_plan(const scim::BulkRequest& request) {
  std::vector<std::size_t> place(request.operations.size(), 0);  // from 1
  const auto plan = scim::plan_bulk(request.operations);
  for (std::size_t step = 0; step < plan.size(); ++step) {
    require(!plan[step].operations.empty(), "a step does something");
    for (const std::size_t index : plan[step].operations) {
      require(place[index] == 0, "an operation has one place");
      place[index] = step + 1;
    }
  }
  for (std::size_t i = 0; i < place.size(); ++i) {
    require(place[i] > 0, "no operation is lost");
    for (const std::size_t needed : request.operations[i].needs) {
      require(request.operations[needed].method == "POST", "creations are referred to");
      require(place[needed] < place[i] || (place[needed] == place[i] && plan[place[i] - 1].circle),
              "what is needed comes before, or in the same circle");
    }
  }
}

void check_references(const scim::BulkOperation& operation) {
  const auto& catalogue = scim::Catalogue::standard();
  const auto all = [](std::string_view) { return std::optional<std::string>("7"); };
  scim::Json data = operation.data;
  scim::replace_references(data, scim::kind_of(operation), catalogue, operation.type, all);
  bool left = false;
  scim::replace_references(data, scim::kind_of(operation), catalogue, operation.type, [&](std::string_view name) {
    left = true;
    return std::optional<std::string>(name);
  });
  require(!left, "a reference that was replaced is gone");
  scim::Json without = operation.data;
  scim::replace_references(without, scim::kind_of(operation), catalogue, operation.type,
                           [](std::string_view) { return std::optional<std::string>(); });
}

std::string body(const std::string& operations) {
  return R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"failOnErrors":1,"Operations":[)" +
         operations + "]}";
}

}  // namespace

Seeds seeds() {
  return {
      {body(
           R"({"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"A","members":[{"type":"Group","value":"bulkId:b"},"bulkId:c"]}},)"
           R"({"method":"POST","path":"/Groups","bulkId":"b","data":{"displayName":"B","members":[{"value":"bulkId:a","$ref":"../Groups/bulkId:a"}]}},)"
           R"({"method":"POST","path":"/Users","bulkId":"c","data":{"userName":"c","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:c"}}}})"),
       body(
           R"({"method":"PATCH","path":"/Groups/bulkId:g","version":"W/\"1\"","data":{"Operations":[{"op":"remove","path":"members[value eq \"bulkId:u\"]"},{"op":"add","path":"members","value":[{"value":"bulkId:u"}]}]}},)"
           R"({"method":"post","path":"https://x.example/Groups?a=b","bulkId":"g","data":{"displayName":"g"}},{"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"u"}})"),
       body(
           R"({"method":"DELETE","path":"/Users/%37"},{"method":"PUT","path":"/Users/8","data":{"userName":"x","manager":"bulkId:q"}},{"method":"PATCH","path":"/Users/8","data":[{"op":"add","value":{"members[value eq bulkId:q]":1}}]},{"method":"POST","path":"/Users","bulkId":"q","data":{}})")},
      {"{",
       "}",
       "[",
       "]",
       ",",
       ":",
       "\"",
       "\\\"",
       "null",
       "bulkId:",
       "\"bulkId:a\"",
       "\"bulkId\":\"a\"",
       "\"method\"",
       "\"POST\"",
       "\"PATCH\"",
       "\"PUT\"",
       "\"path\"",
       "\"data\"",
       "/Users/",
       "/Groups/bulkId:a",
       "\"$ref\"",
       "\"value\"",
       "members",
       "manager",
       "[value eq ",
       "\"Operations\"",
       "\"failOnErrors\"",
       "%20",
       "\\u0062"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  auto parsed = scim::parse_json(fuzz::text_of(data, size));
  auto* body = std::get_if<scim::Json>(&parsed);
  if (body == nullptr) return 0;
  scim::Notes notes;
  const auto request =
      scim::read_bulk(std::move(*body), {scim::Catalogue::standard(), "https://x.example", 100, notes});
  if (!request) {
    fuzz::check_error(request.error());
    return 0;
  }
  fuzz::check_plan(*request);
  for (const scim::BulkOperation& operation : request->operations) {
    if (operation.refused) fuzz::check_error(*operation.refused);
    fuzz::check_references(operation);
  }
  return 0;
}
