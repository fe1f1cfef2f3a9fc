#include "ldap/reading.h"

#include <algorithm>

#include "ldap/dn.h"

namespace rosterd::ldap {
namespace {

DirectoryError incomplete(std::string message) {
  return {Phase::search, ErrorKind::incomplete, {}, 0, std::move(message), {}};
}

}  // namespace

void SetAsideList::add(const SetAside& entry, std::string_view normalized_dn) {
  ++size_;
  if (!entry.key.empty()) keys_.insert(entry.key);
  if (!normalized_dn.empty()) {
    dns_.emplace(normalized_dn);
    if (entry.key.empty()) nameless_.emplace(normalized_dn);
  }
  if (shown_.size() < kMostShown) shown_.push_back(entry);
}

bool SetAsideList::protects(std::string_view key, std::string_view normalized_dn) const {
  return keys_.contains(std::string(key)) || dns_.contains(std::string(normalized_dn));
}

void Reading::begin(What what, const SearchBase& base) {
  what_ = what;
  base_ = &base;
  usable_ = 0;
  missing_.clear();
  for (const std::string& canary : base.canaries) missing_.push_back(normalize_dn(canary).value_or(canary));
}

void Reading::seen(std::string_view normalized_dn) {
  ++usable_;
  ++(what_ == What::people ? reading_.people_ : reading_.groups_);
  if (!missing_.empty()) std::erase(missing_, normalized_dn);
}

void Reading::aside(const SetAside& entry, std::string_view normalized_dn) {
  reading_.set_aside_.add(entry, normalized_dn);
}

void Reading::end(const SearchOutcome& outcome) {
  if (error_) return;
  if (const auto* error = std::get_if<DirectoryError>(&outcome)) {
    error_ = *error;
    return;
  }
  reading_.references_ += std::get<SearchEnd>(outcome).references;
  const std::string which = what_ == What::people ? "people" : "groups";
  if (!missing_.empty()) {
    error_ = incomplete("\"" + missing_.front() + "\" must be visible below \"" + base_->base +
                        "\" and is not: has the bind account lost permissions, or was the base or the filter changed?");
  } else if (usable_ == 0 && !base_->may_be_empty) {
    error_ = incomplete("the search for " + which + " below \"" + base_->base +
                        "\" found nothing that can be used; an empty answer is never believed");
  }
}

std::variant<CompleteReading, DirectoryError> Reading::finish() && {
  if (error_) return std::move(*error_);
  return std::move(reading_);
}

}  // namespace rosterd::ldap
