// The page behind an invitation's link. Mail scanners open links: GET shows a form and changes nothing, only POST
// joins.
#include "daemon/api/handlers.h"
#include "daemon/api/pages.h"
#include "daemon/api/password_policy.h"
#include "daemon/api/reply.h"
#include "store/invitations.h"
#include "store/sources.h"

namespace rosterd::api {
namespace {

http::Response gone() {
  return html_reply(404,
                    message_page("This link does not work any more",
                                 "It was used, replaced by a newer one, or is too old. Ask for a new invitation."));
}

std::optional<store::User> invited(const Context& context, const std::string& token) {
  return context.store.read([&](const store::View& view) -> std::optional<store::User> {
    const auto invitation = store::find_invitation(view, token);
    if (!invitation) return {};
    return store::find_user(view, invitation->user);
  });
}

http::Response form(const Context& context, const store::User& user, int status, std::string problem) {
  return html_reply(status, invitation_page({user.display_name, user.user_name, std::move(problem),
                                             context.config()->authentication.min_length}));
}

std::string value_of(const http::Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

http::Response style(const Context&, const http::Request&, const Captured&) {
  return {200, {{"Content-Type", "text/css; charset=utf-8"}, {"Cache-Control", "max-age=3600"}}, style_sheet()};
}

http::Response invitation_form(const Context& context, const http::Request&, const Captured& captured) {
  const auto user = invited(context, captured.front());
  return user ? form(context, *user, 200, {}) : gone();
}

http::Response invitation_accept(const Context& context, const http::Request& request, const Captured& captured) {
  const auto user = invited(context, captured.front());
  if (!user) return gone();
  const auto parameters = request.body.size() <= 16 * 1024 ? http::parse_query(request.body) : std::nullopt;
  if (!parameters) return form(context, *user, 400, "The form did not arrive whole. Please try again.");
  const auto password = value_of(*parameters, "password");
  if (password != value_of(*parameters, "again")) return form(context, *user, 422, "The two passwords differ.");
  auto problem = password_problem(password, context.config()->authentication.min_length,
                                  {user->user_name, user->email, user->display_name});
  if (!problem.empty()) return form(context, *user, 422, std::move(problem));
  const auto hash = context.hasher.hash(password);
  if (!hash) {
    auto busy = form(context, *user, 429, "Too many people join at this moment. Please try again.");
    busy.headers.push_back({"Retry-After", "1"});
    return busy;
  }
  const auto joined = context.store.write({store::kLocal, "invitation", request.id}, [&](store::Unit& unit) {
    return store::accept_invitation(unit, captured.front(), *hash);
  });
  if (!joined) return gone();
  return html_reply(200, message_page("You have joined", "Your password is set. You can sign in now."));
}

}  // namespace rosterd::api
