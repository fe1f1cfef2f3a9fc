// The text of each migration, oldest first; sqlite/migrations.cpp runs them.
#pragma once

namespace rosterd::store {

extern const char* const kSchema0001;
extern const char* const kSchema0002;
extern const char* const kSchema0003;
extern const char* const kSchema0004;

}  // namespace rosterd::store
