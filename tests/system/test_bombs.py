"""Small requests that are meant to cost much: each is refused by name, and the next request is served."""
import os
import subprocess

import pytest
from lab import bombs
from lab.daemon import Rosterd, find_binary, no_sanitizer_report

USER = {"schemas": [bombs.USER], "userName": "target", "emails": [{"value": "t@x.example"}]}
GROUP = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "target"}


@pytest.fixture(scope="module")
def rosterd(tmp_path_factory):
    daemon = Rosterd(str(tmp_path_factory.mktemp("r")))
    daemon.start()
    daemon.new_token()
    yield daemon
    assert daemon.stop() == 0


def test_each_request_bomb_is_answered_and_harms_nobody(rosterd):
    user = rosterd.scim("POST", "/Users", USER).json()
    group = rosterd.scim("POST", "/Groups", GROUP).json()
    pid = rosterd.process.pid
    for bomb in bombs.requests(user["id"], group["id"]):
        answer = bombs.send(rosterd, bomb)
        assert answer.status in bomb.statuses, f"{bomb.name}: {answer.status} {answer.body[:300]!r}"
        assert len(answer.body) < 4_000_000, bomb.name
        if answer.status >= 400:
            assert len(answer.body) < 2_000, f"{bomb.name}: the answer repeats the bomb"
            for word in (b"exception", b"std::", b"basic_string", b"terminate"):
                assert word not in answer.body, f"{bomb.name}: {answer.body[:300]!r}"
        if answer.status >= 400 and bomb.path.startswith(bombs.SCIM) and answer.status != 414:
            assert answer.headers["content-type"].startswith(("application/scim+json", "text/plain")), bomb.name
        assert rosterd.process.poll() is None and rosterd.process.pid == pid, f"{bomb.name}: the daemon is gone"
        after = rosterd.scim("GET", f"/Users/{user['id']}")
        assert after.status == 200 and after.json()["userName"] == "target", bomb.name
    assert rosterd.scim("GET", "/Users?filter=userName%20eq%20%22bomb%22").status == 200


@pytest.mark.parametrize("name", bombs.configurations())
def test_each_configuration_bomb_is_refused_by_name(tmp_path, name):
    path = os.path.join(tmp_path, "bomb.toml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(bombs.configurations()[name])
    run = subprocess.run([find_binary(), "check-config", "--config", path], capture_output=True, text=True, timeout=60)
    no_sanitizer_report(run.stderr)
    assert run.returncode > 0, f"{run.returncode}: {run.stderr[-500:]}"  # below 0: a signal
    said = run.stdout + run.stderr
    assert "bomb.toml" in said and len(said) < 200_000, said[:300]


def test_a_reload_with_a_bomb_keeps_the_old_configuration(rosterd):
    text = open(rosterd.config_file, encoding="utf-8").read()
    for bomb in ("200,000 [ as a value", "a key with 100,000 dots", "100,000 broken lines"):
        with open(rosterd.config_file, "w", encoding="utf-8") as f:
            f.write(bombs.configurations()[bomb])
        rosterd.reload()
        assert rosterd.scim("GET", "/Users").status == 200, bomb
    with open(rosterd.config_file, "w", encoding="utf-8") as f:
        f.write(text)
    assert rosterd.process.poll() is None
