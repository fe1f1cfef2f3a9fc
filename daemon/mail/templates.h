// Editable mail templates (Mustache). Built-in ones serve until a file of the same name in the configured directory
// replaces them. HTML files escape in {{ }} and must not switch that off; text and subject are plain text, unescaped by
// design and safe because every value is one line. Immutable after load, hence thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rosterd::mail {

// A template refused at load; what() is a sentence that begins with the file's path.
class TemplateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a template may show. Hostile values are harmless: names pass display_name, the rest one_line.
struct MailValues {
  std::string name;                   // {{name}}, a section: absent when empty
  std::string email;                  // {{email}}
  std::string user_name;              // {{user_name}}
  std::string organisation;           // {{organisation}}, as configured
  std::string link;                   // {{link}}
  std::string expires;                // {{expires}}, a readable date
  std::string source = {};            // {{source}}: of a hold, "scim:entra"
  std::string hold = {};              // {{hold}}: its number
  std::string waiting = {};           // {{waiting}}: "50 people to deactivate, 1 group to end"
  std::string reason = {};            // {{reason}}: which limit was reached
  std::vector<std::string> projects;  // {{#has_projects}} {{#projects}}{{.}}{{/projects}} {{/has_projects}}
};

struct RenderedMail {
  std::string subject;  // one line
  std::string text;
  std::string html;
};

class Templates {
 public:
  // The built-in templates, with those files of `directory` over them. Files: KIND.subject, KIND.txt, KIND.html for
  // KIND in kinds(); at most 64 KiB each, UTF-8. Throws TemplateError on an unreadable file, a parse error, an unknown
  // placeholder, a kind that must carry a link and does not, or unescaped values in HTML.
  static Templates load(const std::optional<std::filesystem::path>& directory = std::nullopt);

  static std::vector<std::string> kinds();  // "invitation", "hold", "test"
  bool has(std::string_view kind) const;

  // Throws std::invalid_argument for an unknown kind and std::runtime_error when the result is above 256 KiB.
  RenderedMail render(std::string_view kind, const MailValues& values) const;

 private:
  std::map<std::string, RenderedMail, std::less<>> sources_;
};

}  // namespace rosterd::mail
