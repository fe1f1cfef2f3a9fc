"""The sample company: a seeded directory with the awkward names, groups and states that real ones have."""
import random
import re
import unicodedata
from dataclasses import dataclass, field

from . import ldif
from .ldif import entry, escape

GIVEN = """Ada Aoife Siobhán Zoë Chloë Renée Hélène François Jérôme Björn Åsa Jürgen Günther Käthe Søren Øyvind Łukasz
Małgorzata Jiří Božena Šárka Gábor Zsófia Ștefan Ioana İbrahim Gülşen Begoña Iñaki João Conceição Đorđe Þórunn Hương
Иван Ольга Наталья Юлия Γιώργος Ελένη فاطمة דוד 伟 秀英 健一 さくら 민수 서연 प्रिया Jean-Luc D'Arcy Fatoumata Kwame Ngozi
Mary James Patricia Robert Linda""".split()
FAMILY = """Smith O'Brien O'Neill MacLeòd Müller Schröder Weiß Groß Strauß Lindström Ångström Ødegård Sørensen
Wiśniewski Dąbrowski Dvořák Příhoda Šťastný Nagy Szűcs Ionescu Țepeș Yılmaz Öztürk Muñoz Ibáñez Pérez-Reverte Gonçalves
Đurić Jónsdóttir Nguyễn Иванов Петрова Щербаков Παπαδόπουλος عباس כהן 王 李 佐藤 鈴木 김 박 शर्मा Nkosi Okonkwo Adébáyò
Traoré Smith-Jones Featherstonehaugh Kowalski Brown Garcia""".split()
DEPARTMENTS = ["Engineering", "Research", "Sales", "Marketing", "Finance", "Kundendienst Köln",
               "Forschung & Entwicklung", "Contractors, External", "東京支社"]
COMPANIES = ["Acme Corporation", "Globex GmbH & Co. KG", "Söder & Söhne", "Initech, Inc."]
PERMANENTLY_LOCKED = "000001010000Z"
POSIX = ("top", "person", "organizationalPerson", "inetOrgPerson", "posixAccount", "shadowAccount")


@dataclass
class Person:
    dn: str
    uid: str
    name: str
    mail: str
    entry: ldif.Entry
    state: str = "active"  # active, locked, expired


@dataclass
class Company:
    base: str
    people: list = field(default_factory=list)
    clients: list = field(default_factory=list)
    groups: dict = field(default_factory=dict)   # cn → dn
    entries: list = field(default_factory=list)

    people_base = property(lambda self: f"ou=People,{self.base}")
    clients_base = property(lambda self: f"ou=Clients,{self.base}")
    groups_base = property(lambda self: f"ou=Groups,{self.base}")
    domain = property(lambda self: ".".join(r.partition("=")[2] for r in ldif.rdns(self.base)))

    def ldif(self):
        return ldif.write(self.entries)


def person_ldif(dn, uid, given, family, mail):
    """One more person, for ldapmodify."""
    return ldif.line("dn", dn) + "changetype: add\n" + "".join(
        ldif.line(n, v) for n, v in [("objectClass", "inetOrgPerson"), ("uid", uid), ("cn", f"{given} {family}"),
                                     ("givenName", given), ("sn", family), ("displayName", f"{given} {family}"),
                                     ("mail", mail)]) + "\n"


def _ascii(text):
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", text)


def _rdn(i, uid, given, family):
    """Most are named by uid; every twelfth person has an RDN that needs care."""
    awkward = {0: f"{family}, {given}", 1: f'{given} "Jr." {family}', 2: f"#{i} {family}", 3: f"{given} + {family}",
               4: f"{given} <{family}>; {i}"}
    if i % 12 != 5:
        return "uid=" + uid, f"{given} {family}"
    kind = (i // 12) % 6
    if kind == 5:
        return f"uid={uid}+employeeNumber={100000 + i}", f"{given} {family}"
    return "cn=" + escape(awkward[kind]), awkward[kind]


def _person(rnd, i, company, client_of=None):
    given, family = rnd.choice(GIVEN), rnd.choice(FAMILY)
    uid = f"{(_ascii(given)[:1] + _ascii(family))[:12] or 'u'}{i}"
    rdn, cn = _rdn(i, uid, given, family)
    department = rnd.choice(DEPARTMENTS)
    where = company.people_base
    if client_of:
        rdn, cn, where = "uid=" + uid, f"{given} {family}", company.clients_base
    elif i % 3 == 0:
        where = f"ou={escape(department)},{where}"
    mail = f"{uid}@{'clients.' if client_of else ''}{company.domain}"
    pairs = [("objectClass", c) for c in POSIX]
    pairs += [("uid", uid), ("cn", cn), ("givenName", given), ("sn", family), ("displayName", f"{given} {family}"),
              ("employeeNumber", str(100000 + i)), ("title", rnd.choice(["Engineer", "Ingénieure", "VP, Sales", "課長"])),
              ("telephoneNumber", f"+49 221 {rnd.randint(100000, 999999)}"), ("uidNumber", str(10000 + i)),
              ("gidNumber", "5000"), ("homeDirectory", f"/home/{uid}"),
              ("o", client_of) if client_of else ("ou", department)]
    pairs += [("mail", m) for m in ([mail, f"{uid}@mail.{company.domain}"] if i % 7 == 3 else [mail])]
    state = "active"
    if i % 29 == 11:
        state = "locked"
        pairs.append(("pwdAccountLockedTime", PERMANENTLY_LOCKED))
    elif i % 29 == 17:
        state = "expired"
        pairs.append(("shadowExpire", "15000"))  # January 2011, in days
    elif i % 5 == 0:
        pairs.append(("shadowExpire", "-1"))     # never
    person = entry(f"{rdn},{where}", *pairs)
    return Person(person.dn, uid, f"{given} {family}", mail, person, state)


def _group(company, cn, kind, members, attribute):
    dn = f"cn={escape(cn)},{company.groups_base}"
    extra = [("gidNumber", str(20000 + len(company.groups)))] if kind == "posixGroup" else []
    company.groups[cn] = dn
    company.entries.append(entry(dn, ("objectClass", kind), ("cn", cn), *extra, *[(attribute, m) for m in members]))


def _groups(rnd, company):
    """Groups of all three kinds, nested, with a cycle, a group in itself, and members that do not exist."""
    # The first sixth of the active people is in no group at all: something to try things out with.
    staff = [p for p in company.people if p.state == "active"][len(company.people) // 6:]

    def some(n):
        return [p.dn for p in rnd.sample(staff, n)]

    def dn(cn):
        return f"cn={escape(cn)},{company.groups_base}"

    _group(company, "engineering", "groupOfNames", some(18), "member")
    _group(company, "research", "groupOfNames", [*some(9), f"uid=left7,ou=Gone,{company.base}"], "member")
    _group(company, "sales", "groupOfNames", some(14), "member")
    _group(company, "staff", "groupOfNames", [dn("research"), dn("sales"), dn("Rolle, alt")], "member")
    _group(company, "Rolle, alt", "groupOfNames", some(3), "member")
    _group(company, "#ops", "groupOfNames", some(4), "member")
    _group(company, 'C++ "friends"', "groupOfNames", some(5), "member")
    _group(company, "équipe-paris", "groupOfNames", some(6), "member")
    _group(company, "circle-1", "groupOfNames", [dn("circle-2"), *some(2)], "member")
    _group(company, "circle-2", "groupOfNames", [dn("circle-3"), *some(2)], "member")
    _group(company, "circle-3", "groupOfNames", [dn("circle-1"), *some(2)], "member")
    _group(company, "itself", "groupOfNames", [dn("itself"), *some(2)], "member")
    _group(company, "proj-apollo", "groupOfNames", [*some(7), dn("#ops")], "member")
    _group(company, "proj-hermes", "groupOfNames", some(8), "member")
    _group(company, "marketing", "groupOfUniqueNames", some(10), "uniqueMember")
    _group(company, "security", "groupOfUniqueNames", some(4), "uniqueMember")
    by_uid = [p.uid for p in rnd.sample(staff, 12)]
    _group(company, "developers", "posixGroup", by_uid, "memberUid")
    _group(company, "operators", "posixGroup", [*by_uid[:4], "nobody-of-that-name"], "memberUid")
    for number, name in enumerate(COMPANIES):
        _group(company, f"client-{_ascii(name)}", "groupOfNames",
               [c.dn for c in company.clients[number::len(COMPANIES)]], "member")


def make(base="dc=example,dc=org", people=220, clients=24, seed=1):
    """Same arguments, same bytes."""
    rnd = random.Random(f"{seed}/{base}")
    company = Company(base)
    name, _, value = ldif.rdns(base)[0].partition("=")
    company.entries.append(entry(base, ("objectClass", "organization"), ("objectClass", "dcObject"), (name, value),
                                 ("o", "Beispiel & Söhne")))
    for ou in ("People", "Clients", "Groups"):
        company.entries.append(entry(f"ou={ou},{base}", ("objectClass", "organizationalUnit"), ("ou", ou)))
    for department in DEPARTMENTS:
        company.entries.append(entry(f"ou={escape(department)},{company.people_base}",
                                     ("objectClass", "organizationalUnit"), ("ou", department)))
    company.people = [_person(rnd, i, company) for i in range(people)]
    company.clients = [_person(rnd, 5000 + i, company, COMPANIES[i % len(COMPANIES)]) for i in range(clients)]
    boss = company.people[0].dn
    for p in company.people[1:]:
        p.entry.attributes.append(("manager", boss.encode()))
    company.entries += [p.entry for p in company.people + company.clients]
    _groups(rnd, company)
    return company
