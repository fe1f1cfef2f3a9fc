#include "scim/filter_lexer.h"

#include "store/fold.h"

namespace rosterd::scim {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kEndsWord = " \t\r\n()[]\"";

// What JSON allows in a string, since a word may stand for one.
bool is_clean(std::string_view word) {
  return word.find('\0') == std::string_view::npos && store::is_utf8(word);
}

}  // namespace

Token FilterLexer::take() {
  Token taken = std::move(token_);
  advance();
  return taken;
}

void FilterLexer::advance() {
  token_ = Token{};
  const std::size_t before = position_;
  position_ = text_.find_first_not_of(kSpace, position_);
  if (position_ == std::string_view::npos) position_ = text_.size();
  glued_ = position_ == before;
  start_ = position_;
  if (position_ == text_.size()) return;
  switch (text_[position_]) {
    case '(':
      token_.kind = Token::Kind::open;
      break;
    case ')':
      token_.kind = Token::Kind::close;
      break;
    case '[':
      token_.kind = Token::Kind::open_bracket;
      break;
    case ']':
      token_.kind = Token::Kind::close_bracket;
      break;
    case '"':
      return read_string();
    default: {
      const std::size_t end = std::min(text_.find_first_of(kEndsWord, position_), text_.size());
      token_.text = text_.substr(position_, end - position_);
      token_.kind = is_clean(token_.text) ? Token::Kind::word : Token::Kind::broken;
      position_ = end;
      return;
    }
  }
  ++position_;
}

void FilterLexer::read_string() {
  std::size_t end = position_ + 1;
  while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
  token_.kind = Token::Kind::broken;
  if (end >= text_.size()) {
    position_ = text_.size();
    return;
  }
  auto parsed = parse_json(text_.substr(position_, end + 1 - position_));
  position_ = end + 1;
  if (Json* literal = std::get_if<Json>(&parsed)) {
    token_.kind = Token::Kind::literal;
    token_.literal = std::move(*literal);
  }
}

}  // namespace rosterd::scim
