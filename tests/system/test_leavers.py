"""Who leaves can do nothing more from that moment, and loses nothing."""
import steps

PASSWORD = "Wolkenbruch über Köln 42"


def member(lab, number):
    """Joined and signed in: (person, session)."""
    person = lab.free_person(number)
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    lab.rosterd.ok("sync")
    path = steps.link_of(steps.mails_to(lab, person)[0])
    assert steps.accept(lab.rosterd, path, PASSWORD).status == 200
    answer = steps.sign_in(lab.rosterd, person.uid, PASSWORD)
    assert answer.status == 200
    return person, answer.json()["session"]


def refused(lab, person, secret):
    assert steps.session(lab.rosterd, secret) == 401
    assert steps.sign_in(lab.rosterd, person.uid, PASSWORD).status == 401


def test_leaving_the_directory(lab):
    person, secret = member(lab, 0)
    assert steps.session(lab.rosterd, secret) == 200
    steps.delete(lab.slapd, person.dn)
    lab.rosterd.ok("sync")
    refused(lab, person, secret)
    user = steps.explain(lab.rosterd, person.uid)
    assert user["status"] == "Inactive" and user["joined"], "the record must stay"


def test_an_admins_click_and_back(lab):
    person, secret = member(lab, 1)
    lab.rosterd.ok("user", "deactivate", person.uid)
    refused(lab, person, secret)
    lab.rosterd.ok("user", "reactivate", person.uid)
    back = steps.sign_in(lab.rosterd, person.uid, PASSWORD)  # old credentials work again
    assert back.status == 200 and back.json()["user"]["roles"] == ["Engineer"]
    assert steps.session(lab.rosterd, secret) == 401, "an ended session stays ended"


def test_a_source_lifts_only_its_own_block(lab):
    person, secret = member(lab, 2)
    lock = "changetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n"
    lab.slapd.modify(f"dn: {person.dn}\n{lock}")
    lab.rosterd.ok("sync")
    lab.rosterd.ok("user", "deactivate", person.uid)
    refused(lab, person, secret)
    assert {b["source"] for b in steps.explain(lab.rosterd, person.uid)["blocks"]} == {"ldap:corp", "local"}
    lab.slapd.modify(f"dn: {person.dn}\nchangetype: modify\ndelete: pwdAccountLockedTime\n")
    lab.rosterd.ok("sync")
    assert [b["source"] for b in steps.explain(lab.rosterd, person.uid)["blocks"]] == ["local"]
    lab.rosterd.ok("user", "reactivate", person.uid)
    assert steps.sign_in(lab.rosterd, person.uid, PASSWORD).status == 200


def test_scim_deprovisioning_ends_the_session(lab):
    made = lab.rosterd.scim("POST", "/Users", {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "grace",
        "emails": [{"value": "grace@idp.example", "type": "work"}]}).json()
    lab.rosterd.scim("POST", "/Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                                         "displayName": "designers", "members": [{"value": made["id"]}]})
    mail = steps.eventually(lambda: lab.smtp.messages("grace@idp.example"), what="the mail")[0]
    assert steps.accept(lab.rosterd, steps.link_of(mail), PASSWORD).status == 200
    secret = steps.sign_in(lab.rosterd, "grace", PASSWORD).json()["session"]
    answer = lab.rosterd.scim("PATCH", f"/Users/{made['id']}", {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "Replace", "path": "active", "value": "False"}]})
    assert answer.json()["active"] is False
    assert steps.session(lab.rosterd, secret) == 401
    assert steps.sign_in(lab.rosterd, "grace", PASSWORD).status == 401


def test_invitation_and_waiting_mail_die_with_the_person(lab):
    person = lab.free_person(3)
    lab.smtp.faults("rcpt 451 4.3.0 later")
    try:
        steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
        lab.rosterd.ok("sync")
        steps.eventually(lambda: [m for m in lab.rosterd.ok("mail", "list") if m["recipient"] == person.mail
                                  and m["attempts"] > 0], what="a first attempt")
        lab.rosterd.ok("user", "deactivate", person.uid)
        user = steps.explain(lab.rosterd, person.uid)
        assert {m["state"] for m in user["mails"]} == {"cancelled"}
        assert {i["state"] for i in user["invitations"]} == {"revoked"}
    finally:
        lab.smtp.faults()
    assert lab.smtp.messages(person.mail) == []


def test_an_open_link_dies_with_the_person(lab):
    person = lab.free_person(4)
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    lab.rosterd.ok("sync")
    path = steps.link_of(steps.mails_to(lab, person)[0])
    lab.rosterd.ok("user", "deactivate", person.uid)
    assert lab.rosterd.get(path).status == 404
    assert steps.accept(lab.rosterd, path, PASSWORD).status == 404


def test_the_last_admin_stays(lab):
    made = lab.rosterd.ok("admin", "reset", "root@example.org")
    assert "Admin" in str(lab.rosterd.ok("user", "show", "root@example.org")["roles"])
    refused_answer = lab.rosterd.command("user", "deactivate", "root@example.org")
    assert refused_answer.exit == 4 and "admin" in (refused_answer.out + refused_answer.err).lower()
    assert steps.explain(lab.rosterd, "root@example.org")["active"]
    password = next(v for k, v in made.items() if "password" in k)
    assert steps.sign_in(lab.rosterd, "root@example.org", password).status == 200
