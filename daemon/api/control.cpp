// The control socket: the commands of the binary, run by the daemon that holds the store. Who calls is known from the
// kernel.
#include <pwd.h>
#include <unistd.h>

#include "daemon/api/handlers.h"
#include "daemon/api/reply.h"
#include "daemon/commands/command.h"
#include "store/sources.h"

namespace rosterd::api {
namespace {

std::string caller_name(const http::Peer& peer) {
  struct passwd entry {};
  struct passwd* found = nullptr;
  char buffer[4096];
  const uid_t uid = peer.uid.value_or(static_cast<uid_t>(-1));
  if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found) return std::string("cli:") + found->pw_name;
  return "cli:" + std::to_string(uid);
}

}  // namespace

http::Response control_command(const Context& context, const http::Request& request, const Captured&) {
  auto body = json_body(request);
  if (auto* response = std::get_if<http::Response>(&body)) return std::move(*response);
  const auto& object = std::get<scim::Object>(body);
  const auto* name = object.find("command");
  const auto* command = name && name->string() ? commands::find(*name->string()) : nullptr;
  if (!command) return problem(404, "There is no such command");
  commands::Arguments arguments;
  if (const auto* given = object.find("arguments"); given && given->object()) {
    for (const auto& [key, value] : *given->object()) {
      if (!value.string()) return problem(400, "Arguments must be strings");
      arguments.emplace(key, *value.string());
    }
  }
  const store::Actor actor{store::kLocal, caller_name(request.peer), request.id};
  const auto result = commands::run(*command, context.services(actor), arguments);
  return json_reply(
      200, scim::make_object({{"exit", to_status(result.exit)}, {"data", result.data}, {"text", result.text}}));
}

http::Response control_status(const Context&, const http::Request&, const Captured&) {
  return json_reply(200,
                    scim::make_object({{"version", ROSTERD_VERSION}, {"pid", static_cast<std::int64_t>(getpid())}}));
}

}  // namespace rosterd::api
