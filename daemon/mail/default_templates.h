// The built-in mail templates. They show every placeholder that a kind knows.
#pragma once

#include <array>

namespace rosterd::mail {

struct DefaultTemplate {
  const char* kind;
  bool needs_link;
  const char* subject;
  const char* text;
  const char* html;
};

inline constexpr std::array kDefaultTemplates = {
    DefaultTemplate{"invitation", true, "Your invitation to {{organisation}}\n",
                    R"(Hello{{#name}} {{name}}{{/name}},

you have been invited to join {{organisation}}.
{{#has_projects}}

You will have access to:
{{#projects}}
  - {{.}}
{{/projects}}
{{/has_projects}}

Open this link to choose a password and join:

{{link}}

The link is personal, works once and ends on {{expires}}.
Your sign-in name is {{user_name}}.

If you did not expect this mail, you can ignore it.
)",
                    R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Invitation</title></head>
<body style="font-family: sans-serif; line-height: 1.5; color: #222">
<p>Hello{{#name}} {{name}}{{/name}},</p>
<p>you have been invited to join <strong>{{organisation}}</strong>.</p>
{{#has_projects}}
<p>You will have access to:</p>
<ul>
{{#projects}}
<li>{{.}}</li>
{{/projects}}
</ul>
{{/has_projects}}
<p><a href="{{link}}">Choose a password and join</a></p>
<p>If the button does not work, copy this address into your browser:<br>{{link}}</p>
<p>The link is personal, works once and ends on {{expires}}. Your sign-in name is {{user_name}}.</p>
<p style="color: #666">If you did not expect this mail, you can ignore it.</p>
</body>
</html>
)"},
    DefaultTemplate{"hold", false, "{{source}}: removals wait for your decision (hold {{hold}})\n",
                    R"(Hello{{#name}} {{name}}{{/name}},

{{source}} asks for more removals than it may carry out on its own:

  {{reason}}

Nobody has lost access by what waits now: {{waiting}}.

Look at them by name, then decide on the server:

  rosterd holds show {{hold}}
  rosterd holds release {{hold}}   carries out exactly what is shown
  rosterd holds discard {{hold}}   keeps them all

Additions and other changes go on meanwhile. This is the only mail about hold {{hold}}.
)",
                    R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Removals wait</title></head>
<body style="font-family: sans-serif; line-height: 1.5; color: #222">
<p>Hello{{#name}} {{name}}{{/name}},</p>
<p><strong>{{source}}</strong> asks for more removals than it may carry out on its own:<br>{{reason}}</p>
<p>Nobody has lost access by what waits now: <strong>{{waiting}}</strong>.</p>
<p>Look at them by name, then decide on the server:</p>
<pre>rosterd holds show {{hold}}
rosterd holds release {{hold}}   carries out exactly what is shown
rosterd holds discard {{hold}}   keeps them all</pre>
<p>Additions and other changes go on meanwhile. This is the only mail about hold {{hold}}.</p>
</body>
</html>
)"},
    DefaultTemplate{"test", false, "Test mail from {{organisation}}\n",
                    R"(This is a test mail of rosterd for {{organisation}}, sent to {{email}}.

It arrived, so invitations will arrive as well.
)",
                    R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Test mail</title></head>
<body style="font-family: sans-serif; line-height: 1.5; color: #222">
<p>This is a test mail of rosterd for <strong>{{organisation}}</strong>, sent to {{email}}.</p>
<p>It arrived, so invitations will arrive as well.</p>
</body>
</html>
)"}};

}  // namespace rosterd::mail
