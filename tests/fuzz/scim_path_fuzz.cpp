// Attribute paths and PATCH paths: refusals are named, canonical text reads as the same path.
#include "scim/path.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {

Seeds seeds() {
  return {{"userName", "name.familyName", R"(emails[type eq "work"].value)",
           R"(emails[type eq "work" and not (value pr)])", "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName",
           "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
           "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User", "members[value eq \"1\"]", "urn:x:y:z.a.b",
           "$ref"},
          {".", "[", "]", "\"", "urn:", ":", " eq ", "emails", "2.0", "$", "-", "_", "core:2.0:User", "\xff"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using fuzz::require;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto path = scim::parse_attribute_path(scim::Catalogue::standard(), text)) {
    const auto again = scim::parse_attribute_path(scim::Catalogue::standard(), scim::to_string(*path));
    require(again && *again == *path, "an attribute path reads as itself");
    static_cast<void>(scim::resolve(scim::Catalogue::standard().user(), *path));
  }
  const auto path = scim::parse_patch_path(scim::Catalogue::standard(), text);
  if (!path) {
    require(path.error().status == 400, "a refusal is a 400");
    return 0;
  }
  const std::string canonical = scim::to_string(*path);
  const auto again = scim::parse_patch_path(scim::Catalogue::standard(), canonical);
  require(again.ok() && again->attribute == path->attribute, "a PATCH path reads as itself");
  require(scim::to_string(*again) == canonical, "canonical text stays");
  return 0;
}
