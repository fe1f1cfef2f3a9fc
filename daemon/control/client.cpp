#include "daemon/control/client.h"

#include <curl/curl.h>

#include <memory>

namespace rosterd::control {
namespace {

constexpr std::size_t kLongestAnswer = std::size_t{512} << 20;

std::size_t collect(char* bytes, std::size_t size, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size * count > kLongestAnswer) return 0;
  body.append(bytes, size * count);
  return size * count;
}

std::string body_of(std::string_view command, const commands::Arguments& arguments) {
  scim::Object given;
  for (const auto& [name, value] : arguments) given.set(name, value);
  return scim::write_json(scim::make_object({{"command", command}, {"arguments", std::move(given)}}));
}

std::variant<commands::Result, NotRunning, Failed> read_answer(long status, const std::string& body) {
  if (status == 403) return Failed{"only root and the daemon's own user may call the daemon; try sudo", true};
  auto parsed = scim::parse_json(body, {kLongestAnswer, 64});
  auto* answer = std::get_if<scim::Json>(&parsed);
  if (status != 200 || !answer || !answer->find("exit") || !answer->find("exit")->number()) {
    return Failed{"the daemon answered with status " + std::to_string(status)};
  }
  commands::Result result;
  result.exit = static_cast<Exit>(scim::to_integer(*answer->find("exit")->number()).value_or(70));
  result.text = answer->find("text") ? answer->find("text")->string_or("") : "";
  if (const auto* data = answer->find("data")) result.data = *data;
  return result;
}

}  // namespace

std::variant<commands::Result, NotRunning, Failed> call(const std::filesystem::path& socket, std::string_view command,
                                                        const commands::Arguments& arguments) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  if (!curl || !headers) return Failed{"out of memory"};
  const auto body = body_of(command, arguments);
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, "http://rosterd/control/v1/commands");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  const auto code = curl_easy_perform(curl.get());
  if (code == CURLE_COULDNT_CONNECT) {
    long error = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_OS_ERRNO, &error);
    if (error == EACCES) return Failed{"this user may not open " + socket.string() + "; try sudo", true};
    return NotRunning{curl_easy_strerror(code)};
  }
  if (code != CURLE_OK) return Failed{std::string("the daemon went away: ") + curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return read_answer(status, answer);
}

}  // namespace rosterd::control
