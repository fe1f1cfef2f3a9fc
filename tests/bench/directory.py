"""A slapd with as many people as wanted, everybody in one group of 20; number i is the person of person.h."""
import os
import subprocess

from lab import slapd as lab_slapd
from lab.processes import LabError
from lab.slapd import SERVICES, Slapd

IN_GROUP = 20
ATTRIBUTES = ("entryUUID", "uid", "givenName", "sn", "cn", "displayName", "title", "preferredLanguage", "mail",
              "telephoneNumber", "employeeNumber", "departmentNumber", "member")

_CONF = """modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {dir}/slapd.pid
argsfile {dir}/slapd.args
sizelimit unlimited
timelimit unlimited
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {admin_password}
directory {dir}/db
maxsize {max_size}
dbnosync
index objectClass,entryUUID eq
limits dn.exact="cn=sync,{services}" size=unlimited time=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
"""


class BigSlapd(Slapd):
    def __init__(self, folder, people):
        self.people = people
        super().__init__(folder, max_size=(64 << 20) + people * 8192)

    def write_conf(self):
        values = dict(dir=self.folder, base=self.base, admin=self.admin_dn, admin_password=self.admin_password,
                      max_size=self.max_size, services=SERVICES)
        text = "".join(f"include {path}\n" for path in self.schema_files) + _CONF.format(**values)
        text += lab_slapd._ACCOUNTS.format(**values)
        with open(self.conf, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)

    def fill(self):
        """Streams LDIF into slapadd: a million entries are half a gigabyte of text."""
        process = subprocess.Popen(["slapadd", "-q", "-f", self.conf, "-b", self.base], stdin=subprocess.PIPE,
                                   env=lab_slapd._ENV, stderr=subprocess.PIPE)
        for block in self._blocks():
            process.stdin.write(block.encode())
        process.stdin.close()
        errors = process.stderr.read()
        if process.wait() != 0:
            raise LabError("slapadd failed:\n" + errors.decode("utf-8", "replace")[-2000:])

    def _blocks(self):
        base = self.base
        yield (f"dn: {base}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n"
               f"dn: ou=People,{base}\nobjectClass: organizationalUnit\nou: People\n\n"
               f"dn: ou=Groups,{base}\nobjectClass: organizationalUnit\nou: Groups\n\n")
        for first in range(0, self.people, 1000):
            yield "".join(self._person(i) for i in range(first, min(first + 1000, self.people)))
        for number in range((self.people + IN_GROUP - 1) // IN_GROUP):
            members = range(number * IN_GROUP, min((number + 1) * IN_GROUP, self.people))
            yield (f"dn: cn=team-{number},ou=Groups,{base}\nobjectClass: groupOfNames\ncn: team-{number}\n" +
                   "".join(f"member: uid=user{i:07},ou=People,{base}\n" for i in members) + "\n")

    def _person(self, i):
        n = f"{i:07}"
        return (f"dn: uid=user{n},ou=People,{self.base}\nobjectClass: inetOrgPerson\nuid: user{n}\n"
                f"cn: Person {n} Benchmark\ndisplayName: Person {n} Benchmark\ngivenName: Person {n}\nsn: Benchmark\n"
                f"mail: user{n}@example.org\ntelephoneNumber: +49 30 {n}\ntitle: Engineer\npreferredLanguage: en\n"
                f"employeeNumber: {n}\ndepartmentNumber: Department {i % 97}\n\n")
