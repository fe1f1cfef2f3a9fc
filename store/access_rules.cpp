#include "store/access_rules.h"

#include <sodium.h>

#include <algorithm>
#include <map>
#include <optional>

#include "store/fold.h"

namespace rosterd::store {
namespace {

using Caught = std::vector<std::string>;
using Spans = std::vector<std::pair<std::size_t, std::size_t>>;

bool is_pattern(std::string_view group) {
  return group.find('*') != std::string_view::npos;
}

// Each star takes as little as possible, the last one what is left; only the latest star needs to be reconsidered.
// `caught` holds (begin, end) of what each star took.
bool matches(std::string_view pattern, std::string_view text, Spans& caught) {
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

bool is_attribute_type(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '*';
  });
}

std::string_view trim_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Between the commas that no backslash escapes.
std::vector<std::string_view> parts_of(std::string_view dn) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= dn.size(); ++i) {
    if (i < dn.size() && dn[i] == '\\') {
      ++i;
    } else if (i == dn.size() || dn[i] == ',') {
      parts.push_back(dn.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (begin < dn.size() && dn.ends_with('\\')) parts.push_back(dn.substr(begin));
  return parts;
}

// Part by part, so that no star reaches into another part.
bool matches_dn(std::string_view pattern, std::string_view text, Spans& caught) {
  const auto wanted = parts_of(pattern);
  const auto found = parts_of(text);
  caught.clear();
  if (wanted.size() != found.size()) return false;
  Spans of_part;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!matches(wanted[i], found[i], of_part)) return false;
    const auto at = static_cast<std::size_t>(found[i].data() - text.data());
    for (const auto& [begin, end] : of_part) caught.emplace_back(at + begin, at + end);
  }
  return true;
}

// Text as the pattern's stars caught it. Folding may change lengths; then the folded form stands in for the written
// one.
std::optional<Caught> match_pattern(const std::string& folded_pattern, std::string_view written, bool dn) {
  if (written.empty()) return std::nullopt;
  const std::string folded = fold(written);
  Spans parts;
  if (!(dn ? matches_dn : matches)(folded_pattern, folded, parts)) return std::nullopt;
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

std::string digest_of(const std::vector<AccessRule>& rules, const Privileges& privileges) {
  std::string all = "access rules, 3";
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
  add_list(privileges.givers);
  add_list(privileges.roles);
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(all.data()), all.size(), nullptr, 0);
  char hex[sizeof hash * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  return hex;
}

}  // namespace

bool is_dn(std::string_view group) {
  const auto parts = parts_of(group);
  bool named = false;
  for (const std::string_view part : parts) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      if (trim_spaces(part) != "*") return false;
    } else if (!is_attribute_type(trim_spaces(part.substr(0, equals)))) {
      return false;
    } else {
      named = true;
    }
  }
  return named && parts.size() > 1;
}

AccessRules::AccessRules(std::vector<AccessRule> rules, Privileges privileges)
    : rules_(std::move(rules)), privileges_(std::move(privileges)), digest_(digest_of(rules_, privileges_)) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const std::string folded = fold(rules_[i].group);
    if (folded.empty()) continue;
    Names& names = is_dn(rules_[i].group) ? dns_ : display_names_;
    if (is_pattern(folded))
      names.patterns.emplace_back(folded, i);
    else
      names.exact.emplace(folded, i);
  }
}

bool AccessRules::may_give_privileged(std::string_view source) const {
  const auto& givers = privileges_.givers;
  return !source.starts_with("scim:") || std::find(givers.begin(), givers.end(), source) != givers.end();
}

std::vector<Access> AccessRules::match(const GroupName& group) const {
  std::map<std::size_t, Caught> found;  // by place in the configuration
  const auto look_up = [&](const Names& names, std::string_view name, bool dn) {
    if (name.empty()) return;
    const auto [begin, end] = names.exact.equal_range(fold(name));
    for (auto it = begin; it != end; ++it) found.emplace(it->second, Caught{});
    for (const auto& [pattern, index] : names.patterns)
      if (auto caught = match_pattern(pattern, name, dn)) found.emplace(index, std::move(*caught));
  };
  look_up(display_names_, group.display_name, false);
  look_up(dns_, group.dn, true);
  std::vector<Access> all;
  for (const auto& [index, caught] : found)
    if (rules_[index].source.empty() || rules_[index].source == group.source)
      all.push_back(access_of(rules_[index], caught));
  return all;
}

}  // namespace rosterd::store
