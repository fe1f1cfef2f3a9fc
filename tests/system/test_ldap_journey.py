"""The directory's journey: joining, renaming, leaving and departing, each seen through the commands."""
import steps
from lab import company, ldif


def test_first_sync_brings_everybody_and_mails_nobody(lab):
    people = lab.rosterd.ok("user", "list")
    everybody = {p.uid for p in lab.company.people + lab.company.clients}
    assert {u["user_name"] for u in people} == everybody
    assert {u["user_name"] for u in people if u["kind"] == "client"} == {c.uid for c in lab.company.clients}
    assert lab.rosterd.ok("mail", "list") == []
    assert lab.smtp.messages() == []
    steps.in_step(lab.rosterd)


def test_disabled_and_expired_people_are_blocked_with_their_reason(lab):
    for person in lab.company.people + lab.company.clients:
        user = lab.rosterd.ok("user", "show", person.uid) if person.state != "active" else None
        if person.state == "locked":
            assert not user["active"] and [b["source"] for b in user["blocks"]] == ["ldap:corp"], user
        elif person.state == "expired":
            assert not user["active"] and "expired" in user["blocks"][0]["reason"], user
    expected = {p.uid for p in lab.company.people + lab.company.clients if p.state == "active"}
    assert steps.active_people(lab.rosterd) == expected


def test_join_gives_role_project_and_one_invitation_and_leaving_takes_back_just_that(lab):
    rosterd, person, engineering = lab.rosterd, lab.free_person(0), lab.company.groups["engineering"]
    marketing = lab.company.groups["marketing"]
    before = steps.explain(rosterd, person.uid)
    assert before["roles"] == [] and before["projects"] == [] and before["status"] == "Pending"

    steps.join(lab.slapd, engineering, person.dn)
    dry = rosterd.command("sync", "--dry-run")
    assert dry.exit == 0 and "engineering" in dry.out and (person.uid in dry.out or person.name in dry.out), dry
    check = rosterd.command("sync", "--check")
    assert check.exit == 1, check
    assert steps.explain(rosterd, person.uid) == before, "a dry run changed something"

    rosterd.ok("sync")
    after = steps.explain(rosterd, person.uid)
    assert after["roles"] == ["Engineer"] and after["projects"] == ["Website"]
    grant = next(g for g in after["grants"] if g.get("role") == "Engineer")
    assert grant["source"] == "ldap:corp" and "engineering" in grant["group"] and grant["rule"]
    text = rosterd.command("explain", person.uid).out
    assert "engineering" in text and "Engineer" in text and "Website" in text and "rule" in text, text

    mail = steps.mails_to(lab, person)
    assert len(mail) == 1 and mail[0]["X-Received-TLS"] == "yes" and mail[0]["X-Received-Auth"] == "yes"
    steps.in_step(rosterd)

    steps.change_group(lab.slapd, marketing, "add", "uniqueMember", person.dn)
    rosterd.ok("sync")
    assert sorted(steps.explain(rosterd, person.uid)["projects"]) == ["Campaigns", "Website"]
    steps.leave(lab.slapd, engineering, person.dn)
    rosterd.ok("sync")
    left = steps.explain(rosterd, person.uid)
    assert left["roles"] == ["Staff"] and left["projects"] == ["Campaigns"] and left["active"]
    assert left["id"] == before["id"]
    assert len(lab.smtp.messages(person.mail)) == 1
    steps.in_step(rosterd)


def test_rename_and_move_keep_the_person(lab):
    rosterd, person, engineering = lab.rosterd, lab.free_person(1), lab.company.groups["engineering"]
    steps.join(lab.slapd, engineering, person.dn)
    rosterd.ok("sync")
    before = steps.explain(rosterd, person.uid)
    sales = f"ou=Sales,{lab.company.people_base}"
    lab.slapd.modify(ldif.line("dn", person.dn) + "changetype: modrdn\nnewrdn: uid=renamed.person\ndeleteoldrdn: 1\n" +
                     ldif.line("newsuperior", sales))
    new_dn = f"uid=renamed.person,{sales}"
    # refint follows in the background: wait for the group to name the new DN.
    steps.eventually(lambda: new_dn.lower() in [m.lower() for m in lab.slapd.search(
        "(objectClass=*)", "member", base=engineering, scope="base")[0][1]["member"]], what="refint")
    rosterd.ok("sync")
    after = steps.explain(rosterd, "renamed.person")
    assert after["id"] == before["id"] and after["active"] and after["roles"] == ["Engineer"]
    assert after["projects"] == ["Website"]
    steps.in_step(rosterd)


def test_delete_deactivates_and_keeps_the_record(lab):
    rosterd, person = lab.rosterd, lab.free_person(2)
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    rosterd.ok("sync")
    steps.delete(lab.slapd, person.dn)
    rosterd.ok("sync")
    after = steps.explain(rosterd, person.uid)
    assert not after["active"] and after["status"] == "Inactive"
    assert [b["source"] for b in after["blocks"]] == ["ldap:corp"]
    assert "left" in after["blocks"][0]["reason"]
    steps.in_step(rosterd)
    audit = lab.rosterd.command("user", "show", person.uid)
    assert audit.exit == 0 and person.uid in audit.out


def test_disabled_later_and_enabled_again(lab):
    rosterd, person = lab.rosterd, lab.free_person(3)

    def modify(text):
        lab.slapd.modify(ldif.line("dn", person.dn) + "changetype: modify\n" + text)
        rosterd.ok("sync")
        return steps.explain(rosterd, person.uid)

    locked = modify("add: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n")
    assert not locked["active"] and len(locked["blocks"]) == 1
    assert modify("delete: pwdAccountLockedTime\n")["active"]
    # Mistyped passwords set a real time: that is no departure, or anybody could lock staff out by guessing.
    assert modify("add: pwdAccountLockedTime\npwdAccountLockedTime: 20260101000000Z\n")["active"]


def test_an_admins_block_stays_whatever_the_directory_says(lab):
    rosterd, person = lab.rosterd, lab.free_person(4)
    rosterd.ok("user", "deactivate", person.uid, "--reason", "sabbatical")
    rosterd.ok("sync")
    user = steps.explain(rosterd, person.uid)
    assert not user["active"] and user["blocks"][0]["reason"] == "admin"
    assert "sabbatical" in user["blocks"][0]["detail"]
    rosterd.ok("user", "reactivate", person.uid)
    assert steps.explain(rosterd, person.uid)["active"]


def test_all_kinds_of_groups_nesting_and_cycles(lab):
    groups, rosterd = lab.company.groups, lab.rosterd
    person = lab.free_person(5)
    steps.change_group(lab.slapd, groups["developers"], "add", "memberUid", person.uid)
    steps.join(lab.slapd, groups["circle-3"], person.dn)     # 1 contains 2 contains 3 contains 1; the rule names 1
    steps.join(lab.slapd, groups["Rolle, alt"], person.dn)   # a member of staff
    steps.join(lab.slapd, groups["#ops"], person.dn)         # a member of proj-apollo
    rosterd.ok("sync")
    user = steps.explain(rosterd, person.uid)
    assert sorted(user["projects"]) == ["Circle", "Intranet", "Source code", "apollo"]
    assert user["roles"] == ["Staff"]
    staff = next(g for g in user["grants"] if g.get("role") == "Staff")
    assert any("Rolle" in step for step in staff["path"]), staff
    for name, attribute, value in (("developers", "memberUid", person.uid), ("circle-3", "member", person.dn),
                                   ("Rolle, alt", "member", person.dn), ("#ops", "member", person.dn)):
        steps.change_group(lab.slapd, groups[name], "delete", attribute, value)
    rosterd.ok("sync")
    user = steps.explain(rosterd, person.uid)
    assert user["projects"] == [] and user["roles"] == [] and user["active"]
    steps.in_step(rosterd)


def test_awkward_names_are_people_like_all_others(lab):
    awkward = [p for p in lab.company.people if not p.dn.startswith("uid=")]
    assert len(awkward) >= 5
    for person in awkward[:5]:
        if person.state == "active":
            steps.join(lab.slapd, lab.company.groups["itself"], person.dn)
    lab.rosterd.ok("sync")
    for person in awkward:
        assert steps.explain(lab.rosterd, person.uid)["display_name"] == person.name
    steps.in_step(lab.rosterd)


def test_clients_are_clients(lab):
    client = next(c for c in lab.company.clients if c.state == "active")
    user = steps.explain(lab.rosterd, client.uid)
    assert user["kind"] == "client" and user["roles"] == ["Client"]
    assert len(user["projects"]) == 1 and user["projects"][0].startswith("Portal ")
    assert user["company"]


def test_a_new_person_is_invited_with_the_first_grant(lab):
    dn = f"uid=new.one,{lab.company.people_base}"
    lab.slapd.modify(company.person_ldif(dn, "new.one", "Nóra", "Új", "new.one@example.org"))
    lab.rosterd.ok("sync")
    assert steps.explain(lab.rosterd, "new.one")["status"] == "Pending"
    steps.join(lab.slapd, lab.company.groups["engineering"], dn)
    lab.rosterd.ok("sync")
    steps.eventually(lambda: len(lab.smtp.messages("new.one@example.org")) == 1, what="one invitation")
    assert steps.query(lab.rosterd, "select count(*) from v_users where user_name = ?", "new.one") == [(1,)]
