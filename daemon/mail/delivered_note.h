// The last mail that the server took, noted beside the store until the store knows it durably: without it, every kill
// between the server's answer and our commit would send that mail twice. It is not synced, so it outlives the process
// and not a power cut; then the mail goes out again, as it may. Thread-safe for one writer per file.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::mail {

// Both do nothing for an empty path, and never throw: a note that cannot be kept costs a duplicate, no mail.
void note_delivered(const std::string& path, std::string_view message_id) noexcept;
std::string delivered_note(const std::string& path);  // a Mail::message_id; empty when there is none

}  // namespace rosterd::mail
