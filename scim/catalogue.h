// What this service provider knows: its resource types and schemas (RFC 7643 sections 5 to 8), built once for each
// configuration and passed to every request. Immutable after construction and safe from any thread; types and schemas
// point into it, so it stays where it is and outlives every request that reads by it.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "scim/schema.h"

namespace rosterd::scim {

// An extension that comes from a configuration.
struct ConfiguredExtension {
  Schema schema;
  Resource resource = Resource::user;
  bool required = false;
};

class Catalogue {
 public:
  // REQUIRES: URNs that no other schema has, and names that RFC 7643 section 2.1 allows.
  explicit Catalogue(std::vector<ConfiguredExtension> configured = {});
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  // Without anything from a configuration.
  static const Catalogue& standard();

  std::span<const ResourceType* const> types() const { return types_; }
  // Just this one, as lists want it.
  std::span<const ResourceType* const> only(Resource resource) const {
    return types().subspan(static_cast<std::size_t>(resource), 1);
  }
  const ResourceType& type(Resource resource) const { return *types_[static_cast<std::size_t>(resource)]; }
  const ResourceType& user() const { return type(Resource::user); }
  const ResourceType& group() const { return type(Resource::group); }

  // Every schema but those of discovery itself; null when there is none of this URN.
  std::span<const Schema* const> schemas() const { return schemas_; }
  const Schema* schema(std::string_view urn) const;
  // The longest known URN that the text is or begins with, followed by ':'.
  const Schema* schema_of_path(std::string_view text) const;
  // Whether it is the core schema of a resource type: its attributes stand outside of any extension.
  bool is_core(const Schema& schema) const;

 private:
  const Schema& own(Schema schema, bool configured = false);
  void add(ResourceType type);

  std::vector<std::unique_ptr<const Schema>> owned_schemas_;
  std::vector<std::unique_ptr<const ResourceType>> owned_types_;
  std::vector<const Schema*> schemas_;
  std::vector<const ResourceType*> types_;
};

}  // namespace rosterd::scim
