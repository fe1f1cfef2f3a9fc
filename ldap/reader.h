// Searching: one stream of entries per search, nothing of the answer is kept. Paging (RFC 2696) and attribute ranges
// ("member;range=0-1499") are followed to the end; references to other servers are counted, never followed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "ldap/connection.h"
#include "ldap/entry.h"

namespace rosterd::ldap {

enum class Scope { base, one_level, subtree };

struct Search {
  std::string base;
  Scope scope = Scope::subtree;
  std::string filter = "(objectClass=*)";
  std::vector<std::string> attributes = {};  // empty: all user attributes; operational ones must be named
  unsigned size_limit = 0;                   // 0: none. Reaching it is a failure like any other
};

// A search that ended with success: everything that the server has to say to it has been handed over.
struct SearchEnd {
  std::uint64_t entries = 0;
  std::uint64_t references = 0;
  std::uint64_t pages = 0;
};

using EntryHandler = std::function<void(const EntryView&)>;
using SearchOutcome = std::variant<SearchEnd, DirectoryError>;

// Calls `entry` for each; whatever it was called for counts for nothing when the outcome is an error. `page_size` 0
// asks for everything at once. An exception of `entry` passes through; the connection is then of no further use.
SearchOutcome search(Connection& connection, const Search& what, unsigned page_size, const EntryHandler& entry);

// The same as a command for a shell, without the password.
std::string ldapsearch_line(const std::string& uri, const ServerOptions& options, const Search& what,
                            unsigned page_size = 0);

enum class ServerKind { other, active_directory, ds389 };

// What the server says about itself (RFC 4512, 5.1). Decided from here, never by trying.
struct RootDse {
  ServerKind kind = ServerKind::other;
  std::string vendor;
  std::vector<std::string> naming_contexts;
  std::vector<std::string> controls;
  bool pages = false;  // offers RFC 2696
};

std::variant<RootDse, DirectoryError> read_root_dse(Connection& connection);

// Active Directory answers no more than 1,000 entries without pages; others are faster without.
unsigned page_size_for(const RootDse& root, unsigned configured);

std::string_view to_string(ServerKind kind);

}  // namespace rosterd::ldap
