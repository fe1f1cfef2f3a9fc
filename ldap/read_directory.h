// Reads one directory whole into a staging. Memory stays flat: entries are mapped as they arrive.
#pragma once

#include <memory>
#include <variant>

#include "ldap/reading.h"
#include "ldap/sync.h"
#include "store/staging.h"

namespace rosterd::ldap {

struct StagedReading {
  CompleteReading reading;
  RootDse root;
  std::unique_ptr<store::Staging> staging;
  std::uint64_t staged_members = 0;
  std::string digest;      // as digest_directory would have said
  std::string digest_key;  // new for this reading
};

// Reads the same entries and keeps nothing: ReadingDigest's number, far cheaper than a reading that is staged. `key` is
// the digest_key of the reading that it is compared with.
std::variant<std::string, DirectoryError> digest_directory(const DirectoryOptions& options, Connection& connection,
                                                           std::string_view key, Observer& observer);

// Groups first: what primaryGroupID of a person means is known only then.
std::variant<StagedReading, DirectoryError> read_directory(const DirectoryOptions& options, Connection& connection,
                                                           store::Store& store, store::SourceId source,
                                                           Observer& observer);

}  // namespace rosterd::ldap
