// Private to the table: how a Value reaches its member of Config.
#pragma once

#include <type_traits>

#include "daemon/config/options.h"

namespace rosterd::config {

template <class T>
void assign(T& target, Value value) {
  if constexpr (std::is_enum_v<T>) {
    target = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    target = std::get<bool>(value);
  } else if constexpr (std::is_integral_v<T>) {
    target = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    target = std::get<std::string>(value);
  } else {
    target = std::get<T>(std::move(value));
  }
}

template <class S, class M>
Setter into(S Config::*section, M S::*member) {
  return [=](Config& config, Value value) { assign(config.*section.*member, std::move(value)); };
}

// Array section: the row that is being read is the last one.
template <class S, class M>
Setter into(std::vector<S> Config::*rows, M S::*member) {
  return [=](Config& config, Value value) { assign((config.*rows).back().*member, std::move(value)); };
}

template <class S, class M>
Setter into(std::optional<S> Config::*section, M S::*member) {
  return [=](Config& config, Value value) { assign((*(config.*section)).*member, std::move(value)); };
}

template <class S>
std::function<void(Config&)> append(std::vector<S> Config::*rows) {
  return [=](Config& config) { (config.*rows).emplace_back(); };
}

// Of every source.
inline constexpr std::string_view kLinkHelp =
    "May this source attach itself to a person whom another source brought, by the same userName or e-mail address? "
    "Never to somebody with a privileged role.";
inline constexpr std::string_view kLinkCost = "anything but never trusts this source not to claim a stranger's address";

Section store_section();
Section http_section();
Section control_section();
Section log_section();
Section scim_section();
std::vector<Option> scim_brake_options();  // of it
Section schema_section();
Section attribute_section();
Section directory_section();
Section access_section();
Section role_section();
Section authority_section();
Section mail_section();
Section notices_section();
Section invitation_section();
Section authentication_section();
Section metrics_section();
Section housekeeping_section();

}  // namespace rosterd::config
