#include "daemon/scim_log.h"

#include <algorithm>

namespace rosterd {
namespace {

void count(ScimQuirk& quirk, const ScimExchange& exchange, const scim::Note& note) {
  if (quirk.accepted + quirk.refused == 0) quirk.first = exchange.at;
  ++(note.on ? quirk.accepted : quirk.refused);
  quirk.connection = exchange.connection;
  quirk.habit = note.habit;
  quirk.last = exchange.at;
  quirk.where = note.text;
  quirk.example = exchange.method + " " + exchange.path;
  if (!exchange.query.empty()) quirk.example += "?" + exchange.query;
  if (!exchange.body.empty()) quirk.example += " " + exchange.body;
}

}  // namespace

void ScimLog::note(ScimExchange exchange) {
  const std::lock_guard lock(mutex_);
  Connection& connection = connections_[exchange.connection];
  for (const scim::Note& note : exchange.notes) count(connection.quirks[note.habit], exchange, note);
  connection.exchanges.push_back(std::move(exchange));
  if (connection.exchanges.size() > per_connection_) connection.exchanges.pop_front();
}

std::vector<ScimExchange> ScimLog::exchanges(std::string_view connection, bool failed_only, std::size_t limit) const {
  std::vector<ScimExchange> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, one] : connections_) {
    if (!connection.empty() && connection != name) continue;
    std::size_t taken = 0;
    for (auto exchange = one.exchanges.rbegin(); exchange != one.exchanges.rend() && taken < limit; ++exchange) {
      if (failed_only && exchange->status < 400 && exchange->detail.empty()) continue;  // Bulk refuses within 200
      found.push_back(*exchange);
      ++taken;
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const ScimExchange& one, const ScimExchange& other) { return one.at > other.at; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

std::vector<ScimQuirk> ScimLog::quirks(std::string_view connection) const {
  std::vector<ScimQuirk> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, one] : connections_) {
    if (!connection.empty() && connection != name) continue;
    for (const auto& [habit, quirk] : one.quirks) found.push_back(quirk);
  }
  return found;
}

}  // namespace rosterd
