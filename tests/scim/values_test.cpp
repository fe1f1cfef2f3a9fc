#include "scim/values.h"

#include "tests/scim/extensions.h"
#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

std::string taken(Type type, std::string_view value) {
  Notes notes;
  const auto result = coerce_simple(attribute("a", type), json(value), notes, {});
  return result ? write_json(*result) + (notes.list().empty() ? "" : " noted") : result.error().scim_type;
}

// shows 7643-2.3.4-1, 7643-2.3.6-1
TEST(Values, EachTypeTakesItsOwn) {
  struct Row {
    Type type;
    const char* value;
    const char* expected;
  };
  const std::vector<Row> rows = {
      {Type::string, R"("x")", R"("x")"},
      {Type::string, "7", R"("7" noted)"},
      {Type::string, "true", "invalidValue"},
      {Type::string, R"("")", "null noted"},
      {Type::boolean, "false", "false"},
      {Type::boolean, R"("TRUE")", "true noted"},
      {Type::boolean, "0", "invalidValue"},
      {Type::integer, "-7", "-7"},
      {Type::integer, R"("12")", "12 noted"},
      {Type::integer, "1.0", "invalidValue"},
      {Type::integer, "1e3", "invalidValue"},
      {Type::integer, "9223372036854775808", "invalidValue"},
      {Type::integer, R"("1 2")", "invalidValue"},
      {Type::decimal, "1.5", "1.5"},
      {Type::decimal, "10", "10"},
      {Type::decimal, R"("x")", "invalidValue"},
      {Type::date_time, R"("2026-02-28T10:00:00.5+02:00")", R"("2026-02-28T10:00:00.5+02:00")"},
      {Type::date_time, R"("2026-02-30T10:00:00Z")", "invalidValue"},
      {Type::date_time, "1", "invalidValue"},
      {Type::binary, R"("AQID")", R"("AQID")"},
      {Type::binary, R"("AQI")", R"("AQI")"},
      {Type::binary, R"("AQ=")", "invalidValue"},
      {Type::binary, R"("-_8=")", R"("-_8=")"},
      {Type::binary, R"("-/8=")", "invalidValue"},
      {Type::binary, R"("A")", "invalidValue"},
      {Type::reference, R"("../Users/1")", R"("../Users/1")"},
      {Type::reference, R"("urn:x:y")", R"("urn:x:y")"},
      {Type::reference, R"("https://x/%zz")", "invalidValue"},
      {Type::reference, R"("a b")", "invalidValue"}};
  for (const Row& row : rows) EXPECT_EQ(taken(row.type, row.value), row.expected) << row.value;
}

TEST(Values, SameByTheDefinition) {
  const Attribute text = attribute("a"), moment = attribute("b", Type::date_time);
  Attribute exact = text;
  exact.case_exact = true;
  EXPECT_TRUE(is_same_value(text, "Straße", "STRASSE"));
  EXPECT_FALSE(is_same_value(exact, "a", "A"));
  EXPECT_TRUE(is_same_value(moment, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z"));
  EXPECT_FALSE(is_same_value(moment, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:01Z"));
  EXPECT_FALSE(is_same_value(text, "1", Json(1)));
}

}  // namespace
}  // namespace rosterd::scim
