// The key of an entry: what stays the same when it is renamed or moved. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ldap/reader.h"

namespace rosterd::ldap {

// entryUUID (RFC 4530), objectGUID on Active Directory, nsUniqueId on 389-DS and FreeIPA.
std::string_view default_key_attribute(ServerKind kind);

// The value as text: objectGUID's 16 bytes in the usual spelling of a GUID, everything else in lower case. Nothing when
// it is empty, too long (more than 128 bytes) or no text.
std::optional<std::string> key_text(std::string_view attribute, std::string_view value);

// A filter that finds exactly that entry again.
std::string key_filter(std::string_view attribute, std::string_view key);

}  // namespace rosterd::ldap
