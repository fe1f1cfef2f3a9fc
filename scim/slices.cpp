#include "scim/slices.h"

namespace rosterd::scim {
namespace {

constexpr int kMaxDepth = 64;

// Walks over JSON text without making values of it. Every step says whether the text is plain JSON up to there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  const char* at() const { return at_; }
  bool at_end() const { return at_ == end_; }
  char next() const { return at_ == end_ ? '\0' : *at_; }
  bool skip(char wanted) {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  void space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool string() {
    if (!skip('"')) return false;
    while (at_ != end_ && *at_ != '"') {
      if (static_cast<unsigned char>(*at_) < 0x20) return false;
      if (*at_++ == '\\' && !escaped()) return false;
    }
    return skip('"');
  }

  // `depth`: how many objects and arrays it stands in.
  bool value(int depth) {
    switch (next()) {
      case '"':
        return string();
      case '{':
        return depth < kMaxDepth && list('}', [&] { return name() && value(depth + 1); });
      case '[':
        return depth < kMaxDepth && list(']', [&] { return value(depth + 1); });
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  // From the bracket that opens to the one that closes.
  template <typename Item>
  bool list(char close, Item item) {
    ++at_;
    space();
    if (skip(close)) return true;
    do {
      space();
      if (!item()) return false;
      space();
    } while (skip(','));
    return skip(close);
  }

  bool name() {
    if (!string()) return false;
    space();
    if (!skip(':')) return false;
    space();
    return true;
  }

 private:
  // Beyond \u001F a stored text has no \u: it is UTF-8.
  bool escaped() {
    const char kind = next();
    if (kind != 'u') return kind != '\0' && std::string_view("\"\\/bfnrt").find(*at_++) != std::string_view::npos;
    const std::string_view digits(at_ + 1, std::min<std::size_t>(4, static_cast<std::size_t>(end_ - at_ - 1)));
    if (digits.size() != 4 || digits == "0000" || !digits.starts_with("00") || (digits[2] != '0' && digits[2] != '1') ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
      return false;
    at_ += 5;
    return true;
  }

  bool word(std::string_view wanted) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }

  bool digits() {
    const char* begin = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != begin;
  }

  bool number() {
    skip('-');
    if (!skip('0') && !digits()) return false;
    if (skip('.') && !digits()) return false;
    if (!skip('e') && !skip('E')) return true;
    if (!skip('+')) skip('-');
    return digits();
  }

  const char* at_;
  const char* end_;
};

}  // namespace

std::optional<std::vector<Slice>> slice_object(std::string_view text) {
  Scanner in(text);
  std::vector<Slice> slices;
  slices.reserve(16);
  const auto since = [&in](const char* begin) {
    return std::string_view(begin, static_cast<std::size_t>(in.at() - begin));
  };
  const auto member = [&] {
    const char* begin = in.at();
    if (!in.string()) return false;
    const std::string_view name = since(begin).substr(1, static_cast<std::size_t>(in.at() - begin) - 2);
    if (name.find('\\') != std::string_view::npos) return false;
    in.space();
    if (!in.skip(':')) return false;
    in.space();
    begin = in.at();
    if (!in.value(1)) return false;
    slices.push_back({name, since(begin)});
    return true;
  };
  in.space();
  if (in.next() != '{' || !in.list('}', member)) return std::nullopt;
  in.space();
  if (!in.at_end()) return std::nullopt;
  return slices;
}

}  // namespace rosterd::scim
