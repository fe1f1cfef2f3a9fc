"""The demo without its build: what it starts, what it writes, what is left of it."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

import pytest
from lab import demo as lab_demo, ldif, ports, private_folder, processes
from lab.daemon import find_binary

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIELDS = """scim_url scim_token ldap_url ldap_base ldap_admin_dn ldap_admin_password ldap_people_base example_group_dn
example_role example_project mail_dir config database rosterd pid""".split()
OWN = """dn: dc=acme,dc=test
objectClass: domain
dc: acme

dn: uid=one,dc=acme,dc=test
objectClass: inetOrgPerson
uid: one
cn: One
sn: One
mail: one@acme.test

dn: uid=two,dc=acme,dc=test
objectClass: inetOrgPerson
objectClass: sambaSamAccount
sambaSID: S-1-5
uid: two
cn: Two
sn: Two
mail: two@acme.test

dn: cn=admins,dc=acme,dc=test
objectClass: groupOfUniqueNames
cn: admins
uniqueMember: uid=one, dc=acme, dc=test
"""


def demo(*argv):
    binary = find_binary()  # may name the real program in the environment, behind the filters
    env = {**os.environ, "PYTHONPATH": os.path.join(TOP, "tests")}
    return subprocess.run([sys.executable, "-m", "lab.demo", "--checkout", TOP, "--binary", binary, *argv],
                          env=env, capture_output=True, text=True, timeout=120)


@pytest.fixture
def folder():
    path = tempfile.mkdtemp(prefix="rosterd-")
    yield path
    demo("--stop", path)
    shutil.rmtree(path, ignore_errors=True)


def start(folder, *argv):
    ran = demo("--detach", folder, *argv)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with open(os.path.join(folder, "demo.json"), encoding="utf-8") as f:
        return json.load(f), ran.stdout


def rosterd(facts, *argv):
    run = subprocess.run([facts["rosterd"], *argv, "--config", facts["config"], "--json"], capture_output=True, text=True,
                         timeout=60)
    assert run.returncode == 0, run
    return json.loads(run.stdout)


def join(facts, person_dn):
    text = ldif.line("dn", facts["example_group_dn"]) + "changetype: modify\nadd: member\n" + ldif.line("member", person_dn)
    subprocess.run(["ldapmodify", "-x", "-H", facts["ldap_url"], "-D", facts["ldap_admin_dn"], "-w",
                    facts["ldap_admin_password"]], input=text, text=True, check=True, capture_output=True)


def test_detach_use_stop(folder):
    facts, welcome = start(folder)
    assert set(FIELDS) <= set(facts)
    for words in ("curl", "ldapmodify", "explain", facts["scim_token"]):
        assert words in welcome
    request = urllib.request.Request(facts["scim_url"] + "/Users?count=0",
                                     headers={"Authorization": "Bearer " + facts["scim_token"]})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["totalResults"] == 0
    assert len(rosterd(facts, "user", "list")) >= 200
    # What the welcome tells to paste.
    dn = next(line for line in welcome.splitlines() if line.startswith("member: "))[len("member: "):]
    join(facts, dn)
    rosterd(facts, "sync")
    uid = welcome.split(" explain ")[1].split()[0]
    person = rosterd(facts, "explain", uid)
    assert person["roles"] == [facts["example_role"]] and person["projects"] == [facts["example_project"]]
    new = os.path.join(facts["mail_dir"], "new")
    assert processes.wait_until(lambda: os.path.isdir(new) and len(os.listdir(new)) == 1, 20)
    second = demo("--detach", folder)
    assert second.returncode != 0 and "already running" in second.stderr
    assert demo("--stop", folder).returncode == 0
    assert not processes.alive(facts["pid"])
    for url in (facts["ldap_url"], facts["url"]):
        assert not ports.accepts(int(url.rsplit(":", 1)[1]))
    facts, _ = start(folder)  # the same folder again, from the beginning
    assert len(rosterd(facts, "user", "list")) >= 200


def test_own_ldif(folder):
    path = os.path.join(folder, "own.ldif")
    with open(path, "w", encoding="utf-8") as f:
        f.write(OWN)
    facts, welcome = start(folder, "--ldif", path, "--base", "dc=acme,dc=test")
    assert "sambaSID" in welcome and facts["ldap_people_base"] == "dc=acme,dc=test"
    assert {u["user_name"] for u in rosterd(facts, "user", "list")} >= {"one", "two"}
    assert rosterd(facts, "explain", "one")["projects"] == ["Website", "admins"]
    join(facts, "uid=two,dc=acme,dc=test")
    rosterd(facts, "sync")
    assert rosterd(facts, "explain", "two")["roles"] == [facts["example_role"]]


@pytest.mark.parametrize("argv, words", [
    (("--ldif", "/no/such/file", "--base", "dc=a"), "no such file"), (("--ldif", "x"), "belong together"),
    (("--dir", "a", "--detach", "b"), "exclude"), (("--stop", "/nonexistent"), "was not made"), (("--frob",), "--frob")])
def test_wrong_options(argv, words):
    ran = demo(*argv)
    assert ran.returncode != 0 and words in ran.stderr


def test_ctrl_c_ends_and_cleans_up(folder):
    inside = os.path.join(folder, "d")
    process = subprocess.Popen([sys.executable, "-m", "lab.demo", "--checkout", TOP, "--binary", find_binary(), "--dir",
                                inside], env={**os.environ, "PYTHONPATH": os.path.join(TOP, "tests")},
                               stdout=subprocess.PIPE, text=True)
    try:
        assert processes.wait_until(lambda: os.path.exists(os.path.join(inside, "demo.json")), 60)
        with open(os.path.join(inside, "pids.json"), encoding="utf-8") as f:
            pids = json.load(f)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
        assert processes.wait_until(lambda: not any(processes.alive(pid) for pid in pids.values()), 20)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def test_somebody_elses_files_stay(folder):
    os.mkdir(os.path.join(folder, "ldap"))
    ran = demo("--detach", folder)
    assert ran.returncode == 1 and "was not made by the demo" in ran.stderr
    assert os.path.isdir(os.path.join(folder, "ldap"))


def prepared(folder, how, monkeypatch):
    """A folder as somebody else could leave it for us; returns what is given to the demo."""
    path = os.path.join(folder, "given")
    if how == "link":
        os.mkdir(os.path.join(folder, "target"))
        os.symlink(os.path.join(folder, "target"), path)
        return path
    os.mkdir(path, 0o700)
    if how == "writable":
        os.chmod(path, 0o770)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    return path


@pytest.mark.parametrize("how, words", [("link", "no directory"), ("writable", "others may write"),
                                        ("foreign", "belongs to somebody else")])
def test_a_folder_of_others_is_refused(folder, how, words, monkeypatch):
    path = prepared(folder, how, monkeypatch)
    victim = processes.start([sys.executable, "-c", "import signal; signal.pause()", path], os.devnull)
    try:
        for name, text in ((lab_demo.MARK, ""), (lab_demo.PIDS, json.dumps({"rosterd": victim.pid}))):
            with open(os.path.join(path, name), "w", encoding="utf-8") as f:
                f.write(text)
        before = sorted(os.listdir(path))
        for act in (lab_demo.claim_folder, lab_demo.stop_folder):
            with pytest.raises(processes.LabError, match=words):
                act(private_folder.named(path))
        assert victim.poll() is None and sorted(os.listdir(path)) == before
    finally:
        processes.stop(victim.pid, process=victim)


def test_planted_links_are_not_followed(folder):
    """Also in a folder that passes: it may have been open to others before."""
    target = os.path.join(folder, "precious")
    with open(target, "w", encoding="utf-8") as f:
        f.write("mine")
    for name in (lab_demo.MARK, lab_demo.MARK + ".new"):
        os.symlink(target, os.path.join(folder, name))
    lab_demo.claim_folder(folder)
    for name in (lab_demo.PIDS, "demo.json"):
        path = os.path.join(folder, name)
        for link in (path, path + ".new"):
            os.symlink(target, link)
        assert private_folder.read_json(path) is None
        private_folder.write(path, "{}")
        assert private_folder.read_json(path) == {} and os.stat(path).st_mode & 0o777 == 0o600
    with open(target, encoding="utf-8") as f:
        assert f.read() == "mine"


@pytest.mark.parametrize("mode", [None, 0o700, 0o755])
def test_a_folder_of_ours_is_taken(folder, mode):
    path = os.path.join(folder, "ours", "")
    if mode:
        os.mkdir(path)
        os.chmod(path, mode)
    lab_demo.claim_folder(private_folder.named(path))
    assert os.listdir(path) == [lab_demo.MARK] and os.stat(path).st_mode & 0o777 == (mode or 0o700)
