// Numbered schema migrations. Each runs once, in order, in one transaction with its number; nothing is ever edited
// after a release.
#pragma once

namespace rosterd::store {

class Connection;

int newest_schema();
int schema_of(Connection&);  // 0: empty
// Throws StoreError::Kind::newer_schema when the database comes from a later rosterd; it is then left untouched.
void migrate(Connection&);

}  // namespace rosterd::store
