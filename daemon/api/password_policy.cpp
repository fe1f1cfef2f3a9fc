#include "daemon/api/password_policy.h"

#include <zxcvbn.h>

#include <algorithm>

namespace rosterd::api {
namespace {

constexpr std::size_t kLongest = 1024;
constexpr std::size_t kJudged = 100;        // zxcvbn is quadratic; what is good in 100 bytes is good
constexpr double kLeastGuessesLog10 = 8.0;  // zxcvbn's score 3: safe against online guessing, with a margin

}  // namespace

std::string password_problem(std::string_view password, int min_length, const std::vector<std::string>& personal) {
  const auto characters = std::count_if(password.begin(), password.end(), [](char c) { return (c & 0xC0) != 0x80; });
  if (characters < min_length) return "Choose at least " + std::to_string(min_length) + " characters.";
  if (password.size() > kLongest) return "Choose at most 1024 bytes.";
  if (password.find('\0') != std::string_view::npos) return "A NUL character cannot be part of a password.";
  std::vector<const char*> words;
  for (const auto& word : personal) {
    if (!word.empty()) words.push_back(word.c_str());
  }
  words.push_back(nullptr);
  const std::string judged(password.substr(0, kJudged));
  const double bits = ZxcvbnMatch(judged.c_str(), words.data(), nullptr);
  if (bits < kLeastGuessesLog10 * 3.3219)
    return "This password is easy to guess. Longer is better: several unrelated words do well.";
  return {};
}

}  // namespace rosterd::api
