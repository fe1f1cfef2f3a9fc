// Recursive descent over filter tokens, shared by parse_filter and parse_patch_path. Private to them.
#pragma once

#include "scim/filter.h"
#include "scim/filter_lexer.h"

namespace rosterd::scim {

class FilterParser {
 public:
  FilterParser(const Catalogue& catalogue, std::string_view text, const FilterLimits& limits)
      : catalogue_(catalogue), lexer_(text), limits_(limits) {}

  Result<Filter> parse_all();
  // The inside of `[…]`, from after the opening to after the closing bracket.
  Result<Filter> parse_brackets();
  FilterLexer& lexer() { return lexer_; }
  Error refuse(std::string_view why) const;

 private:
  Result<Filter> parse_or();
  Result<Filter> parse_and();
  Result<Filter> parse_term();
  Result<Filter> parse_group();
  Result<Filter> parse_attribute_term();
  Result<Filter> parse_element_match(AttributePath path);
  // What follows an attribute path: `pr`, or an operator and a value.
  Result<Filter> parse_test(AttributePath path);
  Result<Json> parse_value();
  bool at_word(std::string_view keyword) const;

  const Catalogue& catalogue_;
  FilterLexer lexer_;
  const FilterLimits limits_;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
  bool inside_brackets_ = false;
};

}  // namespace rosterd::scim
