#include "scim/error.h"

namespace rosterd::scim {

Json to_json(const Error& error) {
  Object body;
  body.set("schemas", Array{Json(kErrorSchema)});
  body.set("status", std::to_string(error.status));
  if (!error.scim_type.empty()) body.set("scimType", error.scim_type);
  if (!error.detail.empty()) body.set("detail", error.detail);
  return body;
}

}  // namespace rosterd::scim
