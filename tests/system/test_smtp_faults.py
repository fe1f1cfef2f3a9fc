"""Mail through a server that misbehaves: nothing is lost, a permanent refusal is told, one link only."""
import steps


def invite(lab, number):
    person = lab.free_person(number)
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    lab.rosterd.ok("sync")
    return person


def mail_of(lab, person):
    return next((m for m in lab.rosterd.ok("mail", "list") if m["recipient"] == person.mail), None)


def attempted(lab, person, times=1):
    return steps.eventually(lambda: (mail_of(lab, person) or {"attempts": 0})["attempts"] >= times and mail_of(lab, person),
                            what=f"{times} attempt(s)")


def test_temporary_refusals_are_tried_again(lab):
    for number, fault in enumerate(("rcpt 451 4.3.0 later", "data 451 4.3.0 later", "drop")):
        lab.smtp.faults(fault)
        person = invite(lab, number)
        waiting = attempted(lab, person, 2)
        assert waiting["state"] in ("queued", "leased") and waiting["last_error"]
        lab.smtp.faults()
        got = steps.mails_to(lab, person, timeout=30)
        assert len(got) == 1
        assert steps.eventually(lambda p=person: mail_of(lab, p)["state"] == "sent")


def test_a_permanent_refusal_is_told_on_the_person(lab):
    lab.smtp.faults("rcpt 550 5.1.1 no such user here")
    person = invite(lab, 3)
    steps.eventually(lambda: mail_of(lab, person) and mail_of(lab, person)["state"] == "refused", 60, "the refusal")
    user = steps.explain(lab.rosterd, person.uid)
    assert "no such user here" in user["mail_problem"], user["mail_problem"]
    assert user["status"] == "Pending"
    lab.smtp.faults()
    lab.rosterd.ok("mail", "retry", str(mail_of(lab, person)["id"]))
    steps.mails_to(lab, person)
    assert steps.eventually(lambda: not steps.explain(lab.rosterd, person.uid)["mail_problem"])


def test_server_gone_and_back(lab):
    lab.smtp.stop()
    person = invite(lab, 4)
    attempted(lab, person)
    lab.smtp.start()
    assert len(steps.mails_to(lab, person, timeout=30)) == 1


def test_a_kill_between_attempts_sends_the_same_link_once(lab):
    lab.smtp.faults("rcpt 451 4.3.0 later")
    person = invite(lab, 5)
    attempted(lab, person)
    lab.rosterd.kill()
    lab.smtp.faults()
    lab.rosterd.start()
    got = steps.mails_to(lab, person, timeout=90)
    assert len({steps.link_of(m) for m in got}) == 1 and len({m["Message-ID"] for m in got}) == 1
    assert lab.rosterd.get(steps.link_of(got[0])).status == 200


def test_dropped_after_the_final_dot_gives_one_link_that_works(lab):
    lab.smtp.faults("drop-after-dot")
    person = invite(lab, 6)
    steps.mails_to(lab, person)
    lab.smtp.faults()
    steps.eventually(lambda: mail_of(lab, person)["state"] == "sent", timeout=30)
    got = steps.mails_to(lab, person, 2)
    assert len({steps.link_of(m) for m in got}) == 1 and len({m["Message-ID"] for m in got}) == 1
    assert steps.accept(lab.rosterd, steps.link_of(got[0]), "correct horse battery 9").status < 400
    assert steps.explain(lab.rosterd, person.uid)["status"] == "Participating"
    assert steps.accept(lab.rosterd, steps.link_of(got[1]), "another horse battery 9").status >= 400


def in_flight(lab, person, attempt=1):
    def leased():
        mail = mail_of(lab, person)
        return mail and mail["state"] == "leased" and mail["attempts"] == attempt
    steps.eventually(leased, what=f"attempt {attempt} in flight")


def test_a_stop_lets_the_mail_in_flight_finish(lab):
    lab.smtp.faults("slow 1")
    person = invite(lab, 7)
    in_flight(lab, person)
    assert lab.rosterd.stop() == 0
    lab.smtp.faults()
    lab.rosterd.start()
    assert mail_of(lab, person)["state"] == "sent"
    assert len(lab.smtp.messages(person.mail)) == 1


def test_a_stop_does_not_wait_for_a_silent_server_and_loses_nothing(lab):
    lab.smtp.faults("hang")
    person = invite(lab, 8)
    in_flight(lab, person)
    message_id = mail_of(lab, person)["message_id"]
    assert lab.rosterd.stop() == 0
    lab.smtp.faults()
    lab.rosterd.start()
    got = steps.mails_to(lab, person)
    assert {m["Message-ID"].strip("<>").partition("@")[0] for m in got} == {message_id}


def test_a_mail_on_which_the_process_dies_is_set_aside(lab):
    person = lab.free_person(9)
    lab.smtp.faults(f"hang {person.mail}")
    invite(lab, 9)
    for attempt in range(1, 6):
        in_flight(lab, person, attempt)
        lab.rosterd.kill()
        lab.rosterd.start()
    aside = steps.eventually(lambda: mail_of(lab, person)["state"] == "given_up" and mail_of(lab, person))
    assert aside["last_error"].startswith("set aside after 5 attempts"), aside
    assert steps.explain(lab.rosterd, person.uid)["mail_problem"] == aside["last_error"]
    doctor = lab.rosterd.command("doctor")
    assert doctor.exit == 10 and "1 mails were given up" in doctor.out and "set aside after 5" in doctor.out, doctor
    steps.mails_to(lab, invite(lab, 10))  # the others go on
    lab.smtp.faults()
    lab.rosterd.ok("mail", "retry", str(aside["id"]))
    steps.mails_to(lab, person)


def test_mail_test_says_which_step_failed(lab):
    assert lab.rosterd.command("mail", "test", "you@example.org").exit == 0
    steps.eventually(lambda: lab.smtp.messages("you@example.org"), what="the test mail")
    lab.smtp.faults("rcpt 550 5.1.1 no such user here")
    failed = lab.rosterd.command("mail", "test", "you@example.org")
    lab.smtp.faults()
    assert failed.exit == 9 and "no such user here" in failed.out + failed.err, failed
    lab.smtp.stop()
    gone = lab.rosterd.command("mail", "test", "you@example.org")
    lab.smtp.start()
    assert gone.exit == 9 and "connect" in (gone.out + gone.err).lower(), gone
