"""The brake on mass removal over SCIM: a wave of 60 is held, told by mail once, and ends well after a release."""
import shutil
import tempfile

import pytest
import steps
from lab import smtp as smtp_module
from lab.daemon import Rosterd, mail_section

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PEOPLE, LEAVERS, LIMIT = 200, 60, 10


class Company:
    """200 people of one identity provider, and an administrator's mailbox."""

    def __init__(self, **scim):
        self.folder = folder = tempfile.mkdtemp(prefix="rosterd-")  # short: a control socket is in it
        self.smtp = smtp_module.SmtpServer(f"{folder}/smtp").start()
        self.rosterd = Rosterd(f"{folder}/rosterd")
        self.rosterd.config["scim"] = [{"name": "demo", **scim}]
        self.rosterd.config["mail"] = mail_section(self.smtp, folder)
        self.rosterd.config["notices"] = {"to": ["it@example.org"], "wait": "5s"}
        self.rosterd.start().new_token()
        self.ids = [self.create(f"p{i:03}") for i in range(PEOPLE)]

    def create(self, name):
        made = self.rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": name, "externalId": f"x-{name}"})
        assert made.status == 201, made
        return made.json()["id"]

    def deactivate(self, user):
        return self.rosterd.scim("PATCH", f"/Users/{user}", {
            "schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]})

    def activate(self, user):
        return self.rosterd.scim("PATCH", f"/Users/{user}", {
            "schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": True}}]})

    def open_holds(self):
        return self.rosterd.ok("holds", "list")

    def audit(self, action):
        return [row for row in self.rosterd.ok("audit", "list", "--limit", "1000") if row["action"] == action]

    def close(self):
        self.rosterd.stop()
        self.smtp.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def make_company():
    made = []

    def make(**scim):
        made.append(Company(**scim))
        return made[-1]

    yield make
    for company in made:
        company.close()


def gauge(rosterd):
    lines = rosterd.get("/metrics").body.decode().splitlines()
    return next(line.split()[-1] for line in lines if line.startswith('rosterd_removals_held{source="scim:demo"}'))


def test_a_wave_is_held_told_once_and_ends_well_after_the_release(make_company):
    company = make_company()
    rosterd, leavers = company.rosterd, company.ids[:LEAVERS]
    answers = [company.deactivate(user) for user in leavers]
    assert [a.status for a in answers] == [200] * LIMIT + [429] * (LEAVERS - LIMIT)
    held = answers[-1]
    hold = company.open_holds()[0]
    assert held.headers["retry-after"] == "300" and held.headers["content-type"] == "application/scim+json"
    assert held.json()["status"] == "429" and f"rosterd holds release {hold['id']}" in held.json()["detail"]
    assert hold["source"] == "scim:demo" and hold["items"] == LEAVERS - LIMIT
    assert len(steps.active_people(rosterd)) == PEOPLE - LIMIT

    # The identity provider tries again: nothing moves, and nobody is told twice.
    before = len(rosterd.ok("audit", "list", "--limit", "1000"))
    assert {company.deactivate(user).status for user in leavers} == {200, 429}
    assert company.open_holds() == [hold]
    assert len(rosterd.ok("audit", "list", "--limit", "1000")) == before
    company.create("newcomer")

    # Across a restart, too.
    rosterd.stop()
    rosterd.start()
    assert company.deactivate(leavers[-1]).status == 429
    mail = steps.eventually(lambda: company.smtp.messages("it@example.org"), what="the mail")
    text = next(p for p in mail[0].walk() if p.get_content_type() == "text/plain").get_payload(decode=True).decode()
    assert f"{LEAVERS - LIMIT} people to deactivate" in text and "scim:demo" in text
    assert f"more than {LIMIT} of {PEOPLE} people within 1h" in text
    for word in ("show", "release", "discard"):
        assert f"rosterd holds {word} {hold['id']}" in text
    assert gauge(rosterd) == str(LEAVERS - LIMIT)
    assert any(check["subject"] == "scim:demo" for check in rosterd.get("/readyz").json()["checks"])
    assert f"hold {hold['id']}" in rosterd.command("doctor").out

    shown = rosterd.command("holds", "show", str(hold["id"])).out
    assert all(f'"p{i:03}"' in shown for i in range(LIMIT, LEAVERS)) and '"p005"' not in shown
    # One is wanted again at the provider before the word falls.
    assert company.activate(leavers[-1]).status == 200
    released = rosterd.ok("holds", "release", str(hold["id"]))
    assert len(released["released"]) == LEAVERS - LIMIT - 1 and not released["skipped"]
    assert len(company.audit("hold.released")) == LEAVERS - LIMIT  # each of them, and the whole

    # The retry loop ends: every one is 200 now, and another run changes nothing.
    assert {company.deactivate(user).status for user in leavers[:-1]} == {200}
    rows = len(rosterd.ok("audit", "list", "--limit", "1000"))
    assert {company.deactivate(user).status for user in leavers[:-1]} == {200}
    assert len(rosterd.ok("audit", "list", "--limit", "1000")) == rows
    assert len(steps.active_people(rosterd)) == PEOPLE + 1 - (LEAVERS - 1)
    assert gauge(rosterd) == "0" and company.open_holds() == []
    assert len(company.smtp.messages("it@example.org")) == 1, "one mail for each hold"
    assert rosterd.command("audit", "verify").exit == 0


def test_a_discarded_wave_is_refused_and_not_asked_again(make_company):
    company = make_company(held_answer="503", max_removals=3, max_removal_percent=0)
    rosterd, leavers = company.rosterd, company.ids[:8]
    assert [company.deactivate(user).status for user in leavers] == [200] * 3 + [503] * 5
    rosterd.ok("holds", "discard", str(company.open_holds()[0]["id"]))
    again = [company.deactivate(user) for user in leavers[3:]]
    assert {a.status for a in again} == {403} and "discarded" in again[0].json()["detail"]
    assert company.open_holds() == [] and len(steps.active_people(rosterd)) == PEOPLE - 3
    # Decided before the mail was due: there is nothing to tell.
    steps.eventually(lambda: {m["state"] for m in rosterd.ok("mail", "list")} == {"cancelled"}, what="no mail")
    assert company.smtp.messages("it@example.org") == []


def test_the_offboarding_of_a_few_is_never_delayed(make_company):
    company = make_company()
    assert [company.deactivate(user).status for user in company.ids[:LIMIT]] == [200] * LIMIT
    assert company.open_holds() == [] and company.smtp.messages("it@example.org") == []
