#include "scim/patch.h"

#include <algorithm>
#include <array>

#include "scim/constraints.h"
#include "scim/evaluate.h"
#include "scim/patch_element.h"
#include "scim/text.h"
#include "scim/values.h"

namespace rosterd::scim {
namespace {

using Kind = Operation::Kind;

constexpr std::string_view kMessage = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
constexpr std::array<std::string_view, 3> kWords = {"add", "replace", "remove"};

Result<Kind> parse_op(const Json* op, Notes& notes) {
  const std::string_view word = op == nullptr ? "" : op->string_or("");
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    const bool exact = word == kWords[i];
    if (exact || (iequals(word, kWords[i]) && notes.use(Habit::capitalised_ops, kWords[i])))
      return static_cast<Kind>(i);
  }
  return Error::invalid_syntax("op must be add, replace or remove");
}

// A required attribute would lose its value (RFC 7644 section 3.5.2.2 for remove).
Error unassigned(const Attribute& attribute, bool removed) {
  return removed ? Error::mutability(attribute.name + " is required and cannot be removed")
                 : Error::invalid_value(attribute.name + " is required");
}

Result<PatchPath> parse_path(const Json& path, const PatchContext& context) {
  if (path.string() == nullptr) return Error::invalid_path("path must be a string");
  Result<PatchPath> parsed = parse_patch_path(context.catalogue, *path.string(), FilterValues::quoted);
  if (parsed) return parsed;
  Result<PatchPath> lenient = parse_patch_path(context.catalogue, *path.string(), FilterValues::any_word);
  return lenient && context.notes.use(Habit::unquoted_filter_values, lenient->attribute.name) ? lenient : parsed;
}

Check parse_target(const Json* path, Operation& operation, const PatchContext& context) {
  Notes& notes = context.notes;
  const bool empty = path != nullptr && path->string() != nullptr && path->string()->empty();
  if (empty && !notes.use(Habit::empty_path, kWords[static_cast<std::size_t>(operation.kind)]))
    return Error::invalid_path("path is empty");
  if (path != nullptr && !path->is_null() && !empty) {
    Result<PatchPath> parsed = parse_path(*path, context);
    if (!parsed) return parsed.error();
    operation.path = std::move(*parsed);
  } else if (operation.kind == Kind::remove) {
    return Error::no_target("remove needs a path");
  } else if (!notes.use(Habit::patch_without_path, "path")) {
    return Error::invalid_syntax("each operation needs a path on this connection");
  } else if (operation.value.object() == nullptr) {
    return Error::invalid_value("an operation without a path needs an object as its value");
  }
  return Done{};
}

Result<Operation> parse_operation(const Json& given, std::size_t index, const PatchContext& context) {
  if (given.object() == nullptr) return Error::invalid_syntax("an operation must be an object");
  Operation operation;
  operation.index = index;
  const Result<Kind> kind = parse_op(given.find("op"), context.notes);
  if (!kind) return kind.error();
  operation.kind = *kind;
  const Json* value = given.find("value");
  if (value != nullptr) operation.value = *value;
  if (Check target = parse_target(given.find("path"), operation, context); !target) return target.error();
  if (operation.kind == Kind::add && value == nullptr) return Error::invalid_value("add needs a value");
  return operation;
}

bool is_message(const Json& body) {
  const Json* schemas = body.find("schemas");
  if (schemas == nullptr || schemas->array() == nullptr) return false;
  return std::any_of(schemas->array()->begin(), schemas->array()->end(),
                     [](const Json& urn) { return iequals(urn.string_or(""), kMessage); });
}

// Whether a key of a path-less value is more than an attribute's name or an extension's URN.
bool is_path(std::string_view key, const PatchPath& path) {
  return path.where != nullptr || !path.attribute.sub.empty() ||
         (istarts_with(key, "urn:") && !path.attribute.name.empty());
}

// Applies operations to one document.
class Patcher {
 public:
  Patcher(Object& document, const PatchContext& context)
      : document_(document), type_(context.type), context_(context) {}

  Check apply(const Operation& operation) {
    if (operation.path) return apply_at(*operation.path, operation.kind, operation.value, true);
    return apply_members(*operation.value.object(), operation.kind);
  }

 private:
  // A path-less operation: each key of the value is a path of its own, dotted, with a URN or even with a value filter.
  Check apply_members(const Object& members, Kind kind) {
    for (const Member& member : members) {
      if (iequals(member.name, "schemas")) continue;
      if (iequals(member.name, type_.core->id) && member.value.object() != nullptr) {
        if (Check applied = apply_members(*member.value.object(), kind); !applied) return applied;
        continue;
      }
      const std::string name = excerpt(member.name);
      Result<PatchPath> path = parse_patch_path(context_.catalogue, member.name);
      if (!path ||
          (is_path(member.name, *path) && !context_.notes.use(Habit::keys_as_paths, to_string(path->attribute)))) {
        if (Check known = take_unknown(name, context_.notes); !known) return known;
        continue;
      }
      if (Check applied = apply_at(*path, kind, member.value, false); !applied) return applied;
    }
    return Done{};
  }

  Check apply_at(const PatchPath& path, Kind kind, const Json& value, bool named) {
    if (iequals(path.attribute.name, "schemas") && path.attribute.schema.empty()) return Done{};
    if (path.attribute.name.empty()) return apply_extension(path, kind, value, named);
    const Target found = resolve(type_, path.attribute);
    if (found.attribute == nullptr) return refuse_unknown(path, named);
    if (found.leaf().mutability == Mutability::read_only || found.attribute->mutability == Mutability::read_only) {
      return echo_read_only(path, *found.attribute, kind, value, named);
    }
    Object& container = open_container(path.attribute.schema);
    Check applied = write_guarded(container, {*found.attribute, found.sub, path.where.get()}, kind, value);
    close_container(path.attribute.schema);
    return applied;
  }

  Check refuse_unknown(const PatchPath& path, bool named) {
    const std::string name = excerpt(to_string(path), 200);
    if (named) return Error::invalid_path("there is no attribute " + name);
    return take_unknown(name, context_.notes);
  }

  // Clients echo what they read. The same value changes nothing; another id is a mistake that must be seen.
  Check echo_read_only(const PatchPath& path, const Attribute& attribute, Kind kind, const Json& value, bool named) {
    const Json* held = document_.find(attribute.name);
    const bool same = kind != Kind::remove && held != nullptr && *held == value;
    const bool is_id = attribute.name == "id";
    if ((same || (!named && !is_id)) && context_.notes.use(Habit::read_only_in_patch, attribute.name)) return Done{};
    return Error::mutability(to_string(path.attribute) + " is read-only");
  }

  Check apply_extension(const PatchPath& whole, Kind kind, const Json& value, bool named) {
    const std::string& urn = whole.attribute.schema;
    if (!type_.is_extension(urn)) return refuse_unknown(whole, named);
    const Schema* schema = type_.schema(urn);
    const bool writable = std::any_of(schema->attributes.begin(), schema->attributes.end(),
                                      [](const Attribute& a) { return a.mutability != Mutability::read_only; });
    if (!writable && kind == Kind::remove) return Error::mutability(urn + " is read-only");
    if (kind == Kind::remove || value.is_null()) return remove_extension(*schema);
    if (value.object() == nullptr) return Error::invalid_value("the value of " + urn + " must be an object");
    for (const Member& member : *value.object()) {
      Result<PatchPath> path = parse_patch_path(context_.catalogue, urn + ":" + member.name);
      if (!path) {
        if (Check known = take_unknown(excerpt(member.name), context_.notes); !known) return known;
        continue;
      }
      if (Check applied = apply_at(*path, kind, member.value, false); !applied) return applied;
    }
    return Done{};
  }

  Check remove_extension(const Schema& schema) {
    const Json* held = document_.find(schema.id);
    if (held == nullptr || held->object() == nullptr) return Done{};
    const auto required = [&](const Extension& extension) { return extension.schema == &schema && extension.required; };
    if (std::any_of(type_.extensions.begin(), type_.extensions.end(), required))
      return Error::mutability(schema.id + " is required and cannot be removed");
    for (const Attribute& attribute : schema.attributes) {
      const Json* value = held->find(attribute.name);
      if (value == nullptr) continue;
      if (attribute.mutability == Mutability::immutable) return is_immutable(attribute.name);
      if (Check kept = check_immutable_subs(attribute, *value, Json()); !kept) return kept;
    }
    document_.erase(schema.id);
    return Done{};
  }

  Object& open_container(const std::string& urn) {
    if (!type_.is_extension(urn)) return document_;
    Json* extension = document_.find(urn);
    if (extension == nullptr || extension->object() == nullptr) extension = &document_.set(urn, Object());
    return *extension->object();
  }

  void close_container(const std::string& urn) {
    if (!type_.is_extension(urn)) return;
    const Json* extension = document_.find(urn);
    if (extension != nullptr && extension->object() != nullptr && extension->object()->empty()) document_.erase(urn);
  }

  // An immutable attribute is set once; the same value later is no change (RFC 7644 section 3.5.2).
  Check write_guarded(Object& container, const PatchTarget& target, Kind kind, const Json& value) {
    const Json* found = container.find(target.attribute.name);
    if (target.attribute.mutability != Mutability::immutable || found == nullptr)
      return write(container, target, kind, value);
    Json held = *found;
    if (Check applied = write(container, target, kind, value); !applied) return applied;
    const Json* now = container.find(target.attribute.name);
    if (now == nullptr || !is_same_value(target.attribute, held, *now)) return is_immutable(target.attribute.name);
    container.set(target.attribute.name, std::move(held));
    return Done{};
  }

  Check write(Object& container, const PatchTarget& target, Kind kind, const Json& value) {
    if (target.attribute.multi_valued) return write_multi(container, target, kind, value);
    if (target.where != nullptr) return Error::invalid_path(target.attribute.name + " has a single value");
    if (target.sub != nullptr) return write_sub(container, target, kind, value);
    if (kind == Kind::remove) return clear(container, target.attribute, true);
    if (clears(value, target.attribute, context_.notes)) return clear(container, target.attribute, false);
    Json* held = container.find(target.attribute.name);
    const bool merges = kind == Kind::add || context_.notes.use(Habit::replace_merges, target.attribute.name);
    if (target.attribute.type == Type::complex && value.object() != nullptr && held != nullptr &&
        held->object() != nullptr && merges) {
      if (Check merged = merge_complex(*held->object(), target.attribute, value, context_); !merged) return merged;
      if (held->object()->empty()) container.erase(target.attribute.name);
      return Done{};
    }
    Result<Json> taken = coerce(target.attribute, value, context_.notes, context_.limits.values);
    if (!taken) return taken.error();
    if (taken->is_null()) return clear(container, target.attribute, false);
    container.set(target.attribute.name, std::move(*taken));
    return Done{};
  }

  Check write_multi(Object& container, const PatchTarget& target, Kind kind, const Json& value) {
    if (target.where != nullptr) {
      if (Check checked = check_element_filter(*target.where, target.attribute); !checked) return checked;
      if (has_boolean_text(*target.where, target.attribute) &&
          !context_.notes.use(Habit::booleans_as_text, target.attribute.name))
        return Error::invalid_path("a boolean is written true or false, without quotes");
    }
    Array elements;
    Json* held = container.find(target.attribute.name);
    if (held != nullptr && held->array() != nullptr) elements = std::move(*held->array());
    if (target.where == nullptr && target.sub == nullptr && kind == Kind::replace) {
      Result<Json> taken = coerce(target.attribute, value, context_.notes, context_.limits.values);
      if (!taken) return taken.error();
      elements = taken->is_null() ? Array() : std::move(*taken->array());
    } else if (target.where == nullptr && target.sub == nullptr && kind == Kind::remove && value.is_null()) {
      elements.clear();
    } else if (Check patched = patch_elements(elements, target, kind, value, context_); !patched) {
      return patched;
    }
    if (elements.empty() && target.attribute.required) return unassigned(target.attribute, kind == Kind::remove);
    if (elements.empty()) {
      container.erase(target.attribute.name);
    } else {
      container.set(target.attribute.name, std::move(elements));
    }
    return Done{};
  }

  Check write_sub(Object& container, const PatchTarget& target, Kind kind, const Json& value) {
    Json* held = container.find(target.attribute.name);
    if (held == nullptr || held->object() == nullptr) {
      if (kind == Kind::remove || clears(value, *target.sub, context_.notes)) return Done{};
      held = &container.set(target.attribute.name, Object());
    }
    if (kind == Kind::remove && target.sub->required && held->find(target.sub->name) != nullptr)
      return Error::mutability(target.attribute.name + "." + target.sub->name + " is required and cannot be removed");
    Object patch;
    patch.set(target.sub->name, kind == Kind::remove ? Json() : value);
    if (Check merged = merge_complex(*held->object(), target.attribute, patch, context_); !merged) return merged;
    if (held->object()->empty()) container.erase(target.attribute.name);
    return Done{};
  }

  static Check clear(Object& container, const Attribute& attribute, bool removed) {
    const Json* held = container.find(attribute.name);
    if (held == nullptr && !removed) return attribute.required ? Check(unassigned(attribute, false)) : Done{};
    if (held != nullptr) {
      if (Check kept = check_immutable_subs(attribute, *held, Json()); !kept) return kept;
    }
    if (attribute.required) return unassigned(attribute, removed);
    container.erase(attribute.name);
    return Done{};
  }

  Object& document_;
  const ResourceType& type_;
  const PatchContext& context_;
};

}  // namespace

Error refuse(const Operation& operation, Error error) {
  const std::string_view word = kWords[static_cast<std::size_t>(operation.kind)];
  const std::string path = operation.path ? excerpt(to_string(*operation.path), 200) : "without path";
  error.detail =
      "Operations[" + std::to_string(operation.index) + "] (" + std::string(word) + " " + path + "): " + error.detail;
  return error;
}

Result<std::vector<Operation>> parse_operations(const Json& body, const PatchContext& context) {
  Notes& notes = context.notes;
  if (!is_message(body) && !notes.use(Habit::missing_schemas, "PatchOp"))
    return Error::invalid_syntax("schemas must name " + std::string(kMessage));
  const Json* list = body.find("Operations");
  if (list == nullptr || list->array() == nullptr) return Error::invalid_syntax("Operations must be an array");
  if (list->array()->empty() && !notes.use(Habit::empty_operations, "Operations"))
    return Error::invalid_syntax("Operations is empty");
  if (list->array()->size() > context.limits.max_operations) {
    return Error::too_many("more than " + std::to_string(context.limits.max_operations) + " operations");
  }
  std::vector<Operation> operations;
  operations.reserve(list->array()->size());
  for (const Json& given : *list->array()) {
    Result<Operation> operation = parse_operation(given, operations.size(), context);
    if (!operation) {
      Error error = operation.error();
      error.detail = "Operations[" + std::to_string(operations.size()) + "]: " + error.detail;
      return error;
    }
    operations.push_back(std::move(*operation));
  }
  return operations;
}

Result<Object> apply_patch(Object document, const std::vector<Operation>& operations, const PatchContext& context) {
  // Who lacked something required before has not lost it now.
  std::optional<Object> incomplete;
  if (!check_complete(document, context.type)) incomplete = document;
  Patcher patcher(document, context);
  for (const Operation& operation : operations) {
    if (Check applied = patcher.apply(operation); !applied) return refuse(operation, applied.error());
  }
  Check complete = check_complete(document, context.type, incomplete ? &*incomplete : nullptr);
  if (!complete) return complete.error();
  return document;
}

}  // namespace rosterd::scim
