// What SCIM refuses, as values (RFC 7644 section 3.12). A detail names the attribute or the operation at fault and
// never repeats secrets. The HTTP status is part of the value; to_json() is the one mapper to the wire.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "scim/json.h"

namespace rosterd::store {
struct HeldRemovals;
}

namespace rosterd::scim {

inline constexpr std::string_view kErrorSchema = "urn:ietf:params:scim:api:messages:2.0:Error";

struct Error {
  int status = 500;
  std::string scim_type;  // empty when RFC 7644 table 9 has no word for it
  std::string detail;
  std::shared_ptr<const store::HeldRemovals> held = {};  // what the brake has stopped: to be retried

  static Error invalid_filter(std::string detail) { return {400, "invalidFilter", std::move(detail)}; }
  static Error too_many(std::string detail) { return {400, "tooMany", std::move(detail)}; }
  static Error uniqueness(std::string detail) { return {409, "uniqueness", std::move(detail)}; }
  static Error mutability(std::string detail) { return {400, "mutability", std::move(detail)}; }
  static Error invalid_syntax(std::string detail) { return {400, "invalidSyntax", std::move(detail)}; }
  static Error invalid_path(std::string detail) { return {400, "invalidPath", std::move(detail)}; }
  static Error no_target(std::string detail) { return {400, "noTarget", std::move(detail)}; }
  static Error invalid_value(std::string detail) { return {400, "invalidValue", std::move(detail)}; }
  static Error invalid_vers(std::string detail) { return {400, "invalidVers", std::move(detail)}; }
  static Error sensitive(std::string detail) { return {403, "sensitive", std::move(detail)}; }
  static Error plain(int status, std::string detail) { return {status, "", std::move(detail)}; }
};

Json to_json(const Error& error);

// A value or the refusal; ask ok() first.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : value_(std::move(error)) {}

  bool ok() const { return value_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() { return std::get<0>(value_); }
  const T& operator*() const { return std::get<0>(value_); }
  T* operator->() { return &std::get<0>(value_); }
  const T* operator->() const { return &std::get<0>(value_); }
  const Error& error() const { return std::get<1>(value_); }
  // The name by which store::Store::write knows a refusal, which undoes the unit.
  const Error& refused() const { return error(); }

 private:
  std::variant<T, Error> value_;
};

struct Done {};
using Check = Result<Done>;

}  // namespace rosterd::scim
