// Numbered schema migrations. Each runs once, in order, in one transaction with its number; nothing is ever edited
// after a release.
#pragma once

#include <functional>
#include <string>

namespace rosterd::store {

class Connection;

int newest_schema();
int schema_of(Connection&);  // 0: empty
// Throws StoreError::Kind::newer_schema when the database comes from a later rosterd; it is then left untouched.
// `first` runs in the transaction that makes the first table: once in a store's life.
void migrate(Connection&, const std::function<void()>& first = {});
// Compares every object with what migrate() makes of an empty database. Empty: the same; else a sentence that names the
// first one that is other, foreign or missing.
std::string schema_problem(Connection&);

}  // namespace rosterd::store
