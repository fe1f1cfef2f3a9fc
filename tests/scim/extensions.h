// Extensions as a configuration may declare them: every type and characteristic once.
#pragma once

#include "scim/catalogue.h"

namespace rosterd::scim {

inline constexpr std::string_view kTestSchema = "urn:example:params:scim:schemas:extension:test:2.0:User";
inline constexpr std::string_view kStrictSchema = "urn:example:params:scim:schemas:extension:strict:2.0:User";
inline constexpr std::string_view kTeamSchema = "urn:example:params:scim:schemas:extension:team:2.0:Group";

inline Attribute attribute(std::string name, Type type = Type::string) {
  Attribute made;
  made.name = std::move(name);
  made.description = "For tests.";
  made.type = type;
  made.case_exact = type == Type::binary || type == Type::reference;
  return made;
}

template <class Change>
Attribute attribute(std::string name, Type type, Change change) {
  Attribute made = attribute(std::move(name), type);
  change(made);
  return made;
}

inline Schema test_schema() {
  const auto several = [](Attribute& a) { a.multi_valued = true; };
  const auto returned = [](Returned rule) { return [rule](Attribute& a) { a.returned = rule; }; };
  const auto complex = [](bool multi, std::vector<Attribute> subs) {
    return [multi, subs = std::move(subs)](Attribute& a) {
      a.multi_valued = multi;
      a.sub_attributes = subs;
    };
  };
  const auto unique = [](Attribute& a) { a.uniqueness = Uniqueness::server; };
  const auto once = [](Attribute& a) { a.mutability = Mutability::immutable; };
  const auto colours = [](Attribute& a) {
    a.canonical_values = {"blue", "red"};
    a.restricted = true;
  };
  return {std::string(kTestSchema),
          "Test",
          "For tests.",
          {attribute("text"),
           attribute("exact", Type::string, [](Attribute& a) { a.case_exact = true; }),
           attribute("flag", Type::boolean),
           attribute("count", Type::integer),
           attribute("ratio", Type::decimal),
           attribute("since", Type::date_time),
           attribute("key", Type::binary),
           attribute("link", Type::reference, [](Attribute& a) { a.reference_types = {"external"}; }),
           attribute("boss", Type::reference, [](Attribute& a) { a.reference_types = {"User"}; }),
           attribute("colour", Type::string, colours),
           attribute("once", Type::string, once),
           attribute("bornOn", Type::date_time, once),
           attribute("secret", Type::string,
                     [](Attribute& a) {
                       a.mutability = Mutability::write_only;
                       a.returned = Returned::never;
                     }),
           attribute("hidden", Type::string, returned(Returned::never)),
           attribute("asked", Type::string, returned(Returned::on_request)),
           attribute("always", Type::string, returned(Returned::always)),
           attribute("sealed", Type::string, [](Attribute& a) { a.mutability = Mutability::read_only; }),
           attribute("badge", Type::string, unique),
           attribute("locker", Type::integer, unique),
           attribute("desk", Type::string, [](Attribute& a) { a.indexed = true; }),
           attribute("tags", Type::string, several),
           attribute("numbers", Type::integer, several),
           attribute("place", Type::complex,
                     complex(false, {attribute("room", Type::string, [](Attribute& a) { a.required = true; }),
                                     attribute("floor", Type::integer), attribute("wing", Type::string, once),
                                     attribute("note", Type::string, returned(Returned::on_request))})),
           attribute("cards", Type::complex,
                     complex(true, {attribute("value", Type::string, unique), attribute("type", Type::string, colours),
                                    attribute("primary", Type::boolean),
                                    attribute("pin", Type::string, returned(Returned::never)),
                                    attribute("code", Type::string, returned(Returned::always))}))}};
}

inline Schema strict_schema() {
  return {std::string(kStrictSchema),
          "Strict",
          "For tests.",
          {attribute("costCode", Type::string, [](Attribute& a) { a.required = true; }), attribute("site"),
           attribute("rooms", Type::string, [](Attribute& a) { a.required = a.multi_valued = true; })}};
}

inline Schema team_schema() {
  return {std::string(kTeamSchema),
          "Team",
          "For tests.",
          {attribute("owner", Type::reference, [](Attribute& a) { a.reference_types = {"User"}; }), attribute("label"),
           attribute("level", Type::integer, [](Attribute& a) { a.mutability = Mutability::immutable; })}};
}

inline const Catalogue& extended_catalogue() {
  static const Catalogue catalogue({{test_schema(), Resource::user, false},
                                    {strict_schema(), Resource::user, false},
                                    {team_schema(), Resource::group, false}});
  return catalogue;
}

}  // namespace rosterd::scim
