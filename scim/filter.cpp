#include "scim/filter.h"

#include <array>
#include <optional>

#include "scim/filter_parser.h"
#include "scim/path.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

using Kind = Token::Kind;

constexpr std::array<std::string_view, 9> kOperators = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"};

std::optional<Compare> to_compare(std::string_view word) {
  for (std::size_t i = 0; i < kOperators.size(); ++i) {
    if (iequals(word, kOperators[i])) return static_cast<Compare>(i);
  }
  return std::nullopt;
}

std::shared_ptr<const Filter> share(Filter filter) {
  return std::make_shared<const Filter>(std::move(filter));
}

// Counts one level of nesting for the time of its life.
class Level {
 public:
  explicit Level(std::size_t& depth) : depth_(depth) { ++depth_; }
  ~Level() { --depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  std::size_t& depth_;
};

}  // namespace

Error FilterParser::refuse(std::string_view why) const {
  return Error::invalid_filter("filter: " + std::string(why) + ", at character " + std::to_string(lexer_.offset() + 1));
}

bool FilterParser::at_word(std::string_view keyword) const {
  return lexer_.peek().kind == Kind::word && iequals(lexer_.peek().text, keyword);
}

Result<Filter> FilterParser::parse_all() {
  Result<Filter> filter = parse_or();
  if (filter && !lexer_.at_end()) return refuse("unexpected text after the end");
  return filter;
}

Result<Filter> FilterParser::parse_brackets() {
  if (inside_brackets_) return refuse("a value filter cannot contain another one");
  if (depth_ >= limits_.max_depth) return refuse("nested too deeply");
  Level level(depth_);
  inside_brackets_ = true;
  Result<Filter> filter = parse_or();
  inside_brackets_ = false;
  if (!filter) return filter;
  if (lexer_.peek().kind != Kind::close_bracket) return refuse("expected ]");
  lexer_.take();
  return filter;
}

Result<Filter> FilterParser::parse_or() {
  Result<Filter> first = parse_and();
  if (!first || !at_word("or")) return first;
  Or any;
  any.terms.push_back(std::move(*first));
  while (at_word("or")) {
    lexer_.take();
    Result<Filter> next = parse_and();
    if (!next) return next;
    any.terms.push_back(std::move(*next));
  }
  return Filter{std::move(any)};
}

Result<Filter> FilterParser::parse_and() {
  Result<Filter> first = parse_term();
  if (!first || !at_word("and")) return first;
  And all;
  all.terms.push_back(std::move(*first));
  while (at_word("and")) {
    lexer_.take();
    Result<Filter> next = parse_term();
    if (!next) return next;
    all.terms.push_back(std::move(*next));
  }
  return Filter{std::move(all)};
}

Result<Filter> FilterParser::parse_term() {
  if (lexer_.peek().kind == Kind::open) return parse_group();
  if (at_word("not")) {
    lexer_.take();
    if (lexer_.peek().kind != Kind::open) return refuse("expected ( after not");
    Result<Filter> inner = parse_group();
    if (!inner) return inner;
    return Filter{Not{share(std::move(*inner))}};
  }
  return parse_attribute_term();
}

Result<Filter> FilterParser::parse_group() {
  if (depth_ >= limits_.max_depth) return refuse("nested too deeply");
  Level level(depth_);
  lexer_.take();
  Result<Filter> inner = parse_or();
  if (!inner) return inner;
  if (lexer_.peek().kind != Kind::close) return refuse("expected )");
  lexer_.take();
  return inner;
}

Result<Filter> FilterParser::parse_attribute_term() {
  if (++terms_ > limits_.max_terms) {
    return refuse("more than " + std::to_string(limits_.max_terms) + " comparisons");
  }
  if (lexer_.peek().kind != Kind::word) return refuse("expected an attribute name");
  std::optional<AttributePath> path = parse_attribute_path(catalogue_, lexer_.peek().text);
  if (!path || path->name.empty()) return refuse("expected an attribute name");
  lexer_.take();
  if (lexer_.peek().kind == Kind::open_bracket) return parse_element_match(std::move(*path));
  return parse_test(std::move(*path));
}

Result<Filter> FilterParser::parse_element_match(AttributePath path) {
  if (!path.sub.empty()) return refuse("a value filter follows an attribute, not a sub-attribute");
  lexer_.take();
  Result<Filter> where = parse_brackets();
  if (!where) return where;
  const Token& next = lexer_.peek();
  if (next.kind == Kind::word && lexer_.glued() && next.text.starts_with('.')) {
    std::optional<AttributePath> sub = parse_attribute_path(catalogue_, next.text.substr(1));
    if (!sub || !sub->schema.empty() || !sub->sub.empty()) return refuse("expected a sub-attribute after ].");
    lexer_.take();
    Result<Filter> test = parse_test(std::move(*sub));
    if (!test) return test;
    And both;
    both.terms.push_back(std::move(*where));
    both.terms.push_back(std::move(*test));
    return Filter{ElementMatch{std::move(path), share(Filter{std::move(both)})}};
  }
  return Filter{ElementMatch{std::move(path), share(std::move(*where))}};
}

Result<Filter> FilterParser::parse_test(AttributePath path) {
  if (at_word("pr")) {
    lexer_.take();
    return Filter{Present{std::move(path)}};
  }
  std::optional<Compare> op;
  if (lexer_.peek().kind == Kind::word) op = to_compare(lexer_.peek().text);
  if (!op) {
    const std::string found = lexer_.peek().kind == Kind::word ? ", not " + excerpt(lexer_.peek().text) : "";
    return refuse("expected one of eq ne co sw ew gt ge lt le pr" + found);
  }
  lexer_.take();
  Result<Json> value = parse_value();
  if (!value) return value.error();
  return Filter{Comparison{std::move(path), *op, std::move(*value)}};
}

Result<Json> FilterParser::parse_value() {
  if (lexer_.peek().kind == Kind::literal) return lexer_.take().literal;
  if (lexer_.peek().kind == Kind::broken) return refuse("a string that does not end or is no valid JSON string");
  if (lexer_.peek().kind != Kind::word) return refuse("expected a value");
  const std::string_view word = lexer_.peek().text;
  auto parsed = parse_json(word);
  Json* literal = std::get_if<Json>(&parsed);
  if (literal != nullptr && literal->array() == nullptr && literal->object() == nullptr) {
    Json value = std::move(*literal);
    lexer_.take();
    return value;
  }
  // 'text' would be a word that nobody's value begins with: nobody found, in silence.
  if (!limits_.lenient || word.starts_with('\''))
    return refuse("a value must be a JSON string, number, boolean or null");
  Json value(word);
  lexer_.take();
  return value;
}

Result<Filter> parse_filter(const Catalogue& catalogue, std::string_view text, const FilterLimits& limits) {
  if (text.size() > limits.max_bytes) return Error::invalid_filter("filter: the text is too long");
  FilterParser parser(catalogue, text, limits);
  if (parser.lexer().at_end()) return Error::invalid_filter("filter: the text is empty");
  return parser.parse_all();
}

std::string_view to_string(Compare op) {
  return kOperators[static_cast<std::size_t>(op)];
}

namespace {

std::string join(const std::vector<Filter>& terms, std::string_view between) {
  std::string out;
  for (const Filter& term : terms) {
    if (!out.empty()) out += between;
    const bool nested = std::holds_alternative<And>(term.node) || std::holds_alternative<Or>(term.node);
    out += nested ? "(" + to_string(term) + ")" : to_string(term);
  }
  return out;
}

struct Printer {
  std::string operator()(const And& all) const { return join(all.terms, " and "); }
  std::string operator()(const Or& any) const { return join(any.terms, " or "); }
  std::string operator()(const Not& negated) const { return "not (" + to_string(*negated.term) + ")"; }
  std::string operator()(const Comparison& test) const {
    return to_string(test.path) + " " + std::string(to_string(test.op)) + " " + write_json(test.value);
  }
  std::string operator()(const Present& test) const { return to_string(test.path) + " pr"; }
  std::string operator()(const ElementMatch& match) const {
    return to_string(match.path) + "[" + to_string(*match.where) + "]";
  }
};

}  // namespace

std::string to_string(const Filter& filter) {
  return std::visit(Printer{}, filter.node);
}

}  // namespace rosterd::scim
