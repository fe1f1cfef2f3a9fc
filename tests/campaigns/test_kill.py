"""A short kill campaign, and proof that its eyes are open: what is broken on purpose is found."""
import sqlite3

import pytest
from campaigns.journal import Journal, Violation
from campaigns.kill_campaign import Campaign


def begun(before, change):
    journal = Journal()
    journal.begin(before)
    journal.acknowledge()
    journal.begin(change)
    return journal


@pytest.mark.parametrize("found, applied", [({"a": 1, "b": 1}, False), ({"a": 2, "b": 2}, True)])
def test_a_journal_takes_all_or_nothing(found, applied):
    journal = begun({"a": 1, "b": 1}, {"a": 2, "b": 2})
    assert journal.settle(found) is applied
    journal.compare(found)


@pytest.mark.parametrize("found, words", [({"a": 2, "b": 1}, "half applied"), ({"a": None, "b": None}, "acknowledged 1"),
                                          ({"a": 7, "b": 2}, "found 7")])
def test_a_journal_refuses_the_rest(found, words):
    with pytest.raises(Violation, match=words):
        begun({"a": 1, "b": 1}, {"a": 2, "b": 2}).settle(found)


def test_a_journal_of_parts_takes_each_wholly_or_not():
    journal = Journal()
    journal.begin({"a": 1, "b": 1}, {"c": 1})
    assert journal.settle({"a": None, "b": None, "c": 1}) is False and journal.acknowledged == {"c": 1}
    journal.begin({"a": 1, "b": 1}, {"c": 2})
    with pytest.raises(Violation, match="half applied"):
        journal.settle({"a": 1, "b": None, "c": 2})


def test_a_journal_misses_what_is_lost():
    journal = begun({"a": 1}, {"b": 1})
    with pytest.raises(Violation, match="lost"):
        journal.compare({"a": None})


DAMAGES = {
    "acknowledged change lost": "delete from memberships where rowid = (select max(m.rowid) from memberships m "
                                "join users u on u.key = m.member_key where u.user_name like 'steady%')",
    "half applied": "update users set profile = replace(profile, '\"title\":\"', '\"title\":\"9') where user_name = 'dir0'",
    "a mail that counts as sent never arrived": "update outbox set message_id = 'nobody-' || id where state = 'sent'",
    "unsent": "update outbox set state = 'given_up' where id = (select max(id) from outbox where state = 'sent')",
}


def test_fifteen_kills_and_what_the_verification_would_find():
    with Campaign(seed=7, clients=3) as campaign:
        campaign.run(15)
        campaign.settle()
        facts = campaign.verify()
        campaign.redeem(facts)
        assert campaign.violations == []
        assert campaign.answers() > 30 and facts["states"]["sent"] > 1
        for words, damage in DAMAGES.items():
            campaign.rosterd.stop()
            connection = sqlite3.connect(campaign.rosterd.database)
            assert connection.execute(damage).rowcount > 0, words
            connection.commit()
            connection.close()
            campaign.rosterd.start()
            campaign.verify()
            assert any(words in text for text in campaign.violations), (words, campaign.violations)
            campaign.violations.clear()
