#include "daemon/api/pages.h"

#include <kainjow/mustache.hpp>

namespace rosterd::api {
namespace {

constexpr const char* kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{title}}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>{{title}}</h1>
)";

constexpr const char* kTail = R"(</main>
</body>
</html>
)";

constexpr const char* kInvitation = R"({{#problem}}<p class="problem" role="alert">{{problem}}</p>
{{/problem}}<p>You sign in as <strong>{{user_name}}</strong>. Choose a password to join.</p>
<form method="post" autocomplete="on">
<input type="hidden" name="username" value="{{user_name}}" autocomplete="username">
<label for="password">Password</label>
<input id="password" name="password" type="password" required minlength="{{min_length}}" maxlength="1024" autocomplete="new-password" autofocus>
<label for="again">The same again</label>
<input id="again" name="again" type="password" required minlength="{{min_length}}" maxlength="1024" autocomplete="new-password">
<p class="hint">At least {{min_length}} characters; several unrelated words do well.</p>
<button type="submit">Join</button>
</form>
)";

std::string render(const std::string& body, const kainjow::mustache::data& values) {
  kainjow::mustache::mustache page(kHead + body + kTail);
  return page.render(values);
}

}  // namespace

std::string invitation_page(const InvitationPage& page) {
  kainjow::mustache::data values;
  values["title"] = page.display_name.empty() ? std::string("Welcome") : "Welcome, " + page.display_name;
  values["user_name"] = page.user_name;
  values["min_length"] = std::to_string(page.min_length);
  if (page.problem.empty())
    values["problem"] = false;
  else
    values["problem"] = page.problem;
  return render(kInvitation, values);
}

std::string message_page(const std::string& title, const std::string& text) {
  kainjow::mustache::data values;
  values["title"] = title;
  values["text"] = text;
  return render("<p>{{text}}</p>\n", values);
}

const std::string& style_sheet() {
  static const std::string kStyle = R"(:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; display: grid; min-height: 100vh; place-items: center; }
main { width: min(26rem, 90vw); padding: 2rem 0; }
h1 { font-size: 1.5rem; }
label { display: block; margin-top: 1rem; }
input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; }
button { margin-top: 1rem; padding: .6rem 1.4rem; font: inherit; }
.problem { border-left: .3rem solid #b00020; padding-left: .8rem; }
.hint { opacity: .75; }
)";
  return kStyle;
}

}  // namespace rosterd::api
