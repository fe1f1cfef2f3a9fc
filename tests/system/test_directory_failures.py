"""What goes wrong with a directory removes nobody, says which sentence, and ends with its own exit code."""
import os

import pytest
import steps
from lab.proxy import Proxy, SilentServer

DIRECTORY_FAILED = 6


@pytest.fixture(scope="module")
def failing(lab):
    """The lab, with its directory option by option replaceable; put back after each test."""
    original = dict(lab.rosterd.config["directory"][0])

    class Failing:
        people = steps.active_people(lab.rosterd)
        proxy = Proxy(lab.slapd.port)

        def use(self, **options):
            section = {**original, **options}
            lab.rosterd.config["directory"] = [{k: v for k, v in section.items() if v is not None}]
            lab.rosterd.stop()
            lab.rosterd.start()

        def sync_fails(self, *words):
            """Exit code, a sentence with these words, and nobody gone; a second try is no different."""
            for argv in (("sync",), ("sync", "--dry-run")):
                ran = lab.rosterd.command(*argv, timeout=60)
                text = ran.out + ran.err
                assert ran.exit == DIRECTORY_FAILED, f"{argv}: exit {ran.exit}: {text}"
                assert "nobody was removed" in text and any(w.lower() in text.lower() for w in words), text
            assert steps.active_people(lab.rosterd) == self.people

        def healthy(self):
            lab.rosterd.ok("sync")
            steps.in_step(lab.rosterd)
            assert steps.active_people(lab.rosterd) == self.people

    f = Failing()
    yield f
    f.proxy.close()


def test_server_stopped(lab, failing):
    failing.use()
    lab.slapd.stop()
    try:
        failing.sync_fails("connect", "refused", "reach")
    finally:
        lab.slapd.start()
    failing.healthy()


def test_server_silent_from_the_start(failing):
    silent = SilentServer()
    failing.use(uris=[silent.url], connect_timeout="300ms", operation_timeout="300ms")
    failing.sync_fails("time", "answer", "silent")
    silent.close()


def test_server_silent_before_the_tls_handshake_of_ldaps(failing):
    silent = SilentServer()
    failing.use(uris=[silent.url.replace("ldap:", "ldaps:")], start_tls=False, connect_timeout="300ms",
                operation_timeout="300ms")
    failing.sync_fails("time", "answer", "silent")
    silent.close()


def test_server_paused_while_connected(lab, failing):
    failing.use(connect_timeout="300ms", operation_timeout="300ms")
    lab.slapd.pause()
    try:
        failing.sync_fails("time", "answer", "silent")
    finally:
        lab.slapd.resume()
    failing.use()
    failing.healthy()


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
@pytest.mark.parametrize("mode", ["cut", "silent"])
def test_cut_or_silenced_in_the_middle(lab, failing, mode, share):
    proxy = failing.proxy
    proxy.set("pass")
    failing.use(uris=[proxy.url], start_tls=False, ca_file=None, allow_plaintext=True, operation_timeout="400ms",
                connect_timeout="400ms")
    proxy.passed = 0
    assert lab.rosterd.command("sync", "--dry-run").exit == 0
    whole = proxy.passed
    assert whole > 20000
    proxy.set(mode, int(whole * share))
    failing.sync_fails("connection", "time", "answer", "closed", "silent", "lost", "contact")
    proxy.set("pass")
    failing.healthy()


def test_size_limit(lab, failing):
    small = os.path.join(lab.rosterd.folder, "ldap-password-small")
    with open(small, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write("small\n")
    for page_size in (0, 10, 1000):
        failing.use(bind_dn=lab.slapd.small_dn, bind_password_file=small, page_size=page_size)
        failing.sync_fails("size limit", "sizelimit")


def test_blind_account(lab, failing):
    blind = os.path.join(lab.rosterd.folder, "ldap-password-blind")
    with open(blind, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write("blind\n")
    failing.use(bind_dn=lab.slapd.blind_dn, bind_password_file=blind)
    failing.sync_fails("no such", "nobody", "no entries", "empty", "nothing", "no people")


def test_wrong_base(lab, failing):
    failing.use(people_bases=[f"ou=Elsewhere,{lab.company.base}"])
    failing.sync_fails("no such", "ou=Elsewhere")
    # A base that exists and holds no person.
    failing.use(people_bases=[f"ou=Groups,{lab.company.base}"], clients_bases=None)
    failing.sync_fails("no people", "nobody", "empty", "no entries", "found no", "nothing")


def test_wrong_filter(failing):
    failing.use(people_filter="(objectClass=doesNotExist)")
    failing.sync_fails("no people", "nobody", "empty", "no entries", "found no", "nothing")


def test_wrong_password(lab, failing):
    wrong = os.path.join(lab.rosterd.folder, "ldap-password-wrong")
    with open(wrong, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write("not-the-password-7781\n")
    failing.use(bind_password_file=wrong)
    failing.sync_fails("credentials", "password", "bind")
    assert "not-the-password-7781" not in lab.rosterd.log_text()


def test_another_certificate_authority(lab, failing):
    failing.use(ca_file=lab.smtp.ca_file)
    failing.sync_fails("certificate", "tls")


def test_missing_canary(lab, failing):
    failing.use(canary_people=[f"uid=canary,{lab.company.people_base}"])
    failing.sync_fails("canary", "must be visible")
    failing.use(canary_groups=[f"cn=no-such-group,{lab.company.groups_base}"])
    failing.sync_fails("canary", "must be visible")
    failing.use(canary_people=[lab.company.people[0].dn], canary_groups=[lab.company.groups["staff"]])
    failing.healthy()


def test_the_second_server_answers_when_the_first_is_silent_or_gone(lab, failing):
    silent = SilentServer()
    failing.use(uris=[silent.url, "ldap://127.0.0.1:1", lab.slapd.url], connect_timeout="300ms")
    failing.healthy()
    silent.close()
