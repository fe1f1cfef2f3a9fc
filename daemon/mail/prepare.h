// From an outbox row to bytes: what the mail says is read when it is sent, so a link lives nowhere but in the mail.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "daemon/mail/address.h"
#include "daemon/mail/templates.h"
#include "store/outbox.h"
#include "store/store.h"

namespace rosterd::mail {

// What every mail has in common, from the configuration.
struct Stationery {
  std::shared_ptr<const Templates> templates;
  Mailbox from;
  std::string organisation;
  std::string link_base;  // links are link_base + "/invitation/" + token; a trailing slash is fine
};

struct ReadyMail {
  Address to;
  std::string bytes;
  std::vector<std::string> secrets = {};  // in it: the token of its link
};

// Why a mail is not sent. `gone`: cancelled, or leased by somebody else meanwhile; the row needs nothing more.
// `failed`: writing it failed in a way that is not the recipient's doing and may pass (a template that is put right).
struct Unsendable {
  enum class Kind { gone, refused, given_up, failed };
  Kind kind;
  std::string reason;
};

// Throws store::StoreError only; whatever is wrong with the mail itself (a poisoned row, a template that fails) is
// in the answer, so that the others go on.
std::variant<ReadyMail, Unsendable> prepare(const store::Store& store, const store::Mail& mail,
                                            const Stationery& stationery);

// "1 December 2026, 14:05 UTC"
std::string readable_time(store::Instant at);

}  // namespace rosterd::mail
