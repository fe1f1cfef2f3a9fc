// PATCH, from the JSON body to the changed document: refusals are 4xx; a changed document is JSON, and taking the same
// PATCH again on the same document gives the same.
#include "scim/patch.h"
#include "scim/quirks.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

const scim::Object& person() {
  static const scim::Json value = std::get<scim::Json>(scim::parse_json(
      R"({"id":"1","userName":"ada","title":"T","active":true,"name":{"familyName":"L","givenName":"Ada"},
          "emails":[{"value":"ada@example.org","type":"work","primary":true},{"value":"a@home.example","type":"home"}],
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"2"}}})"));
  return *value.object();
}

void check_error(const scim::Error& error) {
  require(error.status >= 400 && error.status < 500, "a refusal is a 4xx");
  require(!error.detail.empty(), "a refusal says why");
}

scim::PatchContext context(scim::Notes& notes, scim::Resource type = scim::Resource::user) {
  static const scim::PatchLimits limits;
  return {scim::Catalogue::standard(), scim::Catalogue::standard().type(type), notes, limits};
}

void apply(const std::vector<scim::Operation>& operations, scim::Profile profile) {
  scim::Notes notes(scim::habits_of(profile));
  const auto patched = scim::apply_patch(person(), operations, context(notes));
  if (!patched) return check_error(patched.error());
  const std::string written = scim::write_json(scim::Json(*patched));
  const auto read = scim::parse_json(written, {written.size() + 1, 64});
  require(std::holds_alternative<scim::Json>(read), "a patched document is JSON");
  const auto again = scim::apply_patch(person(), operations, context(notes));
  require(again.ok() && scim::write_json(scim::Json(*again)) == written, "PATCH is a function");
}

void members(const std::vector<scim::Operation>& operations) {
  scim::Notes notes;
  const auto split = scim::split_member_operations(operations, context(notes, scim::Resource::group));
  if (!split) return check_error(split.error());
  if (split->members.replace)
    require(split->members.add.empty() && split->members.remove.empty(), "a whole list stands alone");
}

std::string body(const std::string& operations) {
  return R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[)" + operations + "]}";
}

}  // namespace

Seeds seeds() {
  return {
      {body(R"({"op":"Replace","path":"title","value":"Engineer"},{"op":"remove","path":"emails[type eq \"home\"]"})"),
       body(
           R"({"op":"add","value":{"name":{"givenName":"G"},"emails":[{"value":"x@y.example","type":"other"}],"active":"False"}})"),
       body(
           R"({"op":"replace","path":"emails[type eq \"work\"].value","value":"n@example.org"},{"op":"add","path":"emails[type eq \"new\"].value","value":"z"})"),
       body(
           R"({"op":"add","path":"members","value":[{"value":"1"},{"value":"2"}]},{"op":"remove","path":"members[value eq \"1\"]"})"),
       body(
           R"({"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"7"})"),
       body(
           R"({"op":"replace","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"D","emails[type eq \"work\"].value":"q@example.org"}})"),
       body(
           R"({"op":"remove","path":"name.givenName"},{"op":"remove","path":"active"},{"op":"add","path":"id","value":"9"})")},
      {"{",
       "}",
       "[",
       "]",
       ",",
       ":",
       "\"",
       "\\\"",
       "null",
       "\"op\"",
       "\"path\"",
       "\"value\"",
       "\"remove\"",
       "\"add\"",
       "members",
       "emails",
       "[type eq \\\"work\\\"]",
       ".value",
       "name",
       "primary",
       "true",
       "urn:ietf:params:scim:schemas:core:2.0:User:",
       "12",
       "{\"value\":\"x\"}"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  for (const scim::Profile profile : {scim::Profile::generic, scim::Profile::strict, scim::Profile::interop}) {
    auto parsed = scim::parse_json(fuzz::text_of(data, size));
    auto* body = std::get_if<scim::Json>(&parsed);
    if (body == nullptr) return 0;
    scim::Notes notes(scim::habits_of(profile));
    scim::rewrite_patch(*body, notes);
    const auto operations = scim::parse_operations(*body, fuzz::context(notes));
    if (!operations) {
      fuzz::check_error(operations.error());
      continue;
    }
    fuzz::apply(*operations, profile);
    fuzz::members(*operations);
  }
  return 0;
}
