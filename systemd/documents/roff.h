// Text in man(7) macros.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::documents {

// Any text, so that nothing in it is a request or an escape sequence.
std::string escaped(std::string_view text);

class Page {
 public:
  Page(std::string_view name, int section, std::string_view date, std::string_view manual);
  Page& chapter(std::string_view title);  // .SH
  Page& part(std::string_view title);     // .SS
  Page& text(std::string_view text);      // a paragraph, or the body of an item
  Page& more(std::string_view text);      // a further paragraph of an item
  Page& item(std::string_view term);      // .TP with the term in bold
  Page& example(std::string_view text);   // as it stands
  Page& raw(std::string_view macros);
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace rosterd::documents
