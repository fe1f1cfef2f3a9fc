// Few words, so that random requests meet each other's resources.
#pragma once

#include <string>
#include <vector>

namespace rosterd::model::words {

inline const std::string kEnterpriseUrn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const std::vector<std::string>& user_names();
const std::vector<std::string>& addresses();  // some are user names, too
const std::vector<std::string>& keys();
const std::vector<std::string>& names();
const std::vector<std::string>& numbers();
const std::vector<std::string>& types();
const std::vector<std::string>& group_names();
const std::vector<std::string>& attributes();  // of users, for `pr`

}  // namespace rosterd::model::words
