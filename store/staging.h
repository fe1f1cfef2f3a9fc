// What a directory said in one run, beside what we hold: streamed in, then merged in key order. It lies in temporary
// tables of a connection of its own, in a file without a name: nobody else sees it, no unit of work is needed, and it
// is gone with the object. Memory stays flat.
//
// Set aside: an entry that was seen but cannot be used (a bad value, or its key stands on two different entries). It is
// neither changed nor gone: no merge and no member difference mentions it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace rosterd::store {

struct StagedPerson {
  std::string key;
  std::string digest;
  std::string dn;          // normalised, for resolving members
  std::string login;       // folded uid, for memberUid
  std::string document;    // JSON of ldap's own: the mapped facts
  bool set_aside = false;  // seen, but not usable: see above
};

struct StagedGroup {
  std::string key;
  std::string digest;  // of the facts; members are compared as sets
  std::string dn;
  std::string document;
  bool set_aside = false;  // its members are left alone, too
};

struct HeldPerson {  // what we hold from that source
  std::string key;
  std::string digest;
  UserId user;
  std::string origin;
  bool gone = false;  // already known as gone: our own block left_directory or out_of_scope, or the claim has ended
};

struct HeldGroup {
  std::string key;
  std::string digest;
  GroupId group;
  bool hidden = false;  // only together with a staged one: it comes back
};

// A snapshot of the store that shows a staging as well.
class StagedView : public View {
 public:
  StagedView(const View& view, SourceId source) : View(view), source_(source) {}
  SourceId source() const { return source_; }

 private:
  SourceId source_;
};

// Not thread-safe. Errors: StoreError; a full disk (Kind::full) ends the staging and nothing else.
class Staging {
 public:
  // `store` outlives the staging.
  Staging(const Store& store, SourceId source);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // Refuse: invalid (empty key). An entry that is added twice (same key and DN: overlapping bases) counts once, the
  // last one; the same key with another DN sets both aside, see duplicate_keys.
  Outcome<> add(const StagedPerson& person);
  Outcome<> add(const StagedGroup& group);
  // A member as written: a normalised DN, or a login name.
  void add_member(std::string_view group_key, std::string_view member, bool is_login);

  // Runs `work(const StagedView&)` in one snapshot of the store. Best when all has been added: the first reading makes
  // the indexes. Keep it free of writing to the store: under a snapshot its log cannot be folded back.
  template <class Work>
  auto read(Work&& work) -> std::invoke_result_t<Work, const StagedView&> {
    using Result = std::invoke_result_t<Work, const StagedView&>;
    if constexpr (std::is_void_v<Result>) {
      run([&](const StagedView& view) { work(view); });
    } else {
      std::optional<Result> result;
      run([&](const StagedView& view) { result.emplace(work(view)); });
      return std::move(*result);
    }
  }

 private:
  Connection& adding();
  void run(const std::function<void(const StagedView&)>& work);

  const Store& store_;
  const SourceId source_;
  std::unique_ptr<Connection> db_;
  bool adding_ = false;  // a transaction is open for it
  bool indexed_ = false;
};

struct DuplicateKey {
  std::string key;
  bool is_group = false;
  std::vector<std::string> dns;
};
std::vector<DuplicateKey> duplicate_keys(const StagedView&);
// The document that was staged under a key; empty without one.
std::string staged_document(const StagedView&, std::string_view key, bool is_group);

// Merge joins in key order: (held, staged); one of the two may be absent. Only keys above `after`, so that a merge can
// go on in a later snapshot. `row` returns false to stop. When the digests are equal and the person is not gone, only
// key and digest of the staged one are filled in.
void merge_people(const StagedView&, const std::function<bool(const HeldPerson*, const StagedPerson*)>& row,
                  std::string_view after = {});
// A hidden group that is not staged either is not mentioned.
void merge_groups(const StagedView&, const std::function<bool(const HeldGroup*, const StagedGroup*)>& row,
                  std::string_view after = {});
// What we hold from a source alone, in key order.
void each_held_person(const View&, SourceId, const std::function<void(const HeldPerson&)>& row);

// Members of all staged groups against the held memberships, as keys of people or groups; by group key, people before
// groups, member key. A login name that two people share resolves to nobody.
struct MemberDifference {
  std::string group_key;
  std::string member_key;
  bool is_group = false;
  bool add = false;         // false: remove
  std::int64_t number = 0;  // counts up in that order
};
// Compares as of this snapshot and keeps the differences in the staging, instead of those kept before.
void compare_members(const StagedView&);
// Those kept, from the one after `after` on. `row` returns false to stop.
void member_differences(const StagedView&, const std::function<bool(const MemberDifference&)>& row,
                        std::int64_t after = 0);
std::size_t unresolved_members(const StagedView&);  // dangling: counted, harmless

// Whether what a comparison saw still stands, by the change feed: the feed's last number, and whether anything after
// `since` is about a person or a group of that source, whoever did it.
std::int64_t last_change(const View&);
bool has_changed(const View&, SourceId, std::int64_t since);

}  // namespace rosterd::store
