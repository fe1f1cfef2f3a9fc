// The commands' functions, named as in the table.
#pragma once

#include "daemon/commands/command.h"

namespace rosterd::commands {

Result sync(const Services&, const Arguments&);
Result explain(const Services&, const Arguments&);
Result holds_list(const Services&, const Arguments&);
Result holds_show(const Services&, const Arguments&);
Result holds_release(const Services&, const Arguments&);
Result holds_discard(const Services&, const Arguments&);
Result token_create(const Services&, const Arguments&);
Result token_list(const Services&, const Arguments&);
Result token_revoke(const Services&, const Arguments&);
Result scim_log(const Services&, const Arguments&);
Result scim_quirks(const Services&, const Arguments&);
Result mail_list(const Services&, const Arguments&);
Result mail_retry(const Services&, const Arguments&);
Result mail_cancel(const Services&, const Arguments&);
Result mail_release(const Services&, const Arguments&);
Result mail_test(const Services&, const Arguments&);
Result user_list(const Services&, const Arguments&);
Result user_show(const Services&, const Arguments&);
Result user_deactivate(const Services&, const Arguments&);
Result user_reactivate(const Services&, const Arguments&);
Result user_invite(const Services&, const Arguments&);
Result admin_reset(const Services&, const Arguments&);
Result audit_list(const Services&, const Arguments&);
Result audit_verify(const Services&, const Arguments&);
Result doctor(const Services&, const Arguments&);
Result backup(const config::Config&, const Arguments&, const std::string& caller);
Result restore(const config::Config&, const Arguments&, const std::string& caller);

}  // namespace rosterd::commands
