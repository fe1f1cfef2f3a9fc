// The few pages a person sees, as HTML without script. Every value is escaped by the template engine.
#pragma once

#include <string>

namespace rosterd::api {

struct InvitationPage {
  std::string display_name;
  std::string user_name;
  std::string problem;  // why the last try was refused; empty at first
  int min_length = 0;
};

std::string invitation_page(const InvitationPage& page);
std::string message_page(const std::string& title, const std::string& text);
const std::string& style_sheet();

}  // namespace rosterd::api
