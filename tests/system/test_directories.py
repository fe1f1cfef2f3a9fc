"""Several directories, several ways to reach one."""
import os

import pytest
import steps
from lab import company as company_module
from lab.daemon import directory_section
from lab.slapd import Slapd


@pytest.fixture(scope="module")
def second(lab):
    """A branch office with a directory of its own, added to the configuration of the lab."""
    branch = company_module.make("dc=branch,dc=test", people=80, clients=4, seed=9)
    server = Slapd(os.path.join(lab.folder, "branch"), branch.base)
    server.load(branch.ldif())
    server.start()
    lab.rosterd.stop()
    lab.rosterd.config["directory"].append(directory_section(server, lab.rosterd.folder, "branch"))
    lab.rosterd.start()
    yield branch, server
    server.stop()


def test_both_are_read_and_one_failing_does_not_stop_the_other(lab, second):
    branch, server = second
    # Some login names exist in both: the newcomer is held by name, the incumbent and all others go on.
    ran = lab.rosterd.command("sync")
    assert ran.exit in (0, 4, 5, 6) and "branch" in ran.out + ran.err, ran
    known = {u["user_name"] for u in lab.rosterd.ok("user", "list")}
    assert {p.uid for p in lab.company.people} <= known
    fresh = {p.uid for p in branch.people} - {p.uid for p in lab.company.people}
    assert len(fresh) > 40 and fresh <= known
    person = next(p for p in branch.people if p.uid in fresh and p.state == "active")
    assert steps.explain(lab.rosterd, person.uid)["claims"][0]["source"] == "ldap:branch"

    server.stop()
    mine = lab.free_person(0)
    steps.join(lab.slapd, lab.company.groups["engineering"], mine.dn)
    ran = lab.rosterd.command("sync")
    server.start()
    assert ran.exit == 6 and "ldap:branch: failed, nobody was removed" in ran.out + ran.err, ran
    assert steps.explain(lab.rosterd, mine.uid)["roles"] == ["Engineer"]
    assert steps.explain(lab.rosterd, person.uid)["active"]


def test_only_one_by_name(lab, second):
    ran = lab.rosterd.command("sync", "--source", "corp")
    assert ran.exit == 0 and "ldap:corp" in ran.out and "branch" not in ran.out, ran


@pytest.mark.parametrize("page_size", [0, 7, 1000])
def test_ldaps_and_page_sizes_read_the_same(lab, page_size):
    original = lab.rosterd.config["directory"]
    section = {**original[0], "uris": [lab.slapd.tls_url], "start_tls": False, "page_size": page_size}
    lab.rosterd.stop()
    lab.rosterd.config["directory"] = [section]
    lab.rosterd.start()
    try:
        ran = lab.rosterd.command("sync", "--check", "--source", "corp")
        assert ran.exit == 0, ran
    finally:
        lab.rosterd.stop()
        lab.rosterd.config["directory"] = original
        lab.rosterd.start()
