"""Configuration: all errors at once with line and column, reload that keeps the old one, secrets from files only."""
import os
import re
import signal
import subprocess

import pytest
import steps
from lab.daemon import Rosterd, find_binary

CONFIGURATION = 78


def check(tmp_path, text):
    path = os.path.join(tmp_path, "rosterd.toml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    run = subprocess.run([find_binary(), "check-config", "--config", path], capture_output=True, text=True, timeout=20)
    return run.returncode, run.stdout + run.stderr


def test_all_errors_at_once_with_line_and_column(tmp_path):
    code, text = check(tmp_path, """[store]
directory = 7

[http]
listen = ["nonsense"]
queue = -1
quue = 3

[[access]]
role = "Nobody"
""")
    assert code == CONFIGURATION, text
    places = set(re.findall(r":(\d+):(\d+)", text))
    assert {"2", "5", "6", "7", "9"} <= {line for line, _ in places}, text
    for word in ("directory", "listen", "queue", "quue", "group"):
        assert word in text, f"{word} is not named:\n{text}"


@pytest.mark.parametrize("text, words", [
    ("[store\n", ["1"]),
    ("[[directory]]\nname = 'corp'\n", ["uris", "people_bases"]),
    ("[mail]\nhost = 'a'\nfrom = 'a@b.c'\npassword = 'hunter2'\n", ["password"]),
    ("[[scim]]\nname = 'a'\n[[scim]]\nname = 'a'\n", ["a"]),
    ("\x00", []),
    ("[http]\nmax_body = '99999999TiB'\n", ["max_body"]),
])
def test_bad_files(tmp_path, text, words):
    code, out = check(tmp_path, text)
    assert code == CONFIGURATION, out
    for word in words:
        assert word in out, out
    assert "hunter2" not in out


def test_missing_file(tmp_path):
    run = subprocess.run([find_binary(), "check-config", "--config", os.path.join(tmp_path, "no.toml")],
                         capture_output=True, text=True, timeout=20)
    assert run.returncode == CONFIGURATION and "no.toml" in run.stdout + run.stderr


def test_a_secret_that_others_can_read_is_refused(tmp_path):
    secret = os.path.join(tmp_path, "secret")
    with open(secret, "w", encoding="utf-8") as f:
        f.write("hunter2\n")
    os.chmod(secret, 0o644)
    code, out = check(tmp_path, f"[mail]\nhost = 'localhost'\nfrom = 'a@b.org'\nuser = 'u'\npassword_file = '{secret}'\n")
    assert code == CONFIGURATION and secret in out and "hunter2" not in out, out


def test_the_example_checks_out(tmp_path):
    example = subprocess.run([find_binary(), "check-config", "--example"], capture_output=True, text=True, timeout=20)
    assert example.returncode == 0 and "[store]" in example.stdout
    code, out = check(tmp_path, example.stdout)
    assert code == 0, out


def test_run_does_not_start_with_a_bad_file(tmp_path):
    path = os.path.join(tmp_path, "rosterd.toml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("nonsense = 1\n")
    run = subprocess.run([find_binary(), "run", "--config", path], capture_output=True, text=True, timeout=20)
    assert run.returncode == CONFIGURATION and "nonsense" in run.stdout + run.stderr


def test_reload_takes_a_good_file_and_refuses_a_bad_one(make_lab):
    lab = make_lab(smtp=False)
    rosterd, person = lab.rosterd, lab.free_person(0)
    rosterd.config["access"][0]["projects"] = ["Website", "Wiki"]
    rosterd.write_config()
    rosterd.reload()
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)

    def wiki():
        rosterd.command("sync")
        return sorted(steps.explain(rosterd, person.uid)["projects"]) == ["Website", "Wiki"]
    steps.eventually(wiki, what="the new rule")
    assert steps.explain(rosterd, person.uid)["roles"] == ["Engineer"]

    def reloads():
        return [row for row in rosterd.ok("audit", "list", "--limit", "1000") if row["action"] == "configuration.reload"]
    (noted,) = reloads()
    assert noted["target"] == "configuration" and "access" in noted["detail"], noted
    assert "Wiki" not in noted["detail"], "the names of what changed, never what it says"

    with open(rosterd.config_file, "a", encoding="utf-8") as f:
        f.write("\n[nonsense]\nx = 1\n")
    rosterd.reload()
    steps.eventually(lambda: "nonsense" in rosterd.log_text(), what="the refusal in the log")
    assert rosterd.process.poll() is None and rosterd.ready()
    assert reloads() == [noted], "a refused file changes nothing"
    rosterd.write_config()  # good again, but not reloaded: a command reads the file to find the control socket
    assert sorted(steps.explain(rosterd, person.uid)["projects"]) == ["Website", "Wiki"]
    assert rosterd.stop(signal.SIGTERM) == 0


def test_what_waits_for_a_restart_is_told_until_then(make_lab):
    rosterd = make_lab(smtp=False, sync=False).rosterd
    told = "in force after a restart: http.queue\n"
    assert told not in rosterd.command("doctor").out
    rosterd.config.setdefault("http", {})["queue"] = 300
    rosterd.write_config()
    for times in (1, 2):  # the second one finds nothing new, and http.queue waits all the same
        rosterd.reload()
        steps.eventually(lambda: rosterd.log_text().count(" reloaded ") >= times, what=f"reload {times}")
        assert told in rosterd.command("doctor").out
    assert rosterd.stop() == 0
    rosterd.start()
    assert told not in rosterd.command("doctor").out


def test_two_daemons_on_one_store(make_lab):
    lab = make_lab(smtp=False, sync=False)
    other = Rosterd(os.path.join(lab.folder, "other"))
    other.config["store"] = {"directory": lab.rosterd.store}
    other.write_config()
    run = subprocess.run([other.binary, "run", "--config", other.config_file], capture_output=True, text=True, timeout=30)
    assert run.returncode == 8, run
    assert lab.rosterd.ready()
