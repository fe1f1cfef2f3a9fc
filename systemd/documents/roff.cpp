#include "systemd/documents/roff.h"

namespace rosterd::documents {

std::string escaped(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c;
    }
  }
  return out;
}

Page::Page(std::string_view name, int section, std::string_view date, std::string_view manual) {
  out_ = ".\\\" Written while building from the tables of commands and options.\n.TH " + std::string{name} + " " +
         std::to_string(section) + " " + std::string{date} + " \"rosterd " ROSTERD_VERSION "\" \"" +
         std::string{manual} + "\"\n";
}

Page& Page::chapter(std::string_view title) {
  out_ += ".SH " + escaped(title) + "\n";
  return *this;
}

Page& Page::part(std::string_view title) {
  out_ += ".SS " + escaped(title) + "\n";
  return *this;
}

Page& Page::text(std::string_view text) {
  out_ += escaped(text) + "\n";
  return *this;
}

Page& Page::more(std::string_view text) {
  out_ += ".IP\n" + escaped(text) + "\n";
  return *this;
}

Page& Page::item(std::string_view term) {
  out_ += ".TP\n\\fB" + escaped(term) + "\\fR\n";
  return *this;
}

Page& Page::example(std::string_view text) {
  out_ += ".PP\n.nf\n" + escaped(text) + "\n.fi\n";
  return *this;
}

Page& Page::raw(std::string_view macros) {
  out_ += macros;
  return *this;
}

}  // namespace rosterd::documents
