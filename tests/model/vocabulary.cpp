#include "tests/model/vocabulary.h"

namespace rosterd::model::words {
namespace {

std::vector<std::string> numbered(const std::string& before, int count, const std::string& after = "") {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(before + std::to_string(i) + after);
  return all;
}

std::vector<std::string> joined(std::vector<std::string> one, const std::vector<std::string>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

}  // namespace

const std::vector<std::string>& user_names() {
  static const auto all = joined(joined(numbered("user", 24), {"USER1", "User2", "uSer3"}),
                                 {"mail1@x.example", "mail2@x.example", "MAIL3@x.example"});
  return all;
}

const std::vector<std::string>& addresses() {
  static const auto all = joined(numbered("mail", 20, "@x.example"), {"Mail4@x.example", "user5"});
  return all;
}

const std::vector<std::string>& keys() {
  static const auto all = joined(numbered("key", 20), {"KEY1"});
  return all;
}

const std::vector<std::string>& names() {
  static const auto all =
      std::vector<std::string>{"Ada", "ada", "Bo", "Babbage", "Lovelace", "Zo\xc3\xab", "O'Hara", "a \"b\" c", "50 %_"};
  return all;
}

const std::vector<std::string>& numbers() {
  static const auto all = numbered("+49 30 ", 6);
  return all;
}

const std::vector<std::string>& types() {
  static const auto all = std::vector<std::string>{"work", "home", "other", "Work"};
  return all;
}

const std::vector<std::string>& group_names() {
  static const auto all = std::vector<std::string>{"Sales", "sales", "Sales North", "Staff", "All", "Empty", "Lab"};
  return all;
}

const std::vector<std::string>& attributes() {
  static const auto all =
      std::vector<std::string>{"userName", "externalId",      "emails", "displayName",  "name.givenName",
                               "id",       "name.familyName", "title",  "phoneNumbers", "active"};
  return all;
}

}  // namespace rosterd::model::words
