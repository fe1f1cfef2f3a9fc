#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rosterd::http {

// Collects one line that ends with CR LF, however the bytes arrive. What it concludes depends on the bytes alone,
// never on how they were cut.
class LineReader {
 public:
  enum class Result {
    more,       // all bytes were consumed, the line is not complete
    line,       // line() is complete, without its CR LF
    too_long,   // the budget is used up
    malformed,  // bare LF, bare CR, or another control character than HTAB
  };

  // Consumes from the front of `bytes`, and takes each byte from `budget`.
  Result feed(std::string_view& bytes, std::size_t& budget);
  std::string_view line() const { return {text_.data(), text_.size() - 2}; }
  void next() { text_.clear(); }

 private:
  std::string text_;
};

}  // namespace rosterd::http
