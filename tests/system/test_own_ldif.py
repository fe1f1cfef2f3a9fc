"""Somebody else's LDIF in the lab's slapd: unknown schema is accepted, what is left out is counted."""
import os
import tempfile

import pytest
from lab import foreign, ldif
from lab.processes import LabError
from lab.slapd import Slapd

ODD = """version: 1

dn: ou=people, dc=acme, dc=test
objectClass: organizationalUnit
ou: people

dn: uid=a,ou=people,dc=acme,dc=test
objectClass: top
objectClass: inetOrgPerson
objectClass: sambaSamAccount
uid: a
cn: A
sn:: w4RtaWw=
sambaSID: S-1-5-21
telephoneNumber:
manager: not a dn
jpegPhoto:< file:///etc/hostname
nsUniqueId: 7-7
objectGUID:: /////w==
aci: (targetattr = "*")(version 3.0;
 acl "all"; allow(all) userdn = "ldap:///self";)

dn: cn=g,ou=groups,dc=acme,dc=test
objectClass: groupOfNames
objectClass: posixGroup
cn: g
gidNumber: 7
member: uid=a,ou=people,dc=acme,dc=test
favourite: blue

dn: cn=p,ou=groups,dc=acme,dc=test
objectClass: posixGroup
cn: p
gidNumber: 8
memberUid: a

dn: CN=Max\\, Mustermann,OU=Users,DC=acme,DC=test
objectClass: person
objectClass: user
cn: Max, Mustermann
sAMAccountName: max

dn: uid=x,dc=other
objectClass: account
uid: x

dn: uid=a,ou=people,dc=acme,dc=test
changetype: modify
add: cn
cn: B
"""


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="rosterd-") as path:
        yield path


def load(folder, text, base):
    path = os.path.join(folder, "own.ldif")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    content = foreign.Foreign(path, base, folder)
    server = Slapd(os.path.join(folder, "ldap"), base, schemas=content.schema_files, extra_schema=content.extra_schema)
    content.load(server)
    return content, server.start()


def test_unknown_schema_is_accepted_and_the_rest_is_counted(folder):
    content, server = load(folder, ODD, "dc=acme,dc=test")
    try:
        entries = dict(server.search())
        assert len(entries) == 8
        person = entries["uid=a,ou=people,dc=acme,dc=test"]
        assert person["sambasid"] == ["S-1-5-21"] and person["nsuniqueid"] == ["7-7"] and "objectguid" in person
        assert "jpegphoto" not in person and "aci" not in person
        assert entries["cn=g,ou=groups,dc=acme,dc=test"]["favourite"] == ["blue"]
        report = "\n".join(content.report())
        for words in ("1 lines of aci", "1 values given by URL", "1 change records", "1 entries outside",
                      "1 lines of manager", "1 empty lines of telephoneNumber"):
            assert words in report, f"{words} is not in\n{report}"
        # The entries can be changed afterwards.
        server.modify("dn: cn=g,ou=groups,dc=acme,dc=test\nchangetype: modify\nadd: member\n"
                      "member: CN=Max\\, Mustermann,OU=Users,DC=acme,DC=test\n")
        server.modify("dn: uid=a,ou=people,dc=acme,dc=test\nchangetype: modify\nreplace: title\ntitle: x\n")
    finally:
        server.stop()


def test_a_wrong_base_is_told(folder):
    with pytest.raises(LabError, match="no entry at or below dc=nowhere.*first entry is ou=people"):
        load(folder, ODD, "dc=nowhere")


def test_ldif_is_written_as_it_was_read():
    entries = ldif.parse(ODD.encode()).entries
    assert ldif.parse(ldif.write(entries).encode()).entries == entries
    assert ldif.rdns('cn="a,b",ou=c\\,d, dc=e') == ['cn="a,b"', "ou=c\\,d", "dc=e"]
