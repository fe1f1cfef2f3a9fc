"""A real slapd whose entries keep changing: people come, change and go, members join and leave a group."""
import json
import os
import random
import sqlite3
import threading

from lab import ldif
from lab.slapd import Slapd

BASE = "dc=example,dc=org"
PEOPLE, GROUPS = f"ou=People,{BASE}", f"ou=Groups,{BASE}"
GROUP = f"cn=engineering,{GROUPS}"
FIRST_PEOPLE, MOST_PEOPLE = 60, 160
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def person(uid, stamp):
    """title and employeeNumber carry the same stamp: they must always agree."""
    return [("objectClass", "inetOrgPerson"), ("uid", uid), ("cn", f"Ada {uid}"), ("sn", uid), ("givenName", "Ada"),
            ("mail", f"{uid}@campaign.example"), ("title", stamp), ("employeeNumber", stamp)]


class MovingDirectory:
    def __init__(self, folder, seed):
        self.slapd = Slapd(folder, BASE)
        self.random = random.Random(f"{seed}/directory")
        self.people = [f"dir{i}" for i in range(FIRST_PEOPLE)]
        self.members = set(self.people[:5])
        self.stamp = self.changes = 0
        entries = [ldif.entry(BASE, ("objectClass", "organization"), ("objectClass", "dcObject"), ("dc", "example"), ("o", "x"))]
        entries += [ldif.entry(dn, ("objectClass", "organizationalUnit"), ("ou", dn[3:].partition(",")[0]))
                    for dn in (PEOPLE, GROUPS)]
        entries += [ldif.entry(self.dn(uid), *person(uid, "0")) for uid in self.people]
        entries.append(ldif.entry(GROUP, ("objectClass", "groupOfNames"), ("cn", "engineering"),
                                  *[("member", self.dn(uid)) for uid in sorted(self.members)]))
        self.slapd.load(ldif.write(entries))
        self.slapd.start()
        self.ending = threading.Event()
        self.thread = None
        self.failure = None

    @staticmethod
    def dn(uid):
        return f"uid={uid},{PEOPLE}"

    def start(self):
        self.thread = threading.Thread(target=self._run, name="directory", daemon=True)
        self.thread.start()

    def stop_changing(self):
        self.ending.set()
        if self.thread:
            self.thread.join()

    def stop(self):
        self.stop_changing()
        self.slapd.stop()

    def _run(self):
        try:
            while not self.ending.wait(0.3):
                self.slapd.modify("".join(self._change() for _ in range(4)))
                self.changes += 4
        except Exception as error:
            self.failure = f"directory: {error}"

    def _change(self):
        self.stamp += 1
        stamp = str(self.stamp)
        act = self.random.choices(("change", "member", "add", "delete"), (60, 25, 10, 3))[0]
        if act == "add" and len(self.people) < MOST_PEOPLE:
            uid = f"dir-{stamp}"
            self.people.append(uid)
            return ldif.line("dn", self.dn(uid)) + "changetype: add\n" + "".join(
                ldif.line(n, v) for n, v in person(uid, stamp)) + "\n"
        uid = self.random.choice(self.people)
        if act == "delete" and uid not in self.members and len(self.people) > FIRST_PEOPLE:
            self.people.remove(uid)
            return ldif.line("dn", self.dn(uid)) + "changetype: delete\n\n"
        if act == "member" and not (uid in self.members and len(self.members) < 3):
            what = "delete" if uid in self.members else "add"
            self.members ^= {uid}
            return (ldif.line("dn", GROUP) + f"changetype: modify\n{what}: member\n" + ldif.line("member", self.dn(uid)) +
                    "\n")
        return (ldif.line("dn", self.dn(uid)) + "changetype: modify\n" + "".join(
            f"replace: {name}\n{name}: {stamp}\n-\n" for name in ("title", "employeeNumber")) + "\n")


def _rows(database, sql):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def people_in_store(database):
    """userName → (title, employeeNumber, active) of everybody from the directory, by the documented view."""
    people = {}
    for name, profile, active in _rows(database, "select user_name, profile, active from v_users where user_name like 'dir%'"):
        document = json.loads(profile)
        people[name] = (document.get("title"), document.get(ENTERPRISE, {}).get("employeeNumber"), bool(active))
    return people


def half_applied(database):
    """People whose two attributes disagree: there must be none, ever."""
    return [f"half applied: {name}: title {title!r}, employeeNumber {number!r}"
            for name, (title, number, _) in people_in_store(database).items() if title != number]


def differences(directory, database):
    """Where the store differs from the directory, after a sync that followed the last change."""
    found = []
    entries = directory.slapd.search("(objectClass=inetOrgPerson)", "uid", "title", "employeeNumber", base=PEOPLE)
    store = people_in_store(database)
    expected = {e["uid"][0]: (e["title"][0], e["employeenumber"][0], True) for _, e in entries}
    for uid, state in expected.items():
        if store.get(uid) != state:
            found.append(f"directory person {uid}: {store.get(uid)!r} in the store, {state!r} in the directory")
    found += [f"{uid} left the directory and is still active" for uid, state in store.items() if uid not in expected and state[2]]
    members = {v.partition(",")[0].partition("=")[2] for _, e in directory.slapd.search("(cn=engineering)", "member", base=GROUPS)
               for v in e["member"]}
    held = {row[0] for row in _rows(database, "select u.user_name from v_members m join v_users u on u.id = m.member_id "
                                              "join v_groups g on g.id = m.group_id where g.display_name = 'engineering'")}
    if members != held:
        found.append(f"members of engineering differ: {sorted(members ^ held)}")
    return found
