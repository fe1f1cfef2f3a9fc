"""What the demo configures and says about its directory: the sample company, or somebody's own LDIF."""
from . import company as company_module, ldif
from .daemon import company_rules
from .processes import LabError

_PERSON = {b"person", b"inetorgperson", b"posixaccount", b"user", b"account"}
_GROUP = {b"groupofnames", b"groupofuniquenames", b"posixgroup"}


class CompanyContent:
    """What the demo says and configures about the sample company."""

    def __init__(self, company):
        self.people_base = company.people_base
        self.group_dn = company.groups["engineering"]
        self.role, self.project = "Engineer", "Website"
        self.rules = company_rules(company.base)
        self.directory_options = {}
        self.candidate = next(p for p in company.people if p.state == "active" and
                              p.dn == f"uid={p.uid},{company.people_base}")


class OwnContent:
    """The same for somebody's own LDIF: finds people and groups, and maps each group to a project of its name."""

    def __init__(self, entries, base):
        self.notes, self.added = [], []
        people = [e for e in entries if _classes(e) & _PERSON]
        groups = [e for e in entries if _classes(e) & _GROUP]
        if not people:
            raise LabError(f"no person below {base} (object classes {', '.join(sorted(c.decode() for c in _PERSON))})")
        self.people_base = _common_parent(people)
        group = next((g for g in groups if b"groupofnames" in _classes(g)), None)
        if group is None:
            group = ldif.entry(f"cn=rosterd-demo,{base}", ("objectClass", "groupOfNames"), ("cn", "rosterd-demo"),
                               ("member", people[0].dn))
            self.added.append(group)
            groups.append(group)
            self.notes.append(f"Added {group.dn}: the LDIF has no groupOfNames to try things out with.")
        self.group_dn, self.role, self.project = group.dn, "Engineer", "Website"
        members = {ldif.key(v.decode("utf-8", "replace")) for v in group.values("member")}
        self.candidate = _person(next((p for p in people if ldif.key(p.dn) not in members), people[0]))
        rules = [{"group": group.dn, "role": self.role, "projects": [self.project]}]
        rules += [{"group": g.dn, "projects": [_name(g)]} for g in groups if g is not group][:100]
        self.rules = {"role": [{"name": "Engineer", "rank": 60, "permissions": ["projects", "tasks", "files"]}],
                      "access": rules + [{"#": "A group of this name pushed by SCIM.", "group": "designers",
                                          "source": "scim:demo", "role": "Staff", "projects": ["Brand"]}]}
        self.directory_options = {
            "people_bases": [base], "groups_bases": [base], "clients_bases": None,
            "people_filter": "(|" + "".join(f"(objectClass={c.decode()})" for c in sorted(_PERSON)) + ")"}
        self.notes.append(f"{len(people)} people and {len(groups)} groups found.")


def _classes(entry):
    return {v.lower() for v in entry.values("objectClass")}


def _name(entry):
    values = entry.values("cn")
    return values[0].decode("utf-8", "replace") if values else ldif.rdns(entry.dn)[0]


def _person(entry):
    uid = entry.values("uid") or entry.values("sAMAccountName") or [entry.dn.encode()]
    return company_module.Person(entry.dn, uid[0].decode("utf-8", "replace"), _name(entry), "", entry)


def _common_parent(people):
    """The parent under which most of the people are."""
    count = {}
    for p in people:
        count[ldif.parent(p.dn)] = count.get(ldif.parent(p.dn), 0) + 1
    return max(count, key=count.get)
