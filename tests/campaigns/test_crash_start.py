"""Small and without judging a time: after each kill the daemon is ready again, and every queued mail goes out."""
from campaigns import crash_start


def test_ready_again_and_every_mail_sent():
    subjects = crash_start.measure(2_000, 100, 3, patience=100)
    for subject in subjects.values():
        assert subject.violations == [] and len(subject.times) == 3
        assert all(client.journal.answers > 0 for client in subject.clients)
