#include "daemon/http/line_reader.h"

#include "daemon/http/head.h"

namespace rosterd::http {

LineReader::Result LineReader::feed(std::string_view& bytes, std::size_t& budget) {
  const std::size_t newline = bytes.find('\n');
  const std::size_t count = newline == std::string_view::npos ? bytes.size() : newline + 1;
  if (count > budget) return Result::too_long;
  budget -= count;
  text_.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  if (newline == std::string_view::npos) return Result::more;
  if (text_.size() < 2 || text_[text_.size() - 2] != '\r') return Result::malformed;
  return is_field_text(line()) ? Result::line : Result::malformed;
}

}  // namespace rosterd::http
