// The head of the audit trail in the log, where whoever can write the database alone does not reach it: what
// `rosterd audit verify --expect` is given later. One thread at a time.
#pragma once

#include <optional>
#include <string>

#include "store/store.h"

namespace rosterd::jobs {

class AuditHeadLog {
 public:
  explicit AuditHeadLog(const store::Store& store) : store_(store) {}  // must outlive it

  // Event audit_head, when the head has moved since the last one; an error when the newest row does not fit it. A
  // store that cannot be read is told in the log, too.
  void note();
  // The same, but at most once an hour of the store's clock.
  void note_hourly();

 private:
  const store::Store& store_;
  std::string noted_;
  std::optional<store::Instant> at_;
};

}  // namespace rosterd::jobs
