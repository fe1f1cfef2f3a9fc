#include "scim/schema_tables.h"

#include <utility>

namespace rosterd::scim::tables {
namespace {

// Small builders, so that each attribute is one readable line below.
struct Define {
  Attribute attribute;

  Define(std::string name, Type type, std::string description) {
    attribute.name = std::move(name);
    attribute.type = type;
    attribute.description = std::move(description);
    // RFC 7643 section 2.3: binary and reference values compare exactly.
    attribute.case_exact = type == Type::reference || type == Type::binary;
  }
  Define& multi() { return attribute.multi_valued = true, *this; }
  Define& required() { return attribute.required = true, *this; }
  Define& exact() { return attribute.case_exact = true, *this; }
  Define& read_only() {
    attribute.mutability = Mutability::read_only;
    for (Attribute& sub : attribute.sub_attributes) sub.mutability = Mutability::read_only;
    return *this;
  }
  Define& immutable() { return attribute.mutability = Mutability::immutable, *this; }
  Define& write_only() {
    attribute.mutability = Mutability::write_only;
    attribute.returned = Returned::never;
    return *this;
  }
  Define& returned(Returned rule) { return attribute.returned = rule, *this; }
  Define& indexed() { return attribute.indexed = true, *this; }
  Define& unique() { return attribute.uniqueness = Uniqueness::server, *this; }
  Define& canonical(std::vector<std::string> values) { return attribute.canonical_values = std::move(values), *this; }
  Define& restricted() { return attribute.restricted = true, *this; }
  Define& refers(std::vector<std::string> types) { return attribute.reference_types = std::move(types), *this; }
  Define& with(std::vector<Attribute> subs) { return attribute.sub_attributes = std::move(subs), *this; }
  operator Attribute() const { return attribute; }
};

Define text(std::string name, std::string description) {
  return {std::move(name), Type::string, std::move(description)};
}

// The usual shape of a multi-valued attribute (RFC 7643 section 2.4).
Define plural(std::string name, Define value, std::vector<std::string> types, std::string description) {
  return Define(std::move(name), Type::complex, std::move(description))
      .multi()
      .with({value, text("display", "A name to show for the value."),
             text("type", "What the value is for.").canonical(std::move(types)),
             Define("primary", Type::boolean, "Whether this is the preferred value; true at most once.")});
}

Define plural(std::string name, std::vector<std::string> types, std::string description) {
  return plural(std::move(name), text("value", "The value."), std::move(types), std::move(description));
}

Attribute name() {
  return Define("name", Type::complex, "The parts of the person's name.")
      .with({text("formatted", "The whole name as it is shown."), text("familyName", "The family name."),
             text("givenName", "The given name."), text("middleName", "The middle name."),
             text("honorificPrefix", "A title before the name."), text("honorificSuffix", "A suffix to the name.")});
}

Attribute addresses() {
  return Define("addresses", Type::complex, "Postal addresses.")
      .multi()
      .with({text("formatted", "The whole address as it is printed."), text("streetAddress", "Street and number."),
             text("locality", "The city."), text("region", "The state or region."),
             text("postalCode", "The post code."), text("country", "The country, as ISO 3166-1 alpha-2."),
             text("type", "What the address is for.").canonical({"work", "home", "other"}),
             Define("primary", Type::boolean, "Whether this is the preferred address; true at most once.")});
}

Attribute user_groups() {
  return Define("groups", Type::complex, "The groups the person belongs to, directly or through other groups.")
      .multi()
      .with({text("value", "The group's id.").exact(),
             Define("$ref", Type::reference, "The group's URI.").refers({"Group"}),
             text("display", "The group's displayName."),
             text("type", "How the person belongs to it.").canonical({"direct", "indirect"})})
      .read_only();
}

}  // namespace

Schema common() {
  return {
      "",
      "Common",
      "Attributes that every resource has.",
      {Define("schemas", Type::reference, "The schemas of the resource.").multi().required().returned(Returned::always),
       text("id", "The identifier this server gave.").exact().read_only().unique().returned(Returned::always),
       text("externalId", "The identifier of the provisioning client.").exact(),
       Define("meta", Type::complex, "Facts about the resource.")
           .with({text("resourceType", "The resource's type.").exact(),
                  Define("created", Type::date_time, "When it was created."),
                  Define("lastModified", Type::date_time, "When it last changed."),
                  Define("location", Type::reference, "Its URI."), text("version", "Its entity tag.").exact()})
           .read_only()}};
}

Schema user() {
  return {std::string(kUserSchema),
          "User",
          "A user account.",
          {text("userName", "The name the person signs in with.").required().unique(),
           name(),
           text("displayName", "The name that is shown."),
           text("nickName", "The casual name."),
           Define("profileUrl", Type::reference, "The person's page.").refers({"external"}),
           text("title", "The job title."),
           text("userType", "The relationship to the organisation."),
           text("preferredLanguage", "Preferred languages, as in Accept-Language."),
           text("locale", "The locale for dates, numbers and currency."),
           text("timezone", "The time zone, as in the IANA database."),
           Define("active", Type::boolean, "Whether the person may sign in: true when no source blocks it."),
           text("password", "Write-only; accepted and ignored: people choose their own password.").exact().write_only(),
           plural("emails", {"work", "home", "other"}, "E-mail addresses."),
           plural("phoneNumbers", {"work", "home", "mobile", "fax", "pager", "other"}, "Telephone numbers."),
           plural("ims", {"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", "other"}, "Instant messaging."),
           plural("photos", Define("value", Type::reference, "URI of the picture.").refers({"external"}),
                  {"photo", "thumbnail"}, "Pictures of the person."),
           addresses(),
           user_groups(),
           plural("entitlements", {}, "Things the person is entitled to, as the client says."),
           plural("roles", {}, "Roles as the client says; what is in force stands in the access extension."),
           plural("x509Certificates", Define("value", Type::binary, "A DER certificate in base64."), {},
                  "Certificates of the person.")}};
}

Schema group() {
  return {std::string(kGroupSchema),
          "Group",
          "A group of users and groups.",
          {text("displayName", "The group's name.").required(),
           Define("members", Type::complex, "The members of the group.")
               .multi()
               .with({text("value", "The member's id.").exact().immutable(),
                      Define("$ref", Type::reference, "The member's URI.").refers({"User", "Group"}).immutable(),
                      text("type", "What the member is.").canonical({"User", "Group"}).immutable(),
                      text("display", "The member's name.").read_only()})}};
}

namespace {

Schema assignable(std::string_view urn, std::string name, std::string description) {
  return {
      std::string(urn),
      std::move(name),
      std::move(description),
      {text("value", "What a person's roles or entitlements name it by; the id does as well.").required().read_only(),
       text("display", "A name to show.").read_only(), text("displayName", "A name to show.").read_only(),
       text("type", "What it is: permission or project.").canonical({"permission", "project"}).read_only(),
       text("description", "What it gives.").read_only(),
       Define("supported", Type::boolean, "Whether this connection can assign it.").read_only()}};
}

}  // namespace

Schema role() {
  return assignable(kRoleSchema, "Role", "A role that people can be given.");
}

Schema entitlement() {
  return assignable(kEntitlementSchema, "Entitlement", "A permission that people can be given.");
}

Schema project() {
  return assignable(kProjectSchema, "Project", "A project that people can be let into.");
}

Schema enterprise() {
  return {std::string(kEnterpriseSchema),
          "EnterpriseUser",
          "What an organisation knows about its people.",
          {text("employeeNumber", "The number the organisation gave.").indexed(),
           text("costCenter", "The cost center."), text("organization", "The organisation."),
           text("division", "The division."), text("department", "The department."),
           Define("manager", Type::complex, "The person's manager.")
               .with({text("value", "The manager's id.").exact(),
                      Define("$ref", Type::reference, "The manager's URI.").refers({"User"}),
                      text("displayName", "The manager's name.").read_only()})}};
}

Schema client() {
  return {std::string(kClientSchema),
          "Client",
          "What a client's contact has beside a person's attributes.",
          {text("company", "The company that the person stands for."),
           text("permissions", "The permissions in force, by roles and rules.").multi().read_only()}};
}

Schema access() {
  return {std::string(kAccessSchema),
          "Access",
          "What is in force for the person, and why; kept by this server.",
          {text("status", "Pending (invited), Participating (joined) or Inactive (blocked).")
               .canonical({"Pending", "Participating", "Inactive"})
               .restricted()
               .read_only(),
           text("roles", "The roles in force.").multi().read_only(),
           text("projects", "The projects in force.").multi().read_only(),
           Define("blocks", Type::complex, "Why the person may not sign in, one per source and reason.")
               .multi()
               .with({text("source", "Who blocks."), text("reason", "Why."),
                      Define("since", Type::date_time, "Since when.")})
               .read_only()}};
}

}  // namespace rosterd::scim::tables
