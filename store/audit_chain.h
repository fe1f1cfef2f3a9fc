// The audit trail as a chain. Each row's hash (BLAKE2b-512, keyed with the store's secret.key) covers the hash of the
// row before it and all of its own fields. One half of it, the link, stands in the row; the other half, the seal, only
// in audit_head and only for the newest row; rows are numbered 1, 2, 3, … without gaps. So without the key no row can
// be changed, removed from the middle or added. Rows can be cut off the end by who has the seal of the row that is then
// the last: older seals remain in backups and, until they are overwritten, in the write-ahead log. That, an older
// database put back and a chain written anew with the key are seen only against a head that was kept elsewhere: the
// daemon writes it to the log as audit_head, and verify_audit takes it as `expected`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/audit.h"

namespace rosterd::store {

// A row and its link, "1234:BASE64URL" as text: not secret.
struct AuditHead {
  std::int64_t sequence = 0;  // 0: no row
  std::string link;
};
std::string to_text(const AuditHead&);
std::optional<AuditHead> parse_audit_head(std::string_view text);

struct AuditCheck {
  AuditHead head;            // the last row that was good
  std::int64_t wrong = 0;    // the first row that is wrong or missing
  std::string problem = {};  // a sentence about it; empty: the chain holds
};

// The whole trail in one pass of constant memory, in short snapshots: the writer is not held up, and rows written
// meanwhile are checked too. `expected`, a head noted earlier, must still be in the chain.
AuditCheck verify_audit(const Store&, const std::optional<AuditHead>& expected = {});
// Cheap, for doctor: whether the newest row is the one that the head names. Knows nothing about the rows before.
AuditCheck verify_audit_end(const View&);

// For audit.cpp and store.cpp.
struct AuditFields {
  std::int64_t sequence = 0;
  Instant at;
  std::string_view actor, source, action, target, detail, request_id;
};
struct AuditHash {
  std::string link, seal;
};
AuditHash first_audit_hash(std::string_view key);  // what the first row follows; its link is empty
AuditHash link_audit_row(std::string_view key, const AuditHash& previous, const AuditFields& row);
// Puts the head into a store that is being made, in the transaction of its first tables; never again, because that
// would hide that it was removed.
void begin_audit_trail(Connection& db, std::string_view key);

}  // namespace rosterd::store
