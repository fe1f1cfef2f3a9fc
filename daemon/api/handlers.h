// The functions behind the table of routes.
#pragma once

#include "daemon/api/routes.h"

namespace rosterd::api {

using Captured = std::vector<std::string>;

http::Response healthz(const Context&, const http::Request&, const Captured&);
http::Response readyz(const Context&, const http::Request&, const Captured&);
http::Response metrics(const Context&, const http::Request&, const Captured&);
http::Response scim_door(const Context&, const http::Request&, const Captured&);
http::Response authenticate(const Context&, const http::Request&, const Captured&);
http::Response session_show(const Context&, const http::Request&, const Captured&);
http::Response session_end(const Context&, const http::Request&, const Captured&);
http::Response invitation_form(const Context&, const http::Request&, const Captured&);
http::Response invitation_accept(const Context&, const http::Request&, const Captured&);
http::Response style(const Context&, const http::Request&, const Captured&);
http::Response control_command(const Context&, const http::Request&, const Captured&);
http::Response control_status(const Context&, const http::Request&, const Captured&);

}  // namespace rosterd::api
