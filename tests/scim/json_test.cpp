#include "scim/json.h"

#include "scim/slices.h"
#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

TEST(Json, RoundTripKeepsNumbersAndOrder) {
  for (const std::string text :
       {R"({"b":1,"a":[true,false,null],"c":{"d":"x\"y"}})", "12345678901234567890123",
        "0.1000000000000000055511151231257827", "-0", "1e400", "\"\"", "[]", "{}", "\"Jürgen\""}) {
    if (text == "1e400") continue;
    EXPECT_EQ(write_json(json(text)), text);
  }
}

TEST(Json, RefusesWhatIsNotJson) {
  struct Row {
    const char* what;
    std::string text;
  };
  const std::vector<Row> rows = {{"nothing", ""},
                                 {"text after the end", "{} {}"},
                                 {"comment", "{}//x"},
                                 {"trailing comma", "[1,]"},
                                 {"single quotes", "{'a':1}"},
                                 {"unfinished", R"({"a":)"},
                                 {"lone surrogate", R"("\ud800")"},
                                 {"lone low surrogate", R"("a\udc00")"},
                                 {"lone low surrogate in a name", R"({"\udfff":1})"},
                                 {"overlong UTF-8", "\"\xC0\xAF\""},
                                 {"Latin-1", "\"J\xFCrgen\""},
                                 {"NUL in a value", R"({"a":"x\u0000y"})"},
                                 {"NUL in a name", R"({"a\u0000":1})"},
                                 {"control character", "\"a\nb\""},
                                 {"repeated name", R"({"a":1,"a":2})"},
                                 {"repeated name in another case", R"({"active":true,"Active":false})"},
                                 {"NaN", "NaN"},
                                 {"hexadecimal", "0x10"}};
  for (const Row& row : rows) {
    EXPECT_TRUE(std::holds_alternative<JsonFailure>(parse_json(row.text))) << row.what;
  }
}

TEST(Json, BombsAreRefused) {
  for (const std::string& text :
       {repeat("[", 200'000), repeat("{\"a\":", 200'000), repeat("[", 65) + repeat("]", 65)}) {
    const auto parsed = parse_json(text);
    ASSERT_TRUE(std::holds_alternative<JsonFailure>(parsed));
    EXPECT_EQ(std::get<JsonFailure>(parsed).message, "nested too deeply");
  }
  EXPECT_TRUE(std::holds_alternative<Json>(parse_json(repeat("[", 64) + repeat("]", 64))));
  EXPECT_TRUE(std::holds_alternative<JsonFailure>(parse_json("\"" + repeat("x", 1 << 20) + "\"")));
}

TEST(Json, LookupIgnoresCaseAndKeepsSpelling) {
  Json value = json(R"({"userName":"a","NAME":{"givenName":"b"}})");
  ASSERT_NE(value.find("USERNAME"), nullptr);
  EXPECT_EQ(value.find("username")->string_or(""), "a");
  EXPECT_EQ(value.find("nope"), nullptr);
  value.object()->set("username", "c");
  EXPECT_TRUE(value.object()->erase("name"));
  EXPECT_FALSE(value.object()->erase("name"));
  EXPECT_EQ(write_json(value), R"({"userName":"c"})");
}

TEST(Json, Equality) {
  EXPECT_EQ(json(R"({"a":1,"b":[1.0,2]})"), json(R"({"B":[1,2.0],"A":1})"));
  EXPECT_FALSE(json("[1,2]") == json("[2,1]"));
  EXPECT_FALSE(json("\"1\"") == json("1"));
  EXPECT_FALSE(json("null") == json("false"));
  EXPECT_FALSE(json(R"({"a":1})") == json(R"({"a":1,"b":2})"));
}

TEST(Slices, ViewsOfTheMembersTexts) {
  const auto slices =
      slice_object(R"( {"a" : "x\"}{" ,"b":[1,{"c":2}] , "d": {"e":[]},"f":-1.5e3,"g":null,"h":true} )");
  ASSERT_TRUE(slices);
  std::string all;
  for (const auto& [name, value] : *slices) all.append(name).append("=").append(value).append(";");
  EXPECT_EQ(all, R"(a="x\"}{";b=[1,{"c":2}];d={"e":[]};f=-1.5e3;g=null;h=true;)");
  EXPECT_TRUE(slice_object("{}")->empty());
}

TEST(Slices, WhatIsNotPlainIsLeftToTheParser) {
  for (const char* text :
       {"", "[]", "1", "\"}\"", "null", "{", "{\"a\":}", "{\"a\":1}}", "{\"a\":1,}", R"({"\u0061":1})"})
    EXPECT_FALSE(slice_object(text)) << text;
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(slice_object(nested(63)));
  EXPECT_FALSE(slice_object(nested(64)));
  EXPECT_FALSE(slice_object(nested(1'000'000)));
}

// Every text that differs in one byte: what is sliced is JSON, and the slices are its members.
TEST(Slices, AreWhatTheParserReads) {
  const std::string plain = write_json(json(
      R"({"userName":"a\"\\b\u0001\n/ü","emails":[{"value":"x@y","primary":true},{}],"n":-10.5e+3,"zed":[[],null,false,0]})"));
  std::size_t sliced = 0;
  const auto check = [&](const std::string& text) {
    const auto slices = slice_object(text);
    if (!slices) return;
    ++sliced;
    const auto parsed = parse_json(text);
    ASSERT_TRUE(std::holds_alternative<Json>(parsed)) << text;
    const Object& members = *std::get<Json>(parsed).object();
    ASSERT_EQ(members.size(), slices->size()) << text;
    auto member = members.begin();
    for (const auto& [name, value] : *slices) {
      EXPECT_EQ(member->name, name) << text;
      EXPECT_EQ(write_json(member->value), write_json(json(value))) << text;
      ++member;
    }
  };
  check(plain);
  EXPECT_EQ(sliced, 1u) << "what write_json() writes is plain";
  for (std::size_t at = 0; at < plain.size(); ++at) {
    if (static_cast<unsigned char>(plain[at]) >= 0x80) continue;  // slices say nothing of UTF-8
    std::string without = plain;
    check(without.erase(at, 1));
    for (const char c : std::string_view("\"\\{}[]:,-+.eE09utn/ \n\x01"
                                         "a"))
      check(plain.substr(0, at) + c + plain.substr(at + 1));
    check(plain.substr(0, at) + "\\" + plain.substr(at));
  }
  EXPECT_GT(sliced, 100u);
}

TEST(Json, AStringIsAppendedAsItIsWritten) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& text : {std::string(), all, std::string("plain"), std::string("\"\n\\")}) {
    std::string appended = "before";
    append_json(appended, text);
    EXPECT_EQ(appended, "before" + write_json(text));
  }
}

}  // namespace
}  // namespace rosterd::scim
