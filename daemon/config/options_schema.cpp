// The table, part four: schema extensions of one's own.
#include "daemon/config/bind.h"
#include "daemon/config/checks.h"
#include "daemon/config/options.h"

namespace rosterd::config {
namespace {

std::vector<Option> attribute_shape() {
  return {{.name = "schema",
           .required = true,
           .example = R"("urn:example:params:scim:schemas:extension:staff:2.0:User")",
           .help = "The URN of the [[schema]] that it is part of.",
           .check = check_urn,
           .set = into(&Config::attributes, &Attribute::schema)},
          {.name = "name",
           .required = true,
           .example = R"("badge")",
           .help = "As clients write it. \"badge.number\" is the sub-attribute \"number\" of the complex attribute "
                   "\"badge\".",
           .cost = "another name is another attribute: values under the old one are kept, and no longer shown",
           .check = check_attribute_name,
           .set = into(&Config::attributes, &Attribute::name)},
          {.name = "description",
           .fallback = R"("")",
           .example = R"("The number on the badge.")",
           .help = "For whoever reads /Schemas.",
           .set = into(&Config::attributes, &Attribute::description)},
          {.name = "type",
           .type = Type::choice,
           .fallback = R"("string")",
           .example = R"("reference")",
           .choices = {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"},
           .help = "Of its values; complex has sub-attributes.",
           .cost = "values of the old type are kept, shown as they are, and found by no comparison of the new one",
           .set = into(&Config::attributes, &Attribute::type)},
          {.name = "multi_valued",
           .type = Type::boolean,
           .fallback = "false",
           .help = "Several values, an array.",
           .set = into(&Config::attributes, &Attribute::multi_valued)},
          {.name = "required",
           .type = Type::boolean,
           .fallback = "false",
           .help = "Whoever writes the extension must give it.",
           .cost = "requests without it are answered 400; who lacks it already stays as he is",
           .set = into(&Config::attributes, &Attribute::required)},
          {.name = "case_exact",
           .type = Type::boolean,
           .fallback = "false",
           .help = "Texts that differ in case are different; binary values and references always are.",
           .cost = "an index is built anew",
           .set = into(&Config::attributes, &Attribute::case_exact)}};
}

std::vector<Option> attribute_rules() {
  return {
      {.name = "mutability",
       .type = Type::choice,
       .fallback = R"("readWrite")",
       .choices = {"readOnly", "readWrite", "immutable", "writeOnly"},
       .help = "immutable: set once; writeOnly: never returned.",
       .set = into(&Config::attributes, &Attribute::mutability)},
      {.name = "returned",
       .type = Type::choice,
       .fallback = R"("default")",
       .choices = {"always", "never", "default", "request"},
       .help = "When it stands in answers; request: only when asked for by name.",
       .set = into(&Config::attributes, &Attribute::returned)},
      {.name = "uniqueness",
       .type = Type::choice,
       .fallback = R"("none")",
       .choices = {"none", "server"},
       .help = "server: no two people have the same value, whatever connection says it; the second is refused with "
               "409. Implies indexed.",
       .cost = "people who share a value already keep it",
       .set = into(&Config::attributes, &Attribute::uniqueness)},
      {.name = "canonical_values",
       .type = Type::text_list,
       .example = R"(["blue", "red"])",
       .min = 1,
       .max = 1000,
       .help = "The only values it takes; unset: any.",
       .check = check_not_empty,
       .set = into(&Config::attributes, &Attribute::canonical_values)},
      {.name = "reference_types",
       .type = Type::text_list,
       .example = R"(["User"])",
       .min = 1,
       .max = 100,
       .help = "What a reference may lead to: resource types, \"external\" or \"uri\"; unset: external.",
       .check = check_not_empty,
       .set = into(&Config::attributes, &Attribute::reference_types)},
      {.name = "indexed",
       .type = Type::boolean,
       .fallback = "false",
       .help = "Finding people by `eq` costs the same however many there are. Strings, integers and "
               "binary values of people.",
       .cost = "a row for each value; a new index is built beside the requests, about a minute for a million people",
       .set = into(&Config::attributes, &Attribute::indexed)}};
}

}  // namespace

Section schema_section() {
  return {
      .name = "schema",
      .shape = Shape::array,
      .help =
          "A SCIM schema extension of your own: stored, filtered, patched and shown like the built-in ones. Its "
          "attributes are [[attribute]] tables. Taken out, its values are kept and no longer shown.",
      .options = {{.name = "urn",
                   .required = true,
                   .example = R"("urn:example:params:scim:schemas:extension:staff:2.0:User")",
                   .help = "Under which it stands in resources.",
                   .cost = "another URN is another extension: values under the old one are kept, and no longer shown",
                   .check = check_urn,
                   .set = into(&Config::schemas, &Schema::urn)},
                  {.name = "name",
                   .fallback = R"("Extension")",
                   .example = R"("Staff")",
                   .help = "What people call it, in /Schemas.",
                   .check = check_not_empty,
                   .set = into(&Config::schemas, &Schema::name)},
                  {.name = "description",
                   .fallback = R"("")",
                   .example = R"("What our organisation knows about its staff.")",
                   .help = "For whoever reads /Schemas.",
                   .set = into(&Config::schemas, &Schema::description)},
                  {.name = "resource",
                   .type = Type::choice,
                   .fallback = R"("User")",
                   .choices = {"User", "Group"},
                   .help = "What it extends.",
                   .set = into(&Config::schemas, &Schema::resource)},
                  {.name = "required",
                   .type = Type::boolean,
                   .fallback = "false",
                   .help = "Nobody is created without it.",
                   .cost = "requests without it are answered 400; who lacks it already stays as he is",
                   .set = into(&Config::schemas, &Schema::required)}},
      .open = append(&Config::schemas)};
}

Section attribute_section() {
  Section section{.name = "attribute",
                  .shape = Shape::array,
                  .help =
                      "An attribute of a [[schema]], or a sub-attribute of a complex one, with its characteristics "
                      "(RFC 7643 section 7), all of them enforced.",
                  .open = append(&Config::attributes)};
  for (auto part : {attribute_shape(), attribute_rules()})
    section.options.insert(section.options.end(), part.begin(), part.end());
  return section;
}

}  // namespace rosterd::config
