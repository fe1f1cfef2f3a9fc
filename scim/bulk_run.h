// Carries out the operations of a Bulk request. One object for one request, used by one thread at a time. Private to
// scim/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scim/bulk_plan.h"
#include "scim/bulk_request.h"
#include "scim/call.h"
#include "store/pace.h"

namespace rosterd::scim {

// What became of one operation.
struct BulkResult {
  int status = 0;        // 0: it was not processed
  std::string id;        // of what a POST has made
  std::string location;  // "" of a POST that failed
  std::string version;
  std::optional<Error> error;
};

class BulkRun {
 public:
  // `call` and `request` outlive it.
  BulkRun(const Call& call, const BulkRequest& request);
  // Throws the StoreError that came before anything was done; a later one is the error of the operations that it left.
  void run();
  const std::vector<BulkResult>& results() const { return results_; }
  const std::string& failure() const { return failure_; }  // the store's own words, for the log

 private:
  struct Reached {
    std::size_t next = 0;    // step of the plan
    std::size_t errors = 0;  // of operations before it
  };
  bool is_over(const Reached& reached) const;
  Reached run_unit(store::Unit& unit, Reached reached, std::size_t most);
  void run_step(store::Unit& unit, const BulkStep& step);
  Check create_circle(store::Unit& unit, const BulkStep& step, std::size_t& turn);
  Check complete(store::Unit& unit, std::size_t index);
  // What it refers to and is not there yet is left out of its data; `whole` says whether that was not needed.
  Result<BulkResult> perform(store::Unit& unit, std::size_t index, bool& whole) const;
  Result<BulkResult> send(store::Unit& unit, const Request& request, const std::vector<std::string>& segments,
                          const Json& data) const;
  void leave_to(const Error& error, Reached& reached);
  void refuse(std::size_t index, const Error& error);
  std::optional<Error> refusal_of(std::size_t index) const;  // before it is tried
  std::optional<std::string> id_of(std::string_view bulk_id) const;
  std::string location_of(const std::vector<std::string>& segments) const;

  const Call& call_;
  const BulkRequest& request_;
  const std::vector<BulkStep> plan_;
  std::unordered_map<std::string_view, std::size_t> creators_;
  std::vector<BulkResult> results_;
  std::size_t tried_ = 0;  // before this step: the unit that runs, or the last one
  store::Pace pace_;
  std::string failure_;
};

}  // namespace rosterd::scim
