#include "daemon/mail/templates.h"

#include <algorithm>
#include <fstream>
#include <kainjow/mustache.hpp>
#include <set>

#include "daemon/mail/address.h"
#include "daemon/mail/default_templates.h"
#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

namespace mustache = kainjow::mustache;
using Data = mustache::data;

constexpr std::size_t kMaxFile = 64 * 1024;
constexpr std::size_t kMaxRendered = 256 * 1024;
constexpr std::size_t kMaxSections = 64;
constexpr std::size_t kMaxProjectsShown = 100;
constexpr std::size_t kMaxValue = 2048;

enum class Format { subject, text, html };

// Remembers names that the data does not know; Mustache itself renders a misspelt name as nothing.
class StrictContext final : public mustache::basic_context<std::string> {
 public:
  explicit StrictContext(const Data& data) : inner_(&data) {}
  void push(const Data* data) override { inner_.push(data); }
  void pop() override { inner_.pop(); }
  const Data* get(const std::string& name) const override {
    const Data* found = inner_.get(name);
    if (!found) unknown_.insert(name);
    return found;
  }
  const Data* get_partial(const std::string& name) const override {
    unknown_.insert("> " + name);
    return nullptr;
  }
  const std::set<std::string>& unknown() const { return unknown_; }

 private:
  mustache::context<std::string> inner_;
  mutable std::set<std::string> unknown_;
};

Data optional_text(const std::string& value) {
  return value.empty() ? Data(false) : Data(value);
}

Data data_for(const MailValues& values) {
  Data projects{Data::type::list};
  for (const std::string& project : values.projects) {
    if (projects.list_value().size() == kMaxProjectsShown) break;
    projects << Data(one_line(project, 200));
  }
  Data data;
  data.set("name", optional_text(display_name(values.name)));
  data.set("email", Data(one_line(values.email, 320)));
  data.set("user_name", Data(one_line(values.user_name, 320)));
  data.set("organisation", Data(one_line(values.organisation, 200)));
  data.set("link", Data(one_line(values.link, kMaxValue)));
  data.set("expires", Data(one_line(values.expires, 100)));
  data.set("source", Data(one_line(values.source, 200)));
  data.set("hold", Data(one_line(values.hold, 20)));
  data.set("waiting", Data(one_line(values.waiting, 500)));
  data.set("reason", Data(one_line(values.reason, 1000)));
  data.set("has_projects", Data(!values.projects.empty()));
  data.set("projects", projects);
  return data;
}

// Renders into `out`; returns the names that `data` does not know. Throws std::runtime_error on a template error.
std::set<std::string> render_into(std::string& out, const std::string& source, Format format, const Data& data) {
  mustache::mustache parsed(source);
  if (!parsed.is_valid()) throw std::runtime_error(parsed.error_message());
  if (format != Format::html) parsed.set_custom_escape([](const std::string& text) { return text; });
  StrictContext context(data);
  out = parsed.render(context);
  if (out.size() > kMaxRendered) throw std::runtime_error("the mail is above 256 KiB");
  return context.unknown();
}

MailValues probe(bool full) {
  MailValues values{.name = "N<\"&'>",
                    .email = "E<\"&'>",
                    .user_name = "U<\"&'>",
                    .organisation = "O<\"&'>",
                    .link = "L<\"&'>",
                    .expires = "X<\"&'>",
                    .source = "S<\"&'>",
                    .hold = "H<\"&'>",
                    .waiting = "W<\"&'>",
                    .reason = "R<\"&'>",
                    .projects = {"P<\"&'>"}};
  if (!full) {
    values.name.clear();
    values.projects.clear();
  }
  return values;
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

// Returns what is wrong with a template, or nothing.
std::string fault_of(const std::string& source, Format format, bool needs_link) {
  if (!is_utf8(source)) return "it is not UTF-8";
  if (source.find('\0') != source.npos) return "it contains a NUL byte";
  if (source.find("{{=") != source.npos) return "changed delimiters are not allowed";
  // Mustache recurses into sections; so deep a template is none.
  if (count_of(source, "{{#") + count_of(source, "{{^") > kMaxSections) return "it has more than 64 sections";
  for (const bool full : {true, false}) {
    std::string out;
    std::set<std::string> unknown;
    try {
      unknown = render_into(out, source, format, data_for(probe(full)));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    if (!unknown.empty()) return "unknown placeholder {{" + *unknown.begin() + "}}";
    if (format == Format::html && out.find("<\"&'>") != out.npos)
      return "values must be escaped in HTML: use {{ }}, not {{{ }}} or {{& }}";
    if (needs_link && format != Format::subject && out.find("L<") == out.npos && out.find("L&lt;") == out.npos)
      return "the placeholder {{link}} is missing, or stands in a section that is not always shown";
    if (needs_link && format == Format::subject && out.find("L<") != out.npos)
      return "{{link}} must not stand in the subject";
    if (one_line(out, 10).empty()) return "it renders to nothing";
  }
  return "";
}

// The file's text, or nothing when there is no such file.
std::optional<std::string> read_template(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  if (error || status.type() != std::filesystem::file_type::regular)
    throw TemplateError(path.string() + ": not a readable file");
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) throw TemplateError(path.string() + ": cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFile) throw TemplateError(path.string() + ": above 64 KiB");
  return text;
}

struct Piece {
  const char* suffix;
  Format format;
  std::string RenderedMail::*member;
};
constexpr Piece kPieces[] = {{".subject", Format::subject, &RenderedMail::subject},
                             {".txt", Format::text, &RenderedMail::text},
                             {".html", Format::html, &RenderedMail::html}};

}  // namespace

Templates Templates::load(const std::optional<std::filesystem::path>& directory) {
  Templates templates;
  if (directory && !std::filesystem::is_directory(*directory))
    throw TemplateError(directory->string() + ": not a directory");
  for (const DefaultTemplate& builtin : kDefaultTemplates) {
    RenderedMail& source = templates.sources_[builtin.kind];
    source = {builtin.subject, builtin.text, builtin.html};
    for (const Piece& piece : kPieces) {
      const std::string file = std::string(builtin.kind) + piece.suffix;
      const std::filesystem::path path = directory ? *directory / file : std::filesystem::path("built-in " + file);
      if (directory)
        if (std::optional<std::string> text = read_template(path)) source.*piece.member = std::move(*text);
      if (std::string fault = fault_of(source.*piece.member, piece.format, builtin.needs_link); !fault.empty())
        throw TemplateError(path.string() + ": " + fault);
    }
  }
  return templates;
}

std::vector<std::string> Templates::kinds() {
  std::vector<std::string> kinds;
  for (const DefaultTemplate& builtin : kDefaultTemplates) kinds.emplace_back(builtin.kind);
  return kinds;
}

bool Templates::has(std::string_view kind) const {
  return sources_.find(kind) != sources_.end();
}

RenderedMail Templates::render(std::string_view kind, const MailValues& values) const {
  const auto found = sources_.find(kind);
  if (found == sources_.end()) throw std::invalid_argument("there is no mail template of this kind");
  const Data data = data_for(values);
  RenderedMail mail;
  for (const Piece& piece : kPieces) render_into(mail.*piece.member, found->second.*piece.member, piece.format, data);
  mail.subject = one_line(mail.subject, 200);
  return mail;
}

}  // namespace rosterd::mail
