// Cuts filter text into tokens. Private to the filter and path parsers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scim/json.h"

namespace rosterd::scim {

struct Token {
  enum class Kind { end, word, literal, open, close, open_bracket, close_bracket, broken };
  Kind kind = Kind::end;
  std::string_view text;  // word: as it stands in the input
  Json literal;           // literal: a quoted string
};

class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) { advance(); }

  const Token& peek() const { return token_; }
  Token take();
  std::size_t offset() const { return start_; }
  bool at_end() const { return token_.kind == Token::Kind::end; }
  // Whether the current token follows the one before it without a space, as `.value` does in `emails[…].value`.
  bool glued() const { return glued_; }

 private:
  void advance();
  void read_string();

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t start_ = 0;
  bool glued_ = false;
  Token token_;
};

}  // namespace rosterd::scim
