"""A short reload campaign, and proof that its eyes are open: a wrong answer and a lost one are found."""
import threading

import pytest
from campaigns.reload_campaign import Campaign, Client


@pytest.mark.parametrize("secure", [False, True])
def test_reloads_and_restarts_under_traffic(secure):
    with Campaign(clients=3, secure=secure) as campaign:
        campaign.reloads(30)
        campaign.restarts(4)
    numbers = campaign.numbers
    assert not campaign.failures, campaign.failures[:5]
    assert numbers["reloads accepted"] == 24 and numbers["reloads refused"] == 6 and numbers["restarts"] == 4
    assert numbers["requests"] > 100 and numbers["connections"] > 20, numbers


class Lying(Client):
    """Its server answers what `tell` makes of the truth."""

    def call(self, method, path, body=None):
        return self.tell(method, *super().call(method, path, body))


@pytest.mark.parametrize("method, change, words", [
    ("GET", lambda status, body: (status, {**body, "title": "old"}), "GET: "),
    ("PATCH", lambda status, body: (503, body), "PATCH: (503"),
    ("POST", lambda status, body: (_ for _ in ()).throw(ConnectionResetError("reset")), "ConnectionResetError"),
])
def test_a_wrong_answer_is_a_failure(method, change, words):
    with Campaign(clients=1) as campaign:
        client = Lying(1, campaign.rosterd, threading.Event(), True)
        client.tell = lambda called, status, body: change(status, body) if called == method else (status, body)
        ending = client.ending
        threading.Timer(0.5, ending.set).start()
        client.run()
    assert any(words in failure for failure in client.failures), client.failures[:3]
