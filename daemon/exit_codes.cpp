#include "daemon/exit_codes.h"

namespace rosterd {

std::span<const Exit> all_exits() {
  static constexpr Exit kAll[] = {Exit::ok,
                                  Exit::would_change,
                                  Exit::usage,
                                  Exit::not_found,
                                  Exit::refused,
                                  Exit::held,
                                  Exit::directory_failed,
                                  Exit::daemon_unreachable,
                                  Exit::store_in_use,
                                  Exit::mail_failed,
                                  Exit::doctor_found,
                                  Exit::audit_broken,
                                  Exit::store_damaged,
                                  Exit::internal,
                                  Exit::store_failed,
                                  Exit::newer_schema,
                                  Exit::denied,
                                  Exit::configuration};
  return kAll;
}

Exit exit_of(store::StoreError::Kind kind) {
  switch (kind) {
    case store::StoreError::Kind::locked_by_other:
      return Exit::store_in_use;
    case store::StoreError::Kind::newer_schema:
      return Exit::newer_schema;
    case store::StoreError::Kind::corrupt:
      return Exit::store_damaged;
    default:
      return Exit::store_failed;
  }
}

std::string_view meaning(Exit code) {
  switch (code) {
    case Exit::ok:
      return "done";
    case Exit::would_change:
      return "a run would change something";
    case Exit::usage:
      return "the command line is wrong";
    case Exit::not_found:
      return "not found";
    case Exit::refused:
      return "refused by a rule of the store";
    case Exit::held:
      return "removals over the guard's limit are held";
    case Exit::directory_failed:
      return "the directory could not be read completely; nobody was removed";
    case Exit::daemon_unreachable:
      return "the daemon does not answer on its control socket";
    case Exit::store_in_use:
      return "another process holds the store";
    case Exit::mail_failed:
      return "the mail server did not take the message";
    case Exit::doctor_found:
      return "the examination found something wrong";
    case Exit::audit_broken:
      return "the audit trail was tampered with";
    case Exit::store_damaged:
      return "the database, or the backup to be restored, is damaged";
    case Exit::internal:
      return "internal error";
    case Exit::store_failed:
      return "the store cannot be used";
    case Exit::newer_schema:
      return "the store was written by a newer version";
    case Exit::denied:
      return "permission denied";
    case Exit::configuration:
      return "the configuration is wrong";
  }
  return "unknown";
}

}  // namespace rosterd
