"""The brake: a mass departure is held, shown by name, and released or discarded exactly as shown."""
import json

import steps
from lab import ldif

HELD = 5


def leavers(lab, share):
    """The last ones of the company: those who are in no group come first in it."""
    everybody = [p for p in lab.company.people[1:] if p.state == "active"]
    return everybody[-int(len(lab.company.people) * share):]


def the_hold(rosterd):
    holds = [h for h in rosterd.ok("holds", "list") if h["state"] == "held"]
    assert len(holds) == 1, holds
    return holds[0]


def test_a_third_gone_is_held_shown_and_released(make_lab):
    lab = make_lab()
    rosterd, gone = lab.rosterd, leavers(lab, 0.3)
    before = steps.active_people(rosterd)
    newcomer = lab.free_person(0)
    assert newcomer not in gone
    written = {e["uid"][0]: dn for dn, e in lab.slapd.search("(objectClass=person)", "uid")}  # as slapd escapes it
    steps.delete(lab.slapd, *[p.dn for p in gone])
    steps.join(lab.slapd, lab.company.groups["engineering"], newcomer.dn)
    ran = rosterd.command("sync")
    assert ran.exit == HELD and "held" in ran.out + ran.err, ran
    assert steps.active_people(rosterd) == before, "somebody was removed"
    counted = [line for line in rosterd.get("/metrics").body.decode().splitlines() if 'kind="removed"' in line]
    assert counted and all(line.endswith(" 0") for line in counted), f"held is not removed: {counted}"
    assert steps.explain(rosterd, newcomer.uid)["roles"] == ["Engineer"], "additions are not held back"

    hold = the_hold(rosterd)
    shown = rosterd.command("holds", "show", str(hold["id"])).out
    for person in gone:
        assert any(name in shown for name in (person.uid, person.name, written[person.uid])), f"{person.uid} not in\n{shown}"
    # A second run neither removes nor piles up another hold.
    assert rosterd.command("sync").exit == HELD
    assert the_hold(rosterd)["id"] == hold["id"]
    assert rosterd.command("sync", "--check").exit == HELD

    released = rosterd.ok("holds", "release", str(hold["id"]))
    assert not released["skipped"], released
    assert before - steps.active_people(rosterd) == {p.uid for p in gone}
    for person in gone[:3]:
        user = steps.explain(rosterd, person.uid)
        assert user["status"] == "Inactive" and user["blocks"][0]["source"] == "ldap:corp"
    steps.in_step(rosterd)
    again = rosterd.command("holds", "release", str(hold["id"]))
    assert again.exit == 4, again


def test_a_release_skips_what_is_no_longer_true_and_adds_nothing(make_lab):
    lab = make_lab()
    rosterd, gone = lab.rosterd, leavers(lab, 0.3)
    uuid = {e["uid"][0]: e["entryuuid"][0] for _, e in lab.slapd.search("(objectClass=person)", "uid", "entryUUID")}
    back = next(p for p in gone if p.dn.startswith("uid=") and "+" not in p.dn)
    late = next(p for p in lab.company.people[1:] if p.state == "active" and p not in gone)
    steps.delete(lab.slapd, *[p.dn for p in gone])
    assert rosterd.command("sync").exit == HELD
    hold = the_hold(rosterd)
    # One comes back under the same entryUUID, another goes; both after the hold was shown.
    lab.slapd.stop()
    person = ldif.Entry(back.dn, [*back.entry.attributes, ("entryUUID", uuid[back.uid].encode())])
    lab.slapd.load(ldif.write([person]))
    lab.slapd.start()
    steps.delete(lab.slapd, late.dn)
    rosterd.ok("holds", "release", str(hold["id"]))
    assert steps.explain(rosterd, late.uid)["active"], "a release never adds somebody"
    rosterd.command("sync")
    inactive = {p.uid for p in gone} - {back.uid} | {late.uid}
    assert not inactive & steps.active_people(rosterd)
    assert steps.explain(rosterd, back.uid)["active"]


def test_a_discarded_hold_keeps_everybody_and_is_not_asked_again(make_lab):
    lab = make_lab()
    rosterd, gone = lab.rosterd, leavers(lab, 0.3)
    before = steps.active_people(rosterd)
    steps.delete(lab.slapd, *[p.dn for p in gone])
    assert rosterd.command("sync").exit == HELD
    rosterd.ok("holds", "discard", str(the_hold(rosterd)["id"]))
    assert rosterd.command("sync").exit == 0
    assert steps.active_people(rosterd) == before
    assert [h for h in rosterd.ok("holds", "list") if h["state"] == "held"] == []


def test_few_departures_pass(make_lab):
    lab = make_lab()
    gone = leavers(lab, 0.08)
    assert 5 < len(gone) <= 10
    steps.delete(lab.slapd, *[p.dn for p in gone])
    assert lab.rosterd.command("sync").exit == 0
    assert not {p.uid for p in gone} & steps.active_people(lab.rosterd)
    steps.in_step(lab.rosterd)


def test_everybody_gone_is_a_failed_reading(make_lab):
    lab = make_lab()
    before = steps.active_people(lab.rosterd)
    people = lab.slapd.search("(objectClass=person)", "1.1")
    steps.delete(lab.slapd, *[dn for dn, _ in people])
    ran = lab.rosterd.command("sync")
    assert ran.exit == 6, ran
    assert steps.active_people(lab.rosterd) == before


def test_emptying_a_group_counts_too(make_lab):
    lab = make_lab()
    rosterd, group = lab.rosterd, lab.company.groups["engineering"]
    members = lab.slapd.search("(objectClass=*)", "member", base=group, scope="base")[0][1]["member"]
    assert len(members) > 10
    lab.slapd.modify(f"dn: {group}\nchangetype: modify\nreplace: member\nmember: {lab.free_person(0).dn}\n")
    ran = rosterd.command("sync")
    assert ran.exit == HELD, ran
    engineers = [u for u in rosterd.ok("user", "list") if "Engineer" in json.dumps(steps.explain(rosterd, u["user_name"])["roles"])]
    assert len(engineers) > 10
