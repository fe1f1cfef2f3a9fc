"""Planted secrets: the daemon and its commands meet each of them, right ones and wrong ones, through every door. None may
stand in the log at its lowest level (debug), in an error, in the support bundle, in the audit trail, in the database or
in a core dump, in whatever encoding."""
import base64
import os
import resource
import signal
import socket
import subprocess
import sys

import pytest

import steps
from lab import processes, secrets as searching
from lab.daemon import Rosterd, mail_section, secret_file
from lab.sample import Sample

PASSWORD = "correct-Planted-horse-0%d"


class Driven:
    """What was planted, and everything that came back."""

    def __init__(self, lab):
        self.lab = lab
        self.planted = {}
        self.answers = []  # (where, bytes)

    def plant(self, name, secret):
        self.planted[name] = secret
        return secret

    def said(self, where, answer):
        self.answers.append((where, "\n".join(f"{k}: {v}" for k, v in answer.headers.items()).encode() + answer.body))
        return answer

    def ran(self, *argv, legit=()):
        """legit: secrets that this command's standard output is there to show."""
        ran = self.lab.rosterd.command(*argv)
        out = ran.out
        for secret in legit:
            out = out.replace(secret, "")
        self.answers.append((" ".join(argv), (out + ran.err).encode()))
        return ran


def raw_request(port, data):
    """What a broken client sends; the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    return answer


def plant_in_directory(d, slapd):
    """The bind account gets a password of ours."""
    secret = d.plant("bind password", "planted-Bind-pw 7&x")
    ldif = f"dn: {slapd.sync_dn}\nchangetype: modify\nreplace: userPassword\nuserPassword: {secret}\n"
    subprocess.run(["ldapmodify", "-x", "-H", slapd.url, "-D", "cn=admin,o=rosterd-services", "-w",
                    slapd.admin_password], input=ldif.encode(), check=True, capture_output=True)
    return secret


def drive_configuration(d):
    """check-config and a reload over files that are wrong, each with a secret in the wrong place."""
    rosterd = d.lab.rosterd
    folder = rosterd.folder
    with open(rosterd.config_file, encoding="utf-8") as f:
        good = f.read()
    open_file = secret_file(folder, "open", d.plant("file with an open mode", "planted-Open-mode-file"))
    os.chmod(open_file, 0o644)
    link = os.path.join(folder, "link")
    os.symlink(secret_file(folder, "linked", d.plant("file behind a link", "planted-Behind-link")), link)
    large = secret_file(folder, "large", d.plant("file that is too large", "planted-Too-large-file") * 2000)
    wrong = {
        "open": f'bind_password_file = "{open_file}"',
        "link": f'bind_password_file = "{link}"',
        "large": f'bind_password_file = "{large}"',
        "inline": f'bind_password = "{d.plant("inline in the configuration", "planted-Inline-password")}"',
        "misspelt": f'bind_pasword = "{d.plant("inline, misspelt", "planted-Misspelt-password")}"',
        "no TOML": f'bind_password = "{d.plant("inline, broken TOML", "planted-Broken-toml-pw")}" "',
    }
    broken = os.path.join(folder, "broken.toml")
    for name, line in wrong.items():
        with open(broken, "w", encoding="utf-8") as f:
            f.write(good + f'\n[[directory]]\nname = "second"\nuris = ["ldaps://localhost"]\npeople_bases = ["o=x"]\n'
                           f'bind_dn = "cn=x,o=x"\n{line}\n')
        for argv in (("check-config",), ("check-config", "--json"), ("doctor",)):
            run = subprocess.run([rosterd.binary, *argv, "--config", broken], capture_output=True, timeout=60,
                                 stdin=subprocess.DEVNULL)
            if argv[0] == "check-config":
                assert run.returncode == 78, (name, run.stdout, run.stderr)
            d.answers.append((f"{argv[0]} with {name}", run.stdout + run.stderr))
    userinfo = d.plant("userinfo in a URI", "planted-Userinfo-pw")
    with open(broken, "w", encoding="utf-8") as f:
        f.write(good.replace('uris = ["ldap://', f'uris = ["ldap://admin:{userinfo}@'))
    run = subprocess.run([rosterd.binary, "check-config", "--config", broken], capture_output=True, timeout=60)
    assert run.returncode == 78, run
    d.answers.append(("check-config with userinfo", run.stdout + run.stderr))
    with open(rosterd.config_file, "w", encoding="utf-8") as f:
        f.write(good + f'\n[mail2]\npassword = "{d.plant("in a refused reload", "planted-Refused-reload")}"\n')
    rosterd.reload()
    steps.eventually(lambda: "reload_refused" in rosterd.log_text(), what="the refusal of a reload")
    with open(rosterd.config_file, "w", encoding="utf-8") as f:
        f.write(good)


def drive_scim(d):
    rosterd = d.lab.rosterd
    d.plant("SCIM token", rosterd.token)
    bogus = d.plant("bogus bearer token", "rst_planted0Bogus0Token0000000000000000000000000")
    d.said("bogus token", rosterd.get("/scim/v2/Users", headers={"Authorization": f"Bearer {bogus}"}))
    basic = d.plant("Basic credentials", "planted-Basic-pw")
    d.said("basic", rosterd.get("/scim/v2/Users", headers={
        "Authorization": "Basic " + base64.b64encode(f"admin:{basic}".encode()).decode()}))
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "planted.scim",
            "password": d.plant("password of a POST", "planted-Post-pw-1"),
            "emails": [{"value": "planted.scim@example.org", "primary": True}]}
    made = d.said("POST", rosterd.scim("POST", "/Users", user))
    assert made.status == 201, made.body
    place = "/Users/" + made.json()["id"]
    d.said("PUT", rosterd.scim("PUT", place, {**user, "password": d.plant("password of a PUT", "planted-Put-pw-22")}))
    for name, operation in {
        "PATCH with a path": {"op": "replace", "path": "password", "value": "planted-Patch-pw-1"},
        "PATCH without a path": {"op": "add", "value": {"password": "planted-Patch-pw-2", "title": "Engineer"}},
        "PATCH that is refused": {"op": "replace", "path": "password.planted-Patch-pw-3", "value": "x"},
    }.items():
        secret = operation.get("value", {})
        d.plant(name, secret["password"] if isinstance(secret, dict) else secret if len(secret) > 1 else operation["path"][9:])
        if name == "PATCH that is refused":
            # A client's own path comes back to it in the error: an error text, but no secret's place. Its value is.
            operation = {"op": "replace", "path": "password", "value": [{"value": d.planted[name]}]}
        d.said(name, rosterd.scim("PATCH", place, {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}))
    broken = d.plant("password in broken JSON", "planted-Broken-json-pw")
    d.said("broken JSON", rosterd.request("POST", "/scim/v2/Users", '{"userName":"x","password":"%s",,}' % broken, {
        "Authorization": f"Bearer {rosterd.token}", "Content-Type": "application/scim+json"}))
    twice = d.plant("password given twice", "planted-Twice-pw")
    d.said("twice", rosterd.request("POST", "/scim/v2/Users", '{"userName":"x","password":"a","Password":"%s"}' % twice, {
        "Authorization": f"Bearer {rosterd.token}", "Content-Type": "application/scim+json"}))
    d.said("type", rosterd.request("POST", "/scim/v2/Users", "password=" + d.plant("in a form", "planted-Form-pw-3"), {
        "Authorization": f"Bearer {rosterd.token}", "Content-Type": "application/x-www-form-urlencoded"}))


def drive_people(d):
    """Invitation, sign-in, sessions: right and wrong."""
    rosterd, lab = d.lab.rosterd, d.lab
    person = lab.free_person(0)
    d.ran("user", "invite", person.uid)
    link = steps.link_of(steps.mails_to(lab, person)[0])
    d.plant("invitation token", link.rpartition("/")[2])
    assert d.said("form", rosterd.get(link)).status == 200
    d.said("bogus link", rosterd.get("/invitation/" + d.plant("bogus invitation", "planted0Invitation000000000000000000000000A")))
    both = f"password={d.plant('first of two that differ', 'planted-Differ-pw')}&again=other"
    d.said("differ", rosterd.request("POST", link, both))
    d.said("weak", rosterd.request("POST", link, "password={0}&again={0}".format(d.plant("weak password", "password1234"))))
    good = d.plant("chosen password", PASSWORD % 1)
    assert d.said("join", steps.accept(rosterd, link, good)).status == 200
    signed = steps.sign_in(rosterd, person.uid, good)
    assert signed.status == 200, signed.body
    session = d.plant("session", signed.json()["session"])
    assert d.said("session", rosterd.get("/api/v1/session", headers={"Authorization": f"Bearer {session}"})).status == 200
    wrong = d.plant("wrong password", "planted-Wrong-pw-1")
    assert d.said("wrong", steps.sign_in(rosterd, person.uid, wrong)).status == 401
    typed = d.plant("password typed as the name", "planted-Typed-as-name")
    for _ in range(6):
        d.said("as name", steps.sign_in(rosterd, typed, "x"))
    d.said("bogus session", rosterd.get("/api/v1/session", headers={
        "Authorization": "Bearer " + d.plant("bogus session", "planted0Session0000000000000000000000000000")}))
    d.said("no JSON", rosterd.post("/api/v1/authenticate", [d.plant("no object", "planted-No-object")]))
    reset = lab.rosterd.command("admin", "reset", "root@example.org", "--json")
    d.plant("reset password", reset.json()["password"])
    d.answers.append(("admin reset", reset.out.replace(d.planted["reset password"], "").encode() + reset.err.encode()))
    made = lab.rosterd.command("token", "create", "--name", "second", "--source", "scim:demo", "--json")
    d.plant("second token", made.json()["token"])
    assert d.said("end", rosterd.request("DELETE", "/api/v1/session", headers={
        "Authorization": f"Bearer {session}"})).status == 204


def drive_broken_http(d):
    port = d.lab.rosterd.port
    for name, data in {
        "query of a broken request": "GET /scim/v2/Users?token=%s HTTP/9.9\r\nHost: x\r\n\r\n",
        "target with a blank": "GET /x?password=%s y HTTP/1.1\r\nHost: x\r\n\r\n",
        "query of a path that is not": "GET /nowhere?password=%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "path that is not": "GET /nowhere/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "cookie": "GET /readyz HTTP/1.1\r\nHost: x\r\nCookie: session=%s\r\nConnection: close\r\n\r\n",
        "header without a colon": "GET /readyz HTTP/1.1\r\nHost: x\r\nAuthorization Bearer %s\r\n\r\n",
        "two lengths": "POST /api/v1/authenticate HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n%s",
        "bare line feed": "GET /readyz HTTP/1.1\nAuthorization: Bearer %s\n\n",
        "request id": "GET /readyz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a b %s\r\nConnection: close\r\n\r\n",
        "method": "%s / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    }.items():
        secret = d.plant(name, f"planted-Http-{len(d.planted):02d}-secret")
        d.answers.append((name, raw_request(port, (data % secret).encode())))


def drive_a_server_that_repeats(d):
    """A mail server names the link that it does not like: in an answer that ends the mail, and in one that does not."""
    rosterd, lab = d.lab.rosterd, d.lab
    for number, answer in enumerate(("554 5.7.1 URL LINK is listed", "451 4.7.1 URL LINK is looked at"), 2):
        lab.smtp.faults("data " + answer)
        person = lab.free_person(number)
        d.ran("user", "invite", person.uid)
        heard = steps.eventually(lambda: [m for m in rosterd.ok("mail", "list") if m["recipient"] == person.mail and
                                          m["last_error"]], what="the server's answer")
        assert answer[:3] in heard[0]["last_error"], heard
        for argv in (("user", "show", person.uid), ("mail", "list"), ("doctor",),
                     ("audit", "list", "--limit", "10000", "--json")):
            d.ran(*argv)
        lab.smtp.faults()
        rosterd.command("mail", "retry", str(heard[0]["id"]))  # a 451 may have been tried again and sent meanwhile
        link = steps.link_of(steps.mails_to(lab, person)[0])
        d.plant("token that the server repeated in a " + answer[:3], link.rpartition("/")[2])


def drive_failures(d):
    """The directory and the mail server refuse us; both are told, their passwords are not."""
    rosterd, lab = d.lab.rosterd, d.lab
    good = dict(rosterd.config["directory"][0])
    bad = {**good, "name": "bad", "bind_password_file": secret_file(
        rosterd.folder, "wrong-bind", d.plant("wrong bind password", "planted-Wrong-bind-pw"))}
    rosterd.config["directory"] = [good, bad]
    rosterd.config["mail"] = {**rosterd.config["mail"], "password_file": secret_file(
        rosterd.folder, "wrong-smtp", d.plant("wrong SMTP password", "planted-Wrong-smtp-pw"))}
    rosterd.write_config()
    reloads = rosterd.log_text().count(" reloaded ")
    rosterd.reload()
    steps.eventually(lambda: rosterd.log_text().count(" reloaded ") > reloads, what="the reload")
    ran = d.ran("sync", "--source", "bad")
    assert ran.exit == 6, ran
    ran = d.ran("mail", "test", "you@example.org")
    assert ran.exit == 9, ran
    d.ran("user", "invite", lab.free_person(1).uid)
    steps.eventually(lambda: any(m["last_error"] for m in rosterd.ok("mail", "list")), what="a mail that waits")
    d.ran("mail", "list")
    d.ran("doctor")
    d.ran("audit", "list", "--limit", "10000")
    d.ran("audit", "list", "--limit", "10000", "--json")
    assert d.ran("audit", "verify").exit == 0


@pytest.fixture(scope="module")
def driven():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    with Sample(sync=False, config={"log": {"level": "debug", "format": "text"}}) as lab:
        d = Driven(lab)
        bind = plant_in_directory(d, lab.slapd)
        lab.rosterd.stop()
        secret_file(lab.rosterd.folder, "ldap-password-corp", bind)
        d.plant("SMTP password", "demo-smtp-password")
        with open(os.path.join(lab.rosterd.store, "secret.key"), "rb") as f:
            d.plant("secret.key", f.read())
        lab.rosterd.start()
        lab.rosterd.ok("sync")
        drive_configuration(d)
        drive_scim(d)
        drive_people(d)
        drive_broken_http(d)
        drive_a_server_that_repeats(d)
        drive_failures(d)
        d.metrics = lab.rosterd.get("/metrics").body
        yield d


def test_there_are_enough_of_them(driven):
    assert len(driven.planted) >= 20 and len(set(driven.planted.values())) == len(driven.planted)
    print("planted:", len(driven.planted), "answers:", len(driven.answers))


def test_none_is_in_the_log_at_its_lowest_level(driven):
    with open(driven.lab.rosterd.log, "rb") as f:
        log = f.read()
    assert b" debug " in log and b"request_id=" in log, "this is the log at its lowest level"
    assert searching.find(driven.planted, log) == []


def test_none_is_in_an_error_or_any_other_answer(driven):
    found = {where: names for where, text in driven.answers if (names := searching.find(driven.planted, text))}
    assert found == {}
    assert searching.find(driven.planted, driven.metrics) == []


@pytest.mark.parametrize("argv", [(), ("--personal",)])
def test_none_is_in_the_support_bundle(driven, argv):
    path = os.path.join(driven.lab.folder, "bundle" + "".join(argv))
    ran = driven.lab.rosterd.command("doctor", "--bundle", path, *argv)
    assert ran.exit in (0, 10), ran
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert searching.find_in_file(driven.planted, path) == []
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert driven.lab.rosterd.folder + "/wrong-smtp" not in text, "nor where one lies"
    people = [p for p in driven.lab.company.people if len(p.uid) > 4]
    named = [p.mail for p in people if p.mail and p.mail in text] + [p.dn for p in people if p.dn in text]
    if argv:
        assert named, "asked for"
    else:
        assert named == [] and "@" not in text
    again = driven.lab.rosterd.command("doctor", "--bundle", path)
    assert again.exit == 77 and "exists" in again.err, "an existing file is left alone"
    assert "store: readable and consistent" in again.out, "the findings are told all the same"
    nowhere = driven.lab.rosterd.command("doctor", "--bundle", os.path.join(driven.lab.folder, "no-folder", "bundle"))
    assert nowhere.exit == 77 and "No such file" in nowhere.err and "store: readable" in nowhere.out


def test_none_is_in_the_database(driven):
    stored = {name: secret for name, secret in driven.planted.items()}
    for name in ("rosterd.db", "rosterd.db-wal"):
        assert searching.find_in_file(stored, os.path.join(driven.lab.rosterd.store, name)) == [], name


def dumped(process, folder):
    """Ends it with the signal that dumps; (whether the kernel made a core, its bytes as far as it lies in folder)."""
    before = set(os.listdir(folder))
    os.kill(process.pid, signal.SIGQUIT)
    how = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    process.wait()
    cores = b""
    for name in set(os.listdir(folder)) - before:
        if name.startswith("core"):
            with open(os.path.join(folder, name), "rb") as f:
                cores += f.read()
    return how.si_code == os.CLD_DUMPED, cores


def test_none_is_in_a_core_dump(driven):
    """The probe is a process with a secret in memory and no defence: where the machine makes cores, it is found there."""
    folder = os.path.join(driven.lab.folder, "cores")
    os.mkdir(folder)
    probe = processes.start([sys.executable, "-c", "import signal; s = 'planted-' + 'In-the-probe'; print(flush=True); signal.pause()"],
                            os.path.join(folder, "probe.log"), cwd=folder)
    steps.eventually(lambda: os.path.getsize(os.path.join(folder, "probe.log")) > 0, what="the probe's start")
    made, core = dumped(probe, folder)
    print("this machine makes cores:", made, "bytes here:", len(core))
    if core:
        assert searching.find({"probe": "planted-In-the-probe"}, core) == ["probe"]
    rosterd = Rosterd(os.path.join(driven.lab.folder, "second"))
    rosterd.config["mail"] = mail_section(driven.lab.smtp, rosterd.folder)
    rosterd.write_config()
    rosterd.process = processes.start([rosterd.binary, "run", "--config", rosterd.config_file], rosterd.log, cwd=folder)
    steps.eventually(rosterd.ready, what="the second daemon")
    rosterd.new_token()
    rosterd.get("/scim/v2/Users", headers={"Authorization": f"Bearer {rosterd.token}"})
    with open(f"/proc/{rosterd.process.pid}/limits", encoding="utf-8") as f:
        limit = next(line for line in f if line.startswith("Max core file size")).split()[4:6]
    made, core = dumped(rosterd.process, folder)
    rosterd.process = None
    if b"AddressSanitizer" not in subprocess.run(["ldd", rosterd.binary], capture_output=True).stdout and \
            b"libasan" not in subprocess.run(["ldd", rosterd.binary], capture_output=True).stdout:
        assert limit == ["0", "0"]
    assert not made and core == b""


def test_the_search_can_fail(driven, tmp_path):
    secret = driven.planted["bind password"]
    for form in (secret.encode(), base64.b64encode(b"x" + secret.encode() + b"y"), secret.encode().hex().encode(),
                 base64.b64encode(b"\0rosterd\0" + secret.encode()), b"planted-Bind-pw%207%26x"):
        log = tmp_path / "log"
        log.write_bytes(b"a line " + form + b" ends\n")
        assert searching.find_in_file(driven.planted, log) == ["bind password"], form
