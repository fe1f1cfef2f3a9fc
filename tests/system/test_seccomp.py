"""A journey with the daemon behind the unit's own seccomp filters, and proofs that these are in force.

`tests/run --seccomp` runs every system test like this."""
import os
import re
import signal

import pytest
import steps
from lab import processes, unit
from lab.daemon import Rosterd
from lab.processes import LabError

seccomp = pytest.importorskip("seccomp", reason="python3-seccomp is not installed")


@pytest.fixture(autouse=True)
def confined(monkeypatch):
    if os.environ.get("ROSTERD_SANITIZE"):
        pytest.skip("a sanitizer's own calls are outside the filter")
    monkeypatch.setenv("ROSTERD_CONFINE", "1")


def status(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def test_a_journey(make_lab):
    lab = make_lab()
    rosterd, person = lab.rosterd, lab.free_person(0)
    facts = status(rosterd.process.pid)
    assert facts["Seccomp"] == "2" and facts["NoNewPrivs"] == "1", facts
    assert int(facts["CapBnd"], 16) == 0 or os.geteuid() != 0, facts
    with open(f"/proc/{rosterd.process.pid}/limits", encoding="utf-8") as f:
        assert re.search(r"Max core file size\s+0 ", f.read())

    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    rosterd.ok("sync")
    message = steps.mails_to(lab, person)[0]
    assert steps.accept(rosterd, steps.link_of(message), "seven tall birches by the lake").status == 200
    answer = steps.sign_in(rosterd, person.uid, "seven tall birches by the lake")
    assert answer.status == 200, answer
    made = rosterd.scim("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "pushed"})
    assert made.status == 201, made
    assert rosterd.ok("user", "deactivate", person.uid)
    assert steps.session(rosterd, answer.json()["session"]) == 401
    rosterd.reload()
    steps.eventually(lambda: "reloaded" in rosterd.log_text(), what="the reload")
    assert rosterd.command("doctor").exit == 0
    assert rosterd.stop() == 0
    rosterd.start()
    assert rosterd.stop(signal.SIGTERM) == 0


def other_unit(monkeypatch, folder, change):
    """A unit file in which `change` is the last word of [Service]."""
    with open(unit.path(), encoding="utf-8") as f:
        text = f.read().replace("\n[Install]", f"{change}\n\n[Install]")
    assert change in text
    file = os.path.join(folder, "other.service")
    with open(file, "w", encoding="utf-8") as f:
        f.write(text)
    monkeypatch.setenv("ROSTERD_UNIT", file)


@pytest.mark.parametrize("change", ["SystemCallFilter=~fsync fdatasync", "SystemCallFilter=~epoll_ctl",
                                    "RestrictAddressFamilies=AF_UNIX"])
def test_a_tighter_unit_would_be_noticed_at_start(monkeypatch, tmp_path, change):
    other_unit(monkeypatch, tmp_path, change)
    rosterd = Rosterd(os.path.join(tmp_path, "r"))
    with pytest.raises(LabError, match="a system call that the unit forbids"):
        rosterd.start()


def test_a_unit_without_connect_would_be_noticed_at_the_first_sync(monkeypatch, tmp_path):
    other_unit(monkeypatch, tmp_path, "SystemCallFilter=~connect")
    rosterd = Rosterd(os.path.join(tmp_path, "r"))
    rosterd.config["directory"] = [{"name": "corp", "uris": ["ldap://127.0.0.1:1"], "allow_plaintext": True,
                                    "people_bases": ["dc=example,dc=org"], "interval": "0s"}]
    rosterd.start()
    rosterd.command("sync")
    assert processes.wait_until(lambda: rosterd.process.poll() is not None, 20), "it lives on"
    with pytest.raises(LabError, match="a system call that the unit forbids"):
        rosterd.stop()
