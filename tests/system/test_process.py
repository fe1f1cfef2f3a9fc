"""The process from outside: health, metrics, draining, commands with and without a daemon, restarts."""
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import threading

import pytest
import steps
from lab.daemon import Rosterd

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_health_readiness_metrics(lab):
    rosterd = lab.rosterd
    assert rosterd.get("/healthz").status == 200
    ready = rosterd.get("/readyz")
    assert ready.status == 200 and ready.json()["ready"] is True and ready.json()["checks"]
    metrics = rosterd.get("/metrics")
    assert metrics.status == 200 and metrics.headers["content-type"].startswith("text/plain")
    assert b"rosterd_" in metrics.body and b"# TYPE" in metrics.body


def test_a_request_has_its_id_in_the_log(lab):
    answer = lab.rosterd.scim("GET", "/Users?count=1")
    request_id = answer.headers.get("x-request-id")
    assert request_id
    assert lab.rosterd.token not in lab.rosterd.log_text()


def test_security_headers_everywhere(lab):
    for path in ("/healthz", "/scim/v2/Users", "/invitation/x", "/nothing", "/api/v1/session"):
        headers = lab.rosterd.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "no-store" in headers["cache-control"], path


def test_sigterm_lets_running_requests_end(make_lab):
    lab = make_lab(smtp=False, sync=False)
    rosterd = lab.rosterd
    acknowledged, stop = [], threading.Event()

    def work(number):
        count = 0
        while not stop.is_set():
            name = f"drain-{number}-{count}"
            try:
                answer = rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": name})
            except (OSError, http.client.HTTPException):
                return
            if answer.status == 201:
                acknowledged.append(name)
            count += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    steps.eventually(lambda: len(acknowledged) > 20, what="some traffic")
    assert rosterd.stop(signal.SIGTERM) == 0
    stop.set()
    for t in threads:
        t.join(30)
    rosterd.start()
    known = {u["user_name"] for u in rosterd.ok("user", "list", "--limit", "100000")}
    assert not set(acknowledged) - known


def test_kill_9_loses_nothing_acknowledged(make_lab):
    lab = make_lab(smtp=False, sync=False)
    rosterd = lab.rosterd
    names = [f"kill-{i}" for i in range(30)]
    for name in names:
        assert rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": name}).status == 201
    rosterd.kill()
    rosterd.start()
    assert set(names) <= {u["user_name"] for u in rosterd.ok("user", "list")}
    connection = sqlite3.connect(f"file:{rosterd.database}?mode=ro", uri=True)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()


def test_commands_answer_the_same_with_and_without_the_daemon(make_lab):
    lab = make_lab(smtp=False)
    rosterd, person = lab.rosterd, lab.free_person(0)
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    rosterd.ok("sync")
    commands = [("explain", person.uid), ("user", "list"), ("token", "list"), ("holds", "list"), ("mail", "list"),
                ("user", "show", person.uid)]
    by_socket = [rosterd.ok(*c) for c in commands]
    rosterd.stop()
    direct = [rosterd.ok(*c) for c in commands]
    assert json.dumps(direct) == json.dumps(by_socket)
    steps.leave(lab.slapd, lab.company.groups["engineering"], person.dn)
    rosterd.ok("sync")
    assert steps.explain(rosterd, person.uid)["roles"] == []
    steps.in_step(rosterd)


@pytest.mark.parametrize("argv, code", [
    (("explain", "nobody-at-all"), 3), (("user", "show", "nobody-at-all"), 3), (("token", "revoke", "no-such"), 3),
    (("token", "create", "--name", "x", "--source", "scim:none"), 3), (("holds", "show", "999"), 3),
    (("sync", "--source", "nowhere"), 3), (("frobnicate",), 2), (("explain",), 2), (("user", "list", "--frob"), 2),
])
def test_exit_codes(lab, argv, code):
    ran = lab.rosterd.command(*argv)
    assert ran.exit == code, ran
    assert ran.err.strip() or ran.out.strip(), "no sentence"


def test_help_has_examples(lab):
    for command in ([], ["sync"], ["token", "create"], ["holds"], ["user"], ["mail"]):
        run = subprocess.run([lab.rosterd.binary, *command, "--help"], capture_output=True, text=True, timeout=20)
        assert run.returncode == 0 and "rosterd" in run.stdout, command


def test_store_files_are_private(lab):
    for name in os.listdir(lab.rosterd.store):
        mode = os.stat(os.path.join(lab.rosterd.store, name)).st_mode & 0o777
        assert mode & 0o007 == 0, f"{name} {mode:o}"


def test_a_newer_schema_is_refused(make_lab):
    lab = make_lab(smtp=False, sync=False)
    rosterd = lab.rosterd
    rosterd.stop()
    connection = sqlite3.connect(rosterd.database)
    version, = connection.execute("pragma user_version").fetchone()
    assert version > 0
    connection.execute(f"pragma user_version = {version + 1000}")
    connection.commit()
    connection.close()
    run = subprocess.run([rosterd.binary, "run", "--config", rosterd.config_file], capture_output=True, text=True, timeout=30)
    assert run.returncode == 76, run


def test_doctor(lab):
    ran = lab.rosterd.command("doctor")
    assert ran.exit == 0, ran
    lab.slapd.stop()
    try:
        ran = lab.rosterd.command("doctor")
        assert ran.exit == 10 and "corp" in ran.out + ran.err, ran
    finally:
        lab.slapd.start()


def test_a_schedule_syncs_by_itself(make_lab):
    lab = make_lab(smtp=False, sync=False, directory={"interval": "200ms"})
    person = lab.free_person(0)
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    steps.eventually(lambda: lab.rosterd.command("explain", person.uid, "--json").exit == 0
                     and steps.explain(lab.rosterd, person.uid)["roles"] == ["Engineer"], what="a sync by itself")


def test_an_empty_folder_is_enough(tmp_path):
    import shutil
    import tempfile
    folder = tempfile.mkdtemp(prefix="rosterd-")
    rosterd = Rosterd(folder)
    try:
        rosterd.start()
        assert rosterd.ok("user", "list") == [] or rosterd.ok("user", "list")
    finally:
        rosterd.stop()
        shutil.rmtree(folder)
