#include "daemon/jobs/audit_head_log.h"

#include <chrono>

#include "daemon/log/log.h"
#include "store/audit_chain.h"

namespace rosterd::jobs {

void AuditHeadLog::note() {
  at_ = store_.clock().now();
  try {
    const auto check = store_.read([](const store::View& view) { return store::verify_audit_end(view); });
    const std::string head = store::to_text(check.head);
    if (head == noted_) return;
    noted_ = head;
    if (check.problem.empty()) return log::info("audit_head", {{"head", head}});
    log::error("audit_trail_broken", {{"why", check.problem}, {"prove", "rosterd audit verify"}});
  } catch (const store::StoreError& error) {
    log::error("audit_head_not_read", {{"why", error.what()}});
  }
}

void AuditHeadLog::note_hourly() {
  const auto now = store_.clock().now();
  const bool due = !at_ || now < *at_ || now - *at_ >= std::chrono::hours{1};  // a clock set back is no reason to wait
  if (due) note();
}

}  // namespace rosterd::jobs
