#include "scim/bulk_references.h"

#include <algorithm>

#include "scim/path.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

constexpr std::string_view kPrefix = "bulkId:";

// Most operations have none, and this costs less than looking up their attributes.
bool mentions_any(const Json& value) {
  if (const std::string* text = value.string()) return text->find(kPrefix) != std::string::npos;
  if (const Array* elements = value.array()) return std::any_of(elements->begin(), elements->end(), mentions_any);
  if (const Object* object = value.object())
    return std::any_of(object->begin(), object->end(), [](const Member& member) {
      return member.name.find(kPrefix) != std::string::npos || mentions_any(member.value);
    });
  return false;
}

// Where a literal that begins at `at` ends.
std::size_t end_of_literal(std::string_view text, std::size_t at) {
  if (text[at] != '"') return std::min(text.find_first_of(" )]", at), text.size());
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size());
}

class Walk {
 public:
  Walk(const Catalogue& catalogue, const ResourceType* type, const ResolveReference& resolve)
      : catalogue_(catalogue), type_(type), resolve_(resolve) {}

  void resource(Json& data) {
    if (Object* object = data.object()) members(*object, "");
  }

  void patch(Json& data) {
    Json* operations = data.object() != nullptr ? data.object()->find("Operations") : nullptr;
    if (operations == nullptr || operations->array() == nullptr) return;
    for (Json& operation : *operations->array()) {
      if (operation.object() != nullptr) patch_operation(*operation.object());
    }
  }

 private:
  void patch_operation(Object& operation) {
    Json* path = operation.find("path");
    Json* value = operation.find("value");
    const bool has_path = path != nullptr && path->string() != nullptr && !path->string()->empty();
    if (has_path) *path = Json(with_filter_resolved(*path->string()));
    if (value == nullptr) return;
    if (has_path)
      at(path_of(*path->string()), *value);
    else
      resource(*value);
  }

  std::optional<AttributePath> path_of(const std::string& text) const {
    Result<PatchPath> path = parse_patch_path(catalogue_, text);
    if (!path) return std::nullopt;
    return std::move(path->attribute);
  }

  // Those of an extension when a URN is given.
  void members(Object& object, const std::string& urn) {
    std::vector<std::string> left_out;
    for (Member& member : object) {
      member.name = with_filter_resolved(member.name);
      std::optional<AttributePath> path = path_of(member.name);
      if (path && path->schema.empty()) path->schema = urn;
      if (!at(path, member.value)) left_out.push_back(member.name);
    }
    for (const std::string& name : left_out) object.erase(name);
  }

  // The others return false for what is to be left out.
  bool at(const std::optional<AttributePath>& path, Json& value) {
    if (path && path->name.empty()) {
      if (Object* extension = value.object()) members(*extension, path->schema);
      return true;
    }
    const Target target = type_ != nullptr && path ? scim::resolve(*type_, *path) : Target{};
    if (target.sub == nullptr) return any(target.attribute, value);
    return part(target.sub->name, target.sub, value);
  }

  bool any(const Attribute* attribute, Json& value) {
    if (Array* elements = value.array()) {
      std::erase_if(*elements, [&](Json& element) { return element.array() == nullptr && !any(attribute, element); });
      return true;
    }
    const bool complex = attribute == nullptr || attribute->type == Type::complex;
    if (Object* object = value.object()) {
      if (!complex) return true;
      bool kept = true;
      for (Member& member : *object) {
        kept = part(member.name, attribute != nullptr ? attribute->sub(member.name) : nullptr, member.value) && kept;
        const bool nested = member.value.object() != nullptr || member.value.array() != nullptr;
        if (attribute == nullptr && nested) any(nullptr, member.value);
      }
      return kept;
    }
    const bool is_reference = attribute != nullptr && attribute->type == Type::reference;
    return (!complex && !is_reference) || text(value, is_reference);
  }

  bool part(std::string_view name, const Attribute* sub, Json& value) {
    const bool is_reference = iequals(name, "$ref") || (sub != nullptr && sub->type == Type::reference);
    return (!is_reference && !iequals(name, "value")) || text(value, is_reference);
  }

  bool text(Json& value, bool as_url) {
    if (value.string() == nullptr) return true;
    std::string given = *value.string();
    const std::size_t slash =
        as_url && !bulk_reference(given) ? given.find("/" + std::string(kPrefix)) : std::string::npos;
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    const auto name = bulk_reference(std::string_view(given).substr(begin));
    if (!name) return true;
    const auto by = resolve_(*name);
    if (!by) return false;
    value = Json(given.replace(begin, std::string::npos, *by));
    return true;
  }

  // `members[value eq "bulkId:x"]`
  std::string with_filter_resolved(const std::string& path) {
    std::size_t at = std::min(path.find('['), path.size());
    std::string out = path.substr(0, at);
    while (at < path.size()) {
      const bool begins_word = at > 0 && std::string_view(" ([").find(path[at - 1]) != std::string_view::npos;
      const bool is_literal = path[at] == '"' || (begins_word && path.compare(at, kPrefix.size(), kPrefix) == 0);
      const std::size_t end = is_literal ? end_of_literal(path, at) : at + 1;
      const std::string part = path.substr(at, end - at);
      out += is_literal ? literal(part) : part;
      at = end;
    }
    return out;
  }

  std::string literal(const std::string& written) {
    std::string text = written;
    if (written.front() == '"') {
      const auto parsed = parse_json(written);
      const Json* json = std::get_if<Json>(&parsed);
      if (json == nullptr) return written;  // the path is refused for it
      text = json->string_or("");
    }
    const auto name = bulk_reference(text);
    const auto by = name ? resolve_(*name) : std::nullopt;
    return by ? write_json(*by) : written;
  }

  const Catalogue& catalogue_;
  const ResourceType* type_;
  const ResolveReference& resolve_;
};

}  // namespace

std::optional<std::string_view> bulk_reference(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  return text.substr(kPrefix.size());
}

void replace_references(Json& data, BulkData kind, const Catalogue& catalogue, const ResourceType* type,
                        const ResolveReference& resolve) {
  if (!mentions_any(data)) return;
  Walk walk(catalogue, type, resolve);
  if (kind == BulkData::patch)
    walk.patch(data);
  else
    walk.resource(data);
}

}  // namespace rosterd::scim
