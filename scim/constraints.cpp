#include "scim/constraints.h"

#include <algorithm>

#include "scim/text.h"
#include "scim/values.h"

namespace rosterd::scim {
namespace {

bool is_blank(const Json* value) {
  return value == nullptr || value->is_null() || (value->string() != nullptr && trim(*value->string()).empty());
}

// Calls `take` for each element of several values, or for the one.
template <class Take>
void each_value(const Json& value, const Take& take) {
  if (const Array* elements = value.array()) {
    for (const Json& element : *elements) take(element);
  } else {
    take(value);
  }
}

// What is missing of one attribute: its name, `name.sub`, or "".
std::string missing_of(const Attribute& attribute, const Json* value) {
  if (attribute.mutability == Mutability::read_only) return "";
  if (is_blank(value)) return attribute.required ? attribute.name : "";
  std::string missing;
  each_value(*value, [&](const Json& element) {
    for (const Attribute& sub : attribute.sub_attributes) {
      const bool needed = sub.required && sub.mutability != Mutability::read_only;
      if (needed && is_blank(element.find(sub.name))) missing = attribute.name + "." + sub.name;
    }
  });
  return missing;
}

const Object* object_of(const Json* value) {
  return value == nullptr ? nullptr : value->object();
}

Check check_schema(const Object& values, const Schema& schema, const Object* before) {
  for (const Attribute& attribute : schema.attributes) {
    const std::string missing = missing_of(attribute, values.find(attribute.name));
    if (missing.empty() || (before != nullptr && !missing_of(attribute, before->find(attribute.name)).empty()))
      continue;
    return Error::invalid_value(missing + " is required");
  }
  return Done{};
}

Error changed(const std::string& name) {
  return Error::mutability(name + " is immutable and has another value");
}

// Sub-attributes of one complex value; elements of several are values of their own and come and go as a whole.
// One that is left out stays as a whole when a part of it is immutable.
Check keep_subs(Object& document, const Json& held, const Attribute& attribute) {
  Json* given = document.find(attribute.name);
  if (given == nullptr) {
    const auto is_set = [&](const Attribute& sub) {
      return sub.mutability == Mutability::immutable && held.find(sub.name) != nullptr;
    };
    const auto& subs = attribute.sub_attributes;
    if (std::any_of(subs.begin(), subs.end(), is_set)) document.set(attribute.name, held);
    return Done{};
  }
  for (const Attribute& sub : attribute.sub_attributes) {
    const Json* was = held.find(sub.name);
    if (was == nullptr || (sub.mutability != Mutability::immutable && sub.returned != Returned::never)) continue;
    const Json* is = given->find(sub.name);
    if (is == nullptr) {
      given->object()->set(sub.name, *was);
    } else if (sub.mutability == Mutability::immutable && !is_same_value(sub, *was, *is)) {
      return changed(attribute.name + "." + sub.name);
    }
  }
  return Done{};
}

Check keep_schema(Object& document, const Object& held, const Schema& schema) {
  for (const Member& member : held) {
    const Attribute* attribute = schema.find(member.name);
    if (attribute == nullptr) {
      document.set(member.name, member.value);
      continue;
    }
    const Json* given = document.find(attribute->name);
    const bool immutable = attribute->mutability == Mutability::immutable;
    if (given == nullptr && (immutable || attribute->returned == Returned::never)) {
      document.set(attribute->name, member.value);
    } else if (immutable && !is_same_value(*attribute, member.value, *given)) {
      return changed(attribute->name);
    } else if (!attribute->multi_valued && attribute->type == Type::complex && member.value.object() != nullptr) {
      if (Check kept = keep_subs(document, member.value, *attribute); !kept) return kept;
    }
  }
  return Done{};
}

// The path below the base of a reference into this server; "" when it leads elsewhere or is no path of an endpoint.
std::string_view path_below(std::string_view reference, std::string_view base_url) {
  if (istarts_with(reference, base_url)) return reference.substr(base_url.size());
  if (reference.find(':') != std::string_view::npos) return {};
  while (reference.starts_with("../") || reference.starts_with("./")) reference.remove_prefix(reference.find('/') + 1);
  if (reference.starts_with('/')) reference.remove_prefix(1);
  return reference;
}

// The resource type whose endpoint the reference leads into; null when it is none that is known.
const ResourceType* leads_to(std::string_view reference, std::span<const ResourceType* const> types,
                             std::string_view base_url) {
  std::string_view path = path_below(reference, base_url);
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return nullptr;
  const auto it = std::find_if(types.begin(), types.end(), [&](const ResourceType* type) {
    return iequals(std::string_view(type->endpoint).substr(1), path.substr(0, slash));
  });
  return it == types.end() ? nullptr : *it;
}

struct References {
  std::span<const ResourceType* const> types;
  std::string_view base_url;

  Check check(const Attribute& attribute, const Json& value) const {
    Check found = Done{};
    each_value(value, [&](const Json& one) {
      if (attribute.type == Type::complex) {
        for (const Attribute& sub : attribute.sub_attributes) {
          if (sub.type != Type::reference || !found) continue;
          if (const Json* inner = one.find(sub.name)) found = check(sub, *inner);
        }
      } else if (attribute.type == Type::reference && found) {
        found = check_one(attribute, one.string_or(""));
      }
    });
    return found;
  }

  Check check_one(const Attribute& attribute, std::string_view reference) const {
    const auto& allowed = attribute.reference_types;
    const auto names_a_type = [&](const std::string& name) {
      return std::any_of(types.begin(), types.end(), [&](const ResourceType* type) { return type->name == name; });
    };
    if (!std::any_of(allowed.begin(), allowed.end(), names_a_type)) return Done{};
    const ResourceType* type = leads_to(reference, types, base_url);
    if (type == nullptr || std::find(allowed.begin(), allowed.end(), type->name) != allowed.end()) return Done{};
    return Error::invalid_value("the value of " + attribute.name + " refers to a " + type->name);
  }
};

}  // namespace

Check check_complete(const Object& document, const ResourceType& type, const Object* before) {
  if (Check checked = check_schema(document, *type.core, before); !checked) return checked;
  for (const auto& [schema, required] : type.extensions) {
    const Object* values = object_of(document.find(schema->id));
    const Object* held = before == nullptr ? nullptr : object_of(before->find(schema->id));
    if (values != nullptr) {
      if (Check checked = check_schema(*values, *schema, held); !checked) return checked;
    } else if (required && (before == nullptr || held != nullptr)) {
      return Error::invalid_value("the extension " + schema->id + " is required");
    }
  }
  return Done{};
}

Check keep_held(Object& document, const Object& held, const ResourceType& type) {
  for (const Member& member : held) {
    const Schema* extension = type.is_extension(member.name) ? type.schema(member.name) : nullptr;
    if (extension == nullptr) {
      if (type.find("", member.name) == nullptr) document.set(member.name, member.value);
      continue;
    }
    if (member.value.object() == nullptr) continue;
    Object inner;
    if (const Json* given = document.find(extension->id)) inner = *given->object();
    if (Check kept = keep_schema(inner, *member.value.object(), *extension); !kept) return kept;
    if (!inner.empty()) document.set(extension->id, std::move(inner));
  }
  return Done{};
}

Check check_references(const Object& document, const ResourceType& type, std::span<const ResourceType* const> types,
                       std::string_view base_url) {
  const References references{types, base_url};
  const auto check_values = [&](const Object& values, const Schema& schema) -> Check {
    for (const Member& member : values) {
      const Attribute* attribute = schema.find(member.name);
      if (attribute == nullptr) continue;
      if (Check checked = references.check(*attribute, member.value); !checked) return checked;
    }
    return Done{};
  };
  if (Check checked = check_values(document, *type.core); !checked) return checked;
  for (const auto& [schema, required] : type.extensions) {
    const Json* values = document.find(schema->id);
    if (values == nullptr || values->object() == nullptr) continue;
    if (Check checked = check_values(*values->object(), *schema); !checked) return checked;
  }
  return Done{};
}

}  // namespace rosterd::scim
