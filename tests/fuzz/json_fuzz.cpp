// JSON: what is accepted is written and read again as the same value; nothing beyond the depth limit gets in.
#include <algorithm>

#include "scim/json.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

std::size_t depth(const scim::Json& value) {
  std::size_t deepest = 0;
  if (const scim::Array* array = value.array())
    for (const scim::Json& element : *array) deepest = std::max(deepest, depth(element));
  else if (const scim::Object* object = value.object())
    for (const scim::Member& member : *object) deepest = std::max(deepest, depth(member.value));
  else
    return 0;
  return deepest + 1;
}

}  // namespace

Seeds seeds() {
  return {
      {R"({"schemas":["urn:x"],"userName":"a\u00e4\ud83d\ude00","active":true,"n":-1.5e3,"z":null,"o":{"a":[1,2,{}]}})",
       "[]", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "12345678901234567890123", "[[[[[[[[1]]]]]]]]", R"({"a":1,"A":2})",
       "1e400", std::string(70, '[') + std::string(70, ']')},
      {"{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "\\udc00", "null", "true", "1e5", "-0", "\xff",
       "\xc0\x80", "\xed\xa0\x80", "[[[[", "{\"a\":"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using fuzz::require;
  const std::string_view text = fuzz::text_of(data, size);
  const auto parsed = scim::parse_json(text);
  if (const auto* failure = std::get_if<scim::JsonFailure>(&parsed)) {
    require(!failure->message.empty() && failure->offset <= size, "a refusal has a reason and a place");
    return 0;
  }
  const scim::Json& value = std::get<scim::Json>(parsed);
  require(fuzz::depth(value) <= scim::JsonLimits{}.max_depth, "the depth limit holds");
  const std::string written = scim::write_json(value);
  const auto again = scim::parse_json(written, {written.size(), 64});
  require(std::holds_alternative<scim::Json>(again), "what was written can be read");
  require(std::get<scim::Json>(again) == value, "and is the same value");
  require(scim::write_json(std::get<scim::Json>(again)) == written, "and is written the same");
  return 0;
}
