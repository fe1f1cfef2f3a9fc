"""An invitation from the mail to the first sign-in."""
from concurrent.futures import ThreadPoolExecutor

import steps

PASSWORD = "Wolkenbruch über Köln 42"


def invited(lab, number):
    person = lab.free_person(number)
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    lab.rosterd.ok("sync")
    return person, steps.mails_to(lab, person)[0]


def test_mail_form_password_sign_in(lab):
    rosterd = lab.rosterd
    person, mail = invited(lab, 0)
    assert person.mail in mail["X-Envelope-To"] and mail["X-Envelope-From"] == "rosterd@example.org"
    types = [part.get_content_type() for part in mail.walk()]
    assert "text/plain" in types and "text/html" in types
    assert mail["Message-ID"] and mail["Date"] and mail["Subject"]
    path = steps.link_of(mail)

    for _ in range(3):  # mail scanners open links: reading never consumes
        page = rosterd.get(path)
        assert page.status == 200 and b"<form" in page.body and b'name="password"' in page.body
        assert page.headers["referrer-policy"] == "no-referrer" and "no-store" in page.headers["cache-control"]
    assert steps.explain(rosterd, person.uid)["status"] == "Pending"
    assert steps.sign_in(rosterd, person.uid, PASSWORD).status == 401

    weak = steps.accept(rosterd, path, "short")
    assert weak.status == 422 and b"<form" in weak.body
    assert steps.explain(rosterd, person.uid)["status"] == "Pending"
    assert steps.accept(rosterd, path, PASSWORD).status == 200
    assert steps.explain(rosterd, person.uid)["status"] == "Participating"
    for again in (rosterd.get(path), steps.accept(rosterd, path, PASSWORD + "!")):
        assert again.status == 404
    for name in (person.uid, person.mail):
        answer = steps.sign_in(rosterd, name, PASSWORD)
        assert answer.status == 200, answer.body
    assert answer.json()["user"]["roles"] == ["Engineer"] and answer.json()["user"]["projects"] == ["Website"]
    assert steps.session(rosterd, answer.json()["session"]) == 200
    assert steps.sign_in(rosterd, person.uid, PASSWORD + "!").status == 401


def test_a_resend_kills_the_older_link(lab):
    person, first = invited(lab, 1)
    lab.rosterd.ok("user", "invite", person.uid)
    mails = steps.mails_to(lab, person, 2)
    old = steps.link_of(first)
    links = {steps.link_of(m) for m in mails}
    assert len(links) == 2
    new = (links - {old}).pop()
    assert lab.rosterd.get(old).status == 404
    assert steps.accept(lab.rosterd, old, PASSWORD).status == 404
    assert steps.accept(lab.rosterd, new, PASSWORD).status == 200


def test_many_at_once_one_wins(lab):
    person, mail = invited(lab, 2)
    path = steps.link_of(mail)
    with ThreadPoolExecutor(12) as pool:
        codes = [a.status for a in pool.map(lambda i: steps.accept(lab.rosterd, path, f"{PASSWORD} {i}"), range(12))]
    assert codes.count(200) == 1, codes
    assert set(codes) <= {200, 404, 429}, codes
    assert steps.explain(lab.rosterd, person.uid)["status"] == "Participating"


def test_links_are_nowhere_in_clear(lab):
    _, mail = invited(lab, 3)
    token = steps.link_of(mail).rsplit("/", 1)[1]
    assert len(token) >= 43
    with open(lab.rosterd.database, "rb") as f:
        assert token.encode() not in f.read()
    lab.rosterd.get(f"/invitation/{token}")
    assert token not in lab.rosterd.log_text()


def test_garbage_links(lab):
    for path in ("/invitation/x", "/invitation/" + "A" * 43, "/invitation/" + "A" * 4000, "/invitation/%00", "/invitation/"):
        assert lab.rosterd.get(path).status in (400, 404, 414), path


def test_hostile_names_do_not_reach_the_headers(lab):
    from lab import company
    evil = "Eve\r\nBcc: all@example.org"
    dn = f"uid=eve,{lab.company.people_base}"
    lab.slapd.modify(company.person_ldif(dn, "eve", evil, "X\nSubject: hacked", "eve@example.org"))
    steps.join(lab.slapd, lab.company.groups["engineering"], dn)
    lab.rosterd.ok("sync")
    mail = steps.eventually(lambda: lab.smtp.messages("eve@example.org"), what="the mail")[0]
    assert mail["Bcc"] is None and "hacked" not in (mail["Subject"] or "")
    assert lab.smtp.messages("all@example.org") == []


def test_attempts_are_limited_and_survive_a_restart(make_lab):
    lab = make_lab()
    person, mail = invited(lab, 0)
    steps.accept(lab.rosterd, steps.link_of(mail), PASSWORD)
    codes = [steps.sign_in(lab.rosterd, person.uid, "wrong").status for _ in range(6)]
    assert codes[:5] == [401] * 5 and codes[5] == 429, codes
    locked = steps.sign_in(lab.rosterd, person.uid, PASSWORD)
    assert locked.status == 429 and int(locked.headers["retry-after"]) > 0
    lab.rosterd.stop()
    lab.rosterd.start()
    assert steps.sign_in(lab.rosterd, person.uid, PASSWORD).status == 429
