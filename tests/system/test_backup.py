"""Backup while clients write, restore with the outbox on hold, a damaged file, and a disk that is really full."""
import http.client
import json
import os
import re
import stat
import subprocess
import tempfile
import threading

import pytest
import steps
from lab.daemon import Rosterd

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Writers:
    """Clients that make users until stopped; `acknowledged` holds the names that were answered with 201."""

    def __init__(self, rosterd, number):
        self.rosterd, self.acknowledged, self.refused = rosterd, [], []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(i,)) for i in range(number)]
        for thread in self._threads:
            thread.start()

    def _work(self, number):
        count = 0
        while not self._stop.is_set():
            name = f"w{number}-{count}"
            count += 1
            try:
                answer = self.rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": name})
            except (OSError, http.client.HTTPException):
                return
            (self.acknowledged if answer.status == 201 else self.refused).append(
                name if answer.status == 201 else answer)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)


def names_of(rosterd):
    return {u["user_name"] for u in rosterd.ok("user", "list", "--limit", "100000")}


def alone(folder):
    rosterd = Rosterd(os.path.join(folder, "rosterd"))
    rosterd.start()
    rosterd.new_token()
    return rosterd


def test_backup_under_writers_and_restore(tmp_path):
    rosterd = alone(str(tmp_path))
    try:
        writers = Writers(rosterd, 32)
        steps.eventually(lambda: len(writers.acknowledged) > 100, what="some traffic")
        before = set(writers.acknowledged)
        backup = str(tmp_path / "backup.db")
        report = rosterd.ok("backup", backup)
        during = len(writers.acknowledged) - len(before)
        writers.stop()
        assert not writers.refused and during > 0, "the writers stood still"
        assert stat.S_IMODE(os.stat(backup).st_mode) == 0o600 and report["people"] >= len(before)
        assert rosterd.command("backup", backup).exit == 74, "a name that is taken"
        os.symlink(rosterd.store, tmp_path / "elsewhere")
        for own in (rosterd.store + "/rosterd.db", str(tmp_path / "elsewhere" / "secret.key")):
            assert rosterd.command("backup", own, "--overwrite").exit == 4, "the store's own files"
        rosterd.ok("backup", backup + "2")
        assert rosterd.command("restore", backup).exit == 8, "a daemon runs"
        rosterd.stop()

        restored = rosterd.ok("restore", backup)
        assert restored["people"] == report["people"] and os.path.exists(restored["kept_aside"] + "/rosterd.db")
        rosterd.start()
        known = names_of(rosterd)
        assert before <= known <= set(writers.acknowledged)
        assert rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": "after"}).status == 201, "the old token"
        # The later backup, put back without a daemon ever having seen it.
        rosterd.stop()
        rosterd.ok("restore", backup + "2")
        assert names_of(rosterd) == set(writers.acknowledged)
    finally:
        rosterd.stop()


def test_nothing_is_mailed_after_a_restore_until_released(make_lab):
    lab = make_lab()
    rosterd = lab.rosterd
    sent, waiting = lab.free_person(0), lab.free_person(1)
    rosterd.ok("user", "invite", sent.uid)
    steps.mails_to(lab, sent)
    lab.smtp.faults("data 451 4.3.0 later")
    rosterd.ok("user", "invite", waiting.uid)
    backup = os.path.join(lab.folder, "backup.db")
    rosterd.ok("backup", backup)
    rosterd.stop()
    rosterd.ok("restore", backup)
    lab.smtp.faults()
    rosterd.start()

    assert "outbox_on_hold" in rosterd.log_text()
    doctor = rosterd.command("doctor", "--json")
    assert doctor.exit == 10 and any("on hold" in f["text"] for f in doctor.json() if f["subject"] == "outbox")
    assert b"rosterd_mail_on_hold 1" in rosterd.get("/metrics").body
    assert "on hold" in rosterd.command("mail", "list").out
    mails = rosterd.ok("mail", "list")
    assert [m["recipient"] for m in mails if m["on_hold"]] == [waiting.mail]
    # A mail that is queued now waits with the others: were it sent, it would come after nothing else.
    late = lab.free_person(2)
    rosterd.ok("user", "invite", late.uid)
    assert not lab.smtp.messages(waiting.mail) and not lab.smtp.messages(late.mail)

    assert rosterd.ok("mail", "release")["waiting"] == 2
    steps.mails_to(lab, waiting)
    steps.mails_to(lab, late)
    assert len(lab.smtp.messages(sent.mail)) == 1
    assert b"rosterd_mail_on_hold 0" in rosterd.get("/metrics").body
    assert rosterd.command("mail", "release").exit == 4


def damage(database):
    with open(database, "r+b") as f:
        size = f.seek(0, os.SEEK_END)
        for at in range(size // 4096 * 3 // 4 * 4096, size, 4096):
            f.seek(at)
            f.write(b"x" * 2000)


def test_a_damaged_store_is_found_after_a_crash_and_not_written_on(tmp_path):
    rosterd = alone(str(tmp_path))
    try:
        for i in range(300):
            assert rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": f"u{i}"}).status == 201
        backup = str(tmp_path / "backup.db")
        rosterd.ok("backup", backup)
        rosterd.kill()
        rosterd.start()
        steps.eventually(lambda: "store_checked" in rosterd.log_text(), what="the check after an unclean stop")
        assert rosterd.stop() == 0  # folds the log back into the file
        rosterd.start()
        assert rosterd.log_text().count("store_checked") == 1, "the last stop was clean"
        rosterd.kill()
        damage(rosterd.database)
        rosterd.write_config()
        rosterd.launch()
        assert rosterd.process.wait(30) == 65
        assert "damaged" in rosterd.log_text()
        rosterd.launch()
        assert rosterd.process.wait(30) == 65, "and not at the next start either"
        rosterd.process = None
        os.unlink(os.path.join(rosterd.store, "store.damaged"))
        with open(rosterd.database, "r+b") as f:
            f.write(b"x" * 4096)
        doctor = rosterd.command("doctor")
        assert doctor.exit == 10 and "rosterd restore" in doctor.out and "WARN  mail" in doctor.out, doctor
        assert rosterd.command("doctor", "--bundle", str(tmp_path / "bundle")).exit == 10
        bundle = json.loads((tmp_path / "bundle").read_text())
        assert any("rosterd restore" in finding["text"] for finding in bundle["findings"]), bundle["findings"]
        assert bundle["configuration"] and "store" not in bundle
        assert "rosterd restore" in rosterd.command("user", "list").err
        rosterd.ok("restore", backup)
        rosterd.start()
        assert len(names_of(rosterd)) == 300
    finally:
        rosterd.stop()


def test_doctor_tells_the_rest_beside_damage_that_nobody_had_noticed(tmp_path):
    rosterd = alone(str(tmp_path))
    for i in range(300):
        assert rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": f"u{i}"}).status == 201
    assert rosterd.stop() == 0
    damage(rosterd.database)
    doctor = rosterd.command("doctor", "--bundle", str(tmp_path / "bundle"))
    assert doctor.exit == 10 and "WARN  store" in doctor.out and "WARN  mail" in doctor.out, doctor
    bundle = json.loads((tmp_path / "bundle").read_text())
    assert any(finding["subject"] == "store" and not finding["good"] for finding in bundle["findings"]), bundle["findings"]


@pytest.fixture
def small_disk():
    folder = tempfile.mkdtemp(prefix="rosterd-disk-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=0700", "tmpfs", folder],
                             capture_output=True).returncode == 0
    if not mounted:
        os.rmdir(folder)
        pytest.skip("a small file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)
    os.rmdir(folder)


def test_a_full_disk_refuses_and_heals(small_disk, tmp_path):
    rosterd = Rosterd(str(tmp_path / "rosterd"))
    rosterd.store = os.path.join(small_disk, "store")
    os.mkdir(rosterd.store, 0o700)
    rosterd.config["store"]["directory"] = rosterd.store
    rosterd.start()
    rosterd.new_token()
    ballast = os.path.join(small_disk, "ballast")
    writers = Writers(rosterd, 8)
    try:
        for _ in range(3):
            so_far = len(writers.refused)
            steps.eventually(lambda: len(writers.acknowledged) > 20, what="some traffic")
            with open(ballast, "wb", buffering=0) as f:
                try:
                    while True:
                        f.write(b"x" * 4096)
                except OSError:
                    pass
            steps.eventually(lambda: len(writers.refused) > so_far + 8, what="refusals")
            steps.eventually(lambda: "store: refuses to write: " in rosterd.command("doctor").out, what="doctor says it")
            os.unlink(ballast)
            count = len(writers.acknowledged)
            steps.eventually(lambda: len(writers.acknowledged) > count, timeout=5, what="recovery by itself")
        writers.stop()
        assert {a.status for a in writers.refused} == {507}
        assert all(a.headers.get("retry-after") and a.json()["status"] == "507" for a in writers.refused)
        events = re.findall(r"store_full|store_writes_again", rosterd.log_text())
        assert events[:2] == ["store_full", "store_writes_again"] and all(a != b for a, b in zip(events, events[1:]))
        assert 'status=507' in rosterd.log_text() and 'problem="the disk of the store is full"' in rosterd.log_text()
        assert "store: takes writes" in rosterd.command("doctor").out
        rosterd.kill()
        rosterd.start()
        assert set(writers.acknowledged) <= names_of(rosterd)
        assert steps.query(rosterd, "pragma integrity_check") == [("ok",)]
    finally:
        writers.stop()
        rosterd.stop()
