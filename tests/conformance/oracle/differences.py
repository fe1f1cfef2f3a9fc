"""Where the oracles and RFC 7643, RFC 7644 differ. Each row has an example that is asked in every run: rosterd must answer
as the row says and the package as it is must not, or the row is no longer needed. What the random runs ask the oracles is
changed by these rows alone (theirs, view and for_oracle), so that every further difference is a failure."""
from dataclasses import dataclass, field

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass
class FilterRow:
    name: str
    rfc: str
    filter: str
    found: bool                     # whether RFC and rosterd find the person; None: refused with invalidFilter
    person: dict = field(default_factory=dict)


@dataclass
class PatchRow:
    name: str
    rfc: str
    person: dict
    operations: list
    becomes: dict | None            # these members afterwards (None: absent); no dict: refused


FILTERS = [
    FilterRow("letters", 'RFC 7643 section 2.2: "caseExact" of most attributes is false, RFC 7644 section 3.4.2.2: the '
              "operators match by it", 'title eq "ANALYST"', True, {"title": "Analyst"}),
    FilterRow("ne of what is not there", 'RFC 7644 section 3.4.2.2: "ne: The attribute and operator values are not identical"',
              'nickName ne "Ada"', True),
    FilterRow("ne of many", 'RFC 7644 section 3.4.2.2, eq "must be identical for a match" of any value; ne is its contrary, or '
              "a person with that address would be found among those who do not have it", 'emails.value ne "a@x.example"', False,
              {"emails": [{"value": "a@x.example"}, {"value": "b@x.example"}]}),
    FilterRow("one element", 'RFC 7644 section 3.4.2.2: "complex attribute filter grouping": the expression in brackets holds '
              "for one and the same element", 'emails[type eq "work" and value eq "b@x.example"]', False,
              {"emails": [{"type": "work", "value": "a@x.example"}, {"type": "home", "value": "b@x.example"}]}),
    FilterRow("sub-attribute behind brackets", "RFC 7644 section 3.5.2, figure 7: valuePath subAttr names the value of the "
              "element that matched", 'emails[type eq "work"].value eq "b@x.example"', False,
              {"emails": [{"type": "work", "value": "a@x.example"}, {"type": "home", "value": "b@x.example"}]}),
    FilterRow("the default sub-attribute", 'RFC 7643 section 2.4: "value: The attribute\'s significant value"; RFC 7644 section '
              '3.4.2.2 filters emails co "example.com"', 'emails co "b@x.example"', True, {"emails": [{"value": "b@x.example"}]}),
    FilterRow("dates", 'RFC 7644 section 3.4.2.2: "for dateTime, chronological", whatever the zone and the fraction',
              'meta.created gt "2020-01-01T00:00:00+14:00" and meta.created lt "0999999-01-01T00:00:00Z"', None),
    FilterRow("the same instant", 'RFC 7644 section 3.4.2.2: "for dateTime, chronological"', 'meta.created le "{created}"', True),
    FilterRow("primary that is not said", 'RFC 7643 section 2.4: "If not specified, the value of primary SHALL be assumed to '
              'be false"', "emails.primary eq false", True, {"emails": [{"value": "b@x.example"}]}),
    FilterRow("escapes", "RFC 7644 section 3.4.2.2, figure 1: compValue is a JSON string, in which two backslashes are one",
              'title eq "a\\\\b"', True, {"title": "a\\b"}),
    FilterRow("pr of an empty list", 'RFC 7644 section 3.4.2.2: "pr: If the attribute has a non-empty or non-null value"',
              "groups pr", False),
    FilterRow("booleans have no order", 'RFC 7644 section 3.4.2.2: "Boolean and Binary attributes SHALL cause a failed response '
              '(HTTP status code 400) with scimType of invalidFilter"', "active gt false", None),
    FilterRow("unknown attributes", "RFC 7644 section 3.12: invalidFilter; nobody found would be silence", 'shoeSize eq "42"', None),
    FilterRow("a URN of the core schema", 'RFC 7644 section 3.10: attributes may be "fully qualified" by their schema',
              'urn:ietf:params:scim:schemas:core:2.0:User:title eq "analyst"', True, {"title": "analyst"}),
]

WORK = {"type": "work", "value": "a@x.example"}
HOME = {"type": "home", "value": "b@x.example"}

PATCHES = [
    PatchRow("an object without a path merges", 'RFC 7644 section 3.5.2.3: "If the target location specifies a complex '
             'attribute, a set of sub-attributes SHALL be specified in the value parameter that replaces any existing values '
             'or adds where an attribute did not previously exist"', {"name": {"givenName": "Ada", "familyName": "Byron"}},
             [{"op": "replace", "value": {"name": {"familyName": "Lovelace"}}}],
             {"name": {"givenName": "Ada", "familyName": "Lovelace"}}),
    PatchRow("what is there already is not added without a path either", 'RFC 7644 section 3.5.2.1: "If the target location '
             'already contains the value specified, no changes SHOULD be made"', {"emails": [WORK]},
             [{"op": "add", "value": {"emails": [WORK]}}], {"emails": [WORK]}),
    PatchRow("the same type and value", 'RFC 7643 section 2.4: "service providers SHOULD NOT return the same (type, value) '
             'combination more than once per attribute"', {"emails": [WORK]},
             [{"op": "add", "path": "emails", "value": [{**WORK, "display": "Ada"}]}], {"emails": [{**WORK, "display": "Ada"}]}),
    PatchRow("one primary", 'RFC 7644 section 3.5.2: "the server SHALL automatically set the value of primary to false for any '
             'previously existing values"', {"emails": [{**WORK, "primary": True}, HOME]},
             [{"op": "add", "path": 'emails[type eq "home"].primary', "value": True}],
             {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]}),
    PatchRow("required attributes stay", 'RFC 7644 section 3.5.2.2: a required or read-only attribute: "mutability"', {},
             [{"op": "remove", "path": "userName"}], None),
    PatchRow("read-only attributes stay", 'RFC 7644 section 3.5.2: "A client MAY NOT modify an attribute that has mutability '
             'readOnly"', {}, [{"op": "replace", "path": "id", "value": "mine"}], None),
    PatchRow("removing from what is not there", "RFC 7644 section 3.5.2.2 knows noTarget only for a path that is missing: the "
             "state that is asked for is there", {"title": "Analyst"},
             [{"op": "remove", "path": 'emails[type eq "work"].value'}], {"title": "Analyst", "emails": None}),
    PatchRow("removing values from what is not there", "As above; the value beside a remove is a habit of Entra ID", {},
             [{"op": "remove", "path": "emails", "value": [WORK]}], {"emails": None}),
    PatchRow("nothing is left of an extension", 'RFC 7643 section 2.5: "unassigned" and no value at all are the same', {},
             [{"op": "add", "path": f"{ENTERPRISE}:department", "value": "Engines"},
              {"op": "remove", "path": f"{ENTERPRISE}:department"}], {ENTERPRISE: None}),
    PatchRow("names in any letters", 'RFC 7643 section 2.1: "Attribute names are case insensitive"', {"title": "Analyst"},
             [{"op": "replace", "path": "TITLE", "value": "Countess"}], {"title": "Countess", "TITLE": None}),
    PatchRow("null clears", 'RFC 7643 section 2.5: "null" is unassigned', {"title": "Analyst"},
             [{"op": "replace", "path": "title", "value": None}], {"title": None}),
    PatchRow("unknown attributes", "RFC 7644 section 3.12: invalidPath", {}, [{"op": "add", "path": "shoeSize", "value": 42}], None),
    PatchRow("values of another type", "RFC 7644 section 3.12: invalidValue", {},
             [{"op": "add", "path": "name", "value": "Ada"}], None),
]

if __name__ == "__main__":
    for row in FILTERS + PATCHES:
        asked = row.filter if isinstance(row, FilterRow) else row.operations
        print(f"{row.name}\n  {row.rfc}\n  {asked}\n")
