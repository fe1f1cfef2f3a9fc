#include "scim/translate.h"

#include <algorithm>
#include <optional>

#include "scim/datetime.h"
#include "scim/evaluate.h"
#include "scim/indexing.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

using store::Field;
using store::Query;

Translated everything() {
  return {};
}

Translated condition(Field field, store::Compare compare, std::string text, bool exact) {
  Translated out;
  out.query.type = Query::Type::condition;
  out.query.field = field;
  out.query.compare = compare;
  out.query.text = std::move(text);
  out.exact = exact;
  return out;
}

// An indexed text attribute. `exact`: the column holds just what the connection reads.
struct TextColumn {
  Field field;
  bool exact = false;
  bool prefix = false;  // the index serves `sw`
};

std::optional<TextColumn> text_column(const AttributePath& path, const ResourceType& type) {
  if (!path.schema.empty()) return std::nullopt;
  const bool user = type.resource == Resource::user;
  const auto is = [&](std::string_view name) { return path.sub.empty() && iequals(path.name, name); };
  const auto holds_value = [&](std::string_view name) {
    return iequals(path.name, name) && (path.sub.empty() || iequals(path.sub, "value"));
  };
  if (is("id")) return TextColumn{Field::id, true, false};
  if (is("externalId")) return TextColumn{Field::key, true, false};
  // A person's names are indexed for every claim, so another source's may be among the candidates.
  if (user && is("userName")) return TextColumn{Field::user_name, false, true};
  if (user && holds_value("emails")) return TextColumn{Field::email, false, false};
  if (is("displayName")) return TextColumn{Field::display_name, !user, true};
  if (user && holds_value("groups")) return TextColumn{Field::member, false, false};
  if (!user && holds_value("members")) return TextColumn{Field::member, true, false};
  return std::nullopt;
}

std::optional<store::Compare> order(Compare op) {
  switch (op) {
    case Compare::eq:
      return store::Compare::equal;
    case Compare::gt:
      return store::Compare::greater;
    case Compare::ge:
      return store::Compare::greater_equal;
    case Compare::lt:
      return store::Compare::less;
    case Compare::le:
      return store::Compare::less_equal;
    default:
      return std::nullopt;
  }
}

// meta.created and meta.lastModified.
std::optional<Translated> instant_condition(const Comparison& test) {
  if (!test.path.schema.empty() || !iequals(test.path.name, "meta")) return std::nullopt;
  const bool created = iequals(test.path.sub, "created");
  if (!created && !iequals(test.path.sub, "lastModified")) return std::nullopt;
  const auto at = parse_date_time(test.value.string_or(""));
  const auto compare = order(test.op);
  if (!at || !compare) return std::nullopt;
  Translated out = condition(created ? Field::created : Field::modified, *compare, "", true);
  out.query.number = store::to_millis(*at);
  return out;
}

// Other people's claims and values that another source says are among the candidates.
std::optional<Translated> indexed_condition(const Comparison& test, const ResourceType& type) {
  if (type.resource != Resource::user || test.op != Compare::eq || !type.is_extension(test.path.schema))
    return std::nullopt;
  const Target target = resolve(type, test.path);
  const Attribute* leaf = compared(target);
  // References compare in more ways than as texts.
  if (leaf == nullptr || !is_indexed(*leaf) || leaf->type == Type::reference) return std::nullopt;
  const bool whole = leaf->type == Type::integer;
  const Number* number = test.value.number();
  const std::string* text = test.value.string();
  if (whole ? number == nullptr || !to_integer(*number) : text == nullptr || text->empty()) return std::nullopt;
  Translated out =
      condition(Field::attribute, store::Compare::equal, whole ? std::to_string(*to_integer(*number)) : *text, false);
  const Attribute* sub = leaf == target.attribute ? nullptr : leaf;
  out.query.attribute = index_of(*type.schema(test.path.schema), *target.attribute, sub).address();
  return out;
}

Translated translate_comparison(const Comparison& test, const ResourceType& type) {
  if (auto indexed = indexed_condition(test, type)) return std::move(*indexed);
  if (auto instant = instant_condition(test)) return std::move(*instant);
  const bool equality = test.op == Compare::eq || test.op == Compare::ne;
  const auto boolean = to_boolean(test.value);
  if (type.resource == Resource::user && test.path.schema.empty() && iequals(test.path.name, "active") && equality &&
      boolean) {
    Translated out = condition(Field::active, store::Compare::equal, "", true);
    out.query.number = (*boolean == (test.op == Compare::eq)) ? 1 : 0;
    return out;
  }
  const auto column = text_column(test.path, type);
  const std::string* text = test.value.string();
  std::string digits;
  if (const Number* number = test.value.number()) text = &(digits = number->text);
  if (!column || text == nullptr || text->empty()) return everything();
  if (test.op == Compare::eq) return condition(column->field, store::Compare::equal, *text, column->exact);
  if (test.op == Compare::sw && column->prefix) {
    return condition(column->field, store::Compare::starts_with, *text, column->exact);
  }
  return everything();
}

// `emails[type eq "work" and value eq "x"]`: the address leads to the candidates.
Translated translate_element(const ElementMatch& match, const ResourceType& type) {
  const Attribute* attribute = type.find(match.path.schema, match.path.name);
  if (attribute == nullptr) return everything();  // another type's, in a search over several
  std::vector<const Filter*> terms = {match.where.get()};
  if (const auto* all = std::get_if<And>(&match.where->node)) {
    terms.clear();
    for (const Filter& term : all->terms) terms.push_back(&term);
  }
  for (const Filter* term : terms) {
    const auto* test = std::get_if<Comparison>(&term->node);
    if (test == nullptr) continue;
    Comparison whole = *test;
    whole.path = match.path;
    if (attribute->type == Type::complex) whole.path.sub = test->path.name;
    Translated out = translate_comparison(whole, type);
    if (out.query.type == Query::Type::all) continue;
    out.exact = out.exact && terms.size() == 1;
    return out;
  }
  return everything();
}

Translated translate_and(const And& all, const ResourceType& type) {
  Translated out;
  out.exact = true;
  out.query.type = Query::Type::both;
  for (const Filter& term : all.terms) {
    Translated part = translate(term, type);
    out.exact = out.exact && part.exact;
    if (part.query.type != Query::Type::all) out.query.parts.push_back(std::move(part.query));
  }
  if (out.query.parts.empty()) out.query = Query();
  return out;
}

Translated translate_or(const Or& any, const ResourceType& type) {
  Translated out;
  out.exact = true;
  out.query.type = Query::Type::either;
  for (const Filter& term : any.terms) {
    Translated part = translate(term, type);
    if (part.query.type == Query::Type::all) return {Query(), part.exact};
    out.exact = out.exact && part.exact;
    out.query.parts.push_back(std::move(part.query));
  }
  return out;
}

Translated translate_presence(const Present& present) {
  const bool always =
      present.path.schema.empty() && present.path.sub.empty() &&
      (iequals(present.path.name, "id") || iequals(present.path.name, "meta") || iequals(present.path.name, "schemas"));
  return {Query(), always};
}

}  // namespace

Translated translate(const Filter& filter, const ResourceType& type) {
  if (const auto* all = std::get_if<And>(&filter.node)) return translate_and(*all, type);
  if (const auto* any = std::get_if<Or>(&filter.node)) return translate_or(*any, type);
  if (const auto* test = std::get_if<Comparison>(&filter.node)) return translate_comparison(*test, type);
  if (const auto* match = std::get_if<ElementMatch>(&filter.node)) return translate_element(*match, type);
  if (const auto* present = std::get_if<Present>(&filter.node)) return translate_presence(*present);
  return everything();
}

bool mentions(const Filter& filter, std::string_view schema, std::string_view attribute) {
  const auto any_of = [&](const std::vector<Filter>& terms) {
    return std::any_of(terms.begin(), terms.end(),
                       [&](const Filter& term) { return mentions(term, schema, attribute); });
  };
  const auto is = [&](const AttributePath& path) {
    return iequals(path.schema, schema) && (attribute.empty() || iequals(path.name, attribute));
  };
  if (const auto* all = std::get_if<And>(&filter.node)) return any_of(all->terms);
  if (const auto* any = std::get_if<Or>(&filter.node)) return any_of(any->terms);
  if (const auto* negated = std::get_if<Not>(&filter.node)) return mentions(*negated->term, schema, attribute);
  if (const auto* test = std::get_if<Comparison>(&filter.node)) return is(test->path);
  if (const auto* present = std::get_if<Present>(&filter.node)) return is(present->path);
  return is(std::get<ElementMatch>(filter.node).path);
}

}  // namespace rosterd::scim
