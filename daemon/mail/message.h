// Composes one mail as bytes ready for the DATA command. Pure and thread-safe.
//
// Own composition: Poco's MailMessage passes CR and LF from a subject or a name into the header block, leaves
// non-ASCII headers raw and bare LF bare. Here no value can end a header: names and subject pass one_line, addresses
// are parsed, the rest is checked. RFC 5322, RFC 2045-2047, RFC 2046 section 5.1.4, RFC 3834 (Auto-Submitted).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/mail/address.h"
#include "store/clock.h"

namespace rosterd::mail {

struct Message {
  Mailbox from;
  Mailbox to;
  std::optional<Mailbox> reply_to = std::nullopt;
  std::string subject = {};     // any text; becomes one line of at most 200 characters
  std::string text = {};        // UTF-8, any line endings
  std::string html = {};        // UTF-8; empty: a plain text mail
  std::string message_id = {};  // from make_message_id; the same at every attempt, so that a receiver can drop twins
  std::string list_unsubscribe = {};  // an https or mailto URL, or empty
  store::Instant date = {};
};

// "<unique@domain>"; characters outside letters, digits, '-' and '_' of `unique` become '-'.
std::string make_message_id(std::string_view unique, const Address& sender);

// 7-bit bytes, CRLF line ends, no line above 998, no transparency dots (the transport's work). Only a UTF-8 local part
// leaves the ASCII range. Throws std::invalid_argument on a message_id or list_unsubscribe that is none.
std::string compose(const Message& message);

// "Sat, 21 Nov 2026 21:08:04 +0000" (RFC 5322 section 3.3).
std::string format_date(store::Instant at);

}  // namespace rosterd::mail
