#include "store/access_rules.h"

#include <sodium.h>

#include <map>
#include <optional>

#include "store/fold.h"

namespace rosterd::store {
namespace {

using Caught = std::vector<std::string>;

bool is_pattern(std::string_view group) {
  return group.find('*') != std::string_view::npos;
}

// Each star takes as little as possible, the last one what is left; only the latest star needs to be reconsidered.
// `caught` holds (begin, end) of what each star took.
bool matches(std::string_view pattern, std::string_view text,
             std::vector<std::pair<std::size_t, std::size_t>>& caught) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;
  caught.clear();
  while (t < text.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      caught.emplace_back(t, t);
    } else if (p < pattern.size() && t < text.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star && caught.back().second < text.size()) {
      p = *star + 1;
      t = ++caught.back().second;
    } else {
      return false;
    }
  }
  return true;
}

// Text as the pattern's stars caught it. Folding may change lengths; then the folded form stands in for the written
// one.
std::optional<Caught> match_pattern(const std::string& folded_pattern, std::string_view written) {
  if (written.empty()) return std::nullopt;
  const std::string folded = fold(written);
  std::vector<std::pair<std::size_t, std::size_t>> parts;
  if (!matches(folded_pattern, folded, parts)) return std::nullopt;
  Caught caught;
  for (const auto& [begin, end] : parts) {
    const std::string part = folded.substr(begin, end - begin);
    const std::string_view as_written = folded.size() == written.size() ? written.substr(begin, end - begin) : part;
    caught.emplace_back(fold(as_written) == part ? as_written : std::string_view(part));
  }
  return caught;
}

std::string fill(const std::string& text, const Caught& caught) {
  std::string filled;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      std::size_t number = 0;
      bool digits = end != std::string::npos && end > i + 1 && end - i <= 3;
      for (std::size_t k = i + 1; digits && k < end; ++k) {
        digits = text[k] >= '0' && text[k] <= '9';
        number = number * 10 + static_cast<std::size_t>(text[k] - '0');
      }
      if (digits && number >= 1 && number <= caught.size()) {
        filled += caught[number - 1];
        i = end;
        continue;
      }
    }
    filled += text[i];
  }
  return filled;
}

Access access_of(const AccessRule& rule, const Caught& caught) {
  Access access;
  access.rule = rule.name.empty() ? rule.group : rule.name;
  access.role = fill(rule.role, caught);
  for (const std::string& project : rule.projects)
    if (std::string filled = fill(project, caught); !filled.empty()) access.projects.push_back(std::move(filled));
  access.kind = rule.kind;
  if (rule.kind == Kind::client) access.company = fill(rule.company, caught);
  access.permissions = rule.permissions;
  return access;
}

std::string digest_of(const std::vector<AccessRule>& rules) {
  std::string all = "access rules, 1";
  const auto add = [&](std::string_view text) { all.append(std::to_string(text.size())).append(":").append(text); };
  const auto add_list = [&](const std::vector<std::string>& list) {
    all.append("#").append(std::to_string(list.size()));
    for (const std::string& text : list) add(text);
  };
  for (const AccessRule& rule : rules) {
    add(rule.name);
    add(rule.group);
    add(rule.source);
    add(rule.role);
    add_list(rule.projects);
    all += rule.kind == Kind::client ? 'c' : 's';
    add(rule.company);
    add_list(rule.permissions);
  }
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(all.data()), all.size(), nullptr, 0);
  char hex[sizeof hash * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  return hex;
}

}  // namespace

AccessRules::AccessRules(std::vector<AccessRule> rules) : rules_(std::move(rules)), digest_(digest_of(rules_)) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const std::string folded = fold(rules_[i].group);
    if (folded.empty()) continue;
    if (is_pattern(folded))
      patterns_.emplace_back(folded, i);
    else
      exact_.emplace(folded, i);
  }
}

std::vector<Access> AccessRules::match(const GroupName& group) const {
  std::map<std::size_t, Caught> found;  // by place in the configuration
  for (const std::string_view name : {group.display_name, group.dn}) {
    if (name.empty()) continue;
    const auto [begin, end] = exact_.equal_range(fold(name));
    for (auto it = begin; it != end; ++it) found.emplace(it->second, Caught{});
    for (const auto& [pattern, index] : patterns_)
      if (!found.contains(index))
        if (auto caught = match_pattern(pattern, name)) found.emplace(index, std::move(*caught));
  }
  std::vector<Access> all;
  for (const auto& [index, caught] : found)
    if (rules_[index].source.empty() || rules_[index].source == group.source)
      all.push_back(access_of(rules_[index], caught));
  return all;
}

}  // namespace rosterd::store
