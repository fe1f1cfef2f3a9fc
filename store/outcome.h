// Expected refusals are values; an exception (StoreError) means "cannot go on".
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace rosterd::store {

struct HeldRemovals;  // brake.h

enum class Refusal {
  not_found,
  uniqueness,        // userName, e-mail or the source's key belongs to somebody else
  version_mismatch,  // If-Match did not hold
  invalid,           // the value breaks a rule of the store
  last_admin,        // would leave no active local admin
  privileged,        // a source may not touch a privileged role, person or link
  expired,           // link, token or session past its time, used or revoked
  held,              // too many removals: waits for an administrator's word once hold_removals() has noted it
  discarded,         // an administrator has said no to exactly this removal
};

// `field` names what collided or was wrong (a SCIM attribute name), `message` is a sentence for a person and holds no
// secret.
struct Refused {
  Refusal kind;
  std::string message;
  std::string field = {};
  std::shared_ptr<const HeldRemovals> held = {};  // of `held` alone: what would be removed
};

struct Done {};

template <class T = Done>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::move(value)) {}            // NOLINT: a value is an outcome
  Outcome(Refused refused) : state_(std::move(refused)) {}  // NOLINT: so is a refusal

  explicit operator bool() const { return state_.index() == 0; }
  const T& operator*() const& { return std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T* operator->() const { return &std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const Refused& refused() const { return std::get<1>(state_); }

 private:
  std::variant<T, Refused> state_;
};

// The store cannot go on with this unit. Nobody was acknowledged; the caller may try again when `kind` says so.
class StoreError : public std::runtime_error {
 public:
  enum class Kind { full, io, busy, locked_by_other, newer_schema, corrupt, stopped, internal };
  StoreError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace rosterd::store
