#include "tests/scim/service.h"

#include <stdlib.h>

#include <algorithm>

#include "scim/indexing.h"
#include "scim/text.h"
#include "store/sources.h"
#include "store/work.h"

namespace rosterd::scim {

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

std::string Answer::at(std::string_view path) const {
  const Json* value = &body;
  while (!path.empty() && value != nullptr) {
    const std::size_t dot = std::min(path.find('/'), path.size());
    const std::string name(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
    const Array* elements = value->array();
    if (elements != nullptr) {
      const std::size_t index = std::stoul(name);
      value = index < elements->size() ? &(*elements)[index] : nullptr;
    } else {
      value = value->find(name);
    }
  }
  if (value == nullptr) return {};
  return value->string() != nullptr ? *value->string() : write_json(*value);
}

std::size_t Answer::total() const {
  const Json* total = body.find("totalResults");
  return total == nullptr ? 9'999 : std::stoul(total->number()->text);
}

Service::Service() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rosterd-scim-XXXXXX").string();
  directory_ = ::mkdtemp(pattern.data());
  store_ = store::Store::open({.directory = directory_.string()}, clock_);
  store::Settings settings;
  store::AccessRule rule;
  rule.name = "sales";
  rule.group = "Sales";
  rule.role = "Staff";
  rule.projects = {"Website"};
  settings.access = store::AccessRules({rule});
  store_->configure(settings);
  connection_.source = source("scim:entra");
}

Service::~Service() {
  store_.reset();
  std::filesystem::remove_all(directory_);
}

store::SourceId Service::source(std::string_view name) {
  return store_->write({store::kLocal, "test"}, [&](store::Unit& unit) { return store::ensure_source(unit, name); });
}

void Service::use(const Catalogue& catalogue) {
  served_ = &catalogue;
  store::Settings settings;
  settings.indexed = indexed_attributes(catalogue);
  store_->configure(std::move(settings));
}

Answer Service::send(std::string method, std::string_view target, std::string_view body, Request extra) {
  Request request = std::move(extra);
  request.method = std::move(method);
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = std::string(target.substr(0, question));
  request.query = std::string(target.substr(std::min(question + 1, target.size())));
  request.body = std::string(body);
  const Context context{*store_, *served_, connection_, {connection_.source, "token"}, "https://x.example/scim/v2",
                        limits_};
  Response response = handle(request, context);
  while (store::step_work(*store_)) {
  }
  Answer answer{response.status, {}, response.body, response.headers, {}};
  for (const Note& note : response.notes) answer.notes.push_back(to_string(note));
  if (!response.body.empty()) {
    answer.body = json(response.body);
    EXPECT_EQ(answer.header("Content-Type"), "application/scim+json");
  }
  if (response.status >= 400 && !response.body.empty()) {
    EXPECT_EQ(answer.at("schemas/0"), kErrorSchema);
    EXPECT_EQ(answer.at("status"), std::to_string(response.status));
  }
  return answer;
}

Answer Service::patch(std::string_view target, std::string_view operations) {
  return send(
      "PATCH", target,
      R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":)" + std::string(operations) + "}");
}

std::string Service::user(std::string_view user_name, std::string_view more) {
  const Answer made = post("/Users", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" +
                                         std::string(user_name) + "\"" + std::string(more) + "}");
  EXPECT_EQ(made.status, 201) << made.text;
  return made.at("id");
}

std::string Service::group(std::string_view display_name, std::string_view members) {
  const Answer made = post("/Groups", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":")" +
                                          std::string(display_name) + R"(","members":)" + std::string(members) + "}");
  EXPECT_EQ(made.status, 201) << made.text;
  return made.at("id");
}

std::string Service::members_of(const std::string& group_id) {
  const Answer answer = get("/Groups/" + group_id);
  std::vector<std::string> names;
  if (const Json* members = answer.body.find("members")) {
    for (const Json& member : *members->array()) names.emplace_back(member.find("display")->string_or("?"));
  }
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

std::string encode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace rosterd::scim
