// Bulk requests in short words, and what their answers come to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/scim/service.h"

namespace rosterd::scim {

// One operation as JSON; "" leaves a part out.
inline std::string operation(std::string_view method, std::string_view path, std::string_view bulk_id = "",
                             std::string_view data = "", std::string_view version = "") {
  std::string out = R"({"method":")" + std::string(method) + R"(","path":)" + write_json(path);
  if (!bulk_id.empty()) out += R"(,"bulkId":)" + write_json(bulk_id);
  if (!version.empty()) out += R"(,"version":)" + write_json(version);
  if (!data.empty()) out += R"(,"data":)" + std::string(data);
  return out + "}";
}
inline std::string create_user_operation(std::string_view name, std::string_view more = "") {
  return operation("POST", "/Users", name, R"({"userName":")" + std::string(name) + "\"" + std::string(more) + "}");
}
// Its members are given by their values.
inline std::string create_group_operation(std::string_view name, const std::vector<std::string>& members) {
  std::string list;
  for (const std::string& member : members)
    list += (list.empty() ? "" : ",") + (R"({"value":)" + write_json(member) + "}");
  return operation("POST", "/Groups", name,
                   R"({"displayName":")" + std::string(name) + R"(","members":[)" + list + "]}");
}
inline std::string patch_data(std::string_view operations) {
  return R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":)" + std::string(operations) +
         "}";
}

class BulkService : public Service {
 protected:
  Answer bulk(const std::vector<std::string>& operations, std::string_view more = "") {
    std::string body = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"])" + std::string(more) +
                       R"(,"Operations":[)";
    for (const std::string& one : operations) body += (body.back() == '[' ? "" : ",") + one;
    return post("/Bulk", body + "]}");
  }
  // "201 409" or what else the operations were answered, in order.
  static std::string statuses(const Answer& answer) {
    if (answer.status != 200) return answer.text;
    std::string out;
    for (const Json& one : *answer.body.find("Operations")->array())
      out += (out.empty() ? "" : " ") + std::string(one.find("status")->string_or("?"));
    return out;
  }
  // A part of the result of the operation in that place.
  static std::string of(const Answer& answer, std::size_t place, const std::string& part) {
    return answer.at("Operations/" + std::to_string(place) + "/" + part);
  }
  static std::string id_at(const Answer& answer, std::size_t place) {
    const std::string location = of(answer, place, "location");
    return location.substr(location.rfind('/') + 1);
  }
  // The id of the one with this userName or displayName, "" when there is none.
  std::string id_of(std::string_view name) {
    for (const char* filter : {"/Users?filter=userName", "/Groups?filter=displayName"}) {
      const Answer found = get(filter + encode(" eq \"" + std::string(name) + "\""));
      if (found.total() > 0) return found.at("Resources/0/id");
    }
    return {};
  }
  std::string members(std::string_view group) { return members_of(id_of(group)); }
  std::string manager(std::string_view user) {
    return get("/Users/" + id_of(user)).at(std::string(kEnterpriseSchema) + "/manager/value");
  }
  // Whatever a client can read, and how long the audit trail is.
  std::string everything();
};

}  // namespace rosterd::scim
