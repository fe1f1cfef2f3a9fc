"""The head of the audit trail in the log shows what the database alone cannot: newest rows cut off under an older seal."""
import os
import re
import shutil
import sqlite3

from lab.daemon import Rosterd

AUDIT_BROKEN = 11  # exit status


def heads(rosterd):
    return re.findall(r"audit_head\b.*?\b(\d+:[A-Za-z0-9_-]{43})\b", rosterd.log_text())


def test_rows_cut_off_under_an_older_seal(tmp_path):
    rosterd = Rosterd(os.path.join(str(tmp_path), "rosterd"))
    rosterd.start()
    rosterd.stop()
    assert heads(rosterd), "noted at the start, at the latest at the stop"
    early = str(tmp_path / "early.db")
    for end in ("", "-wal"):
        shutil.copy(rosterd.database + end, early + end)
    with sqlite3.connect(early) as db:
        old = db.execute("SELECT sequence, link, seal FROM audit_head").fetchone()
    before = len(heads(rosterd))
    rosterd.start()
    rosterd.new_token()
    rosterd.stop()
    noted = heads(rosterd)[-1]
    assert len(heads(rosterd)) > before and int(noted.split(":")[0]) > old[0]
    assert rosterd.command("audit", "verify", "--expect", noted).exit == 0

    # As somebody who can write the database, and finds the seal of an earlier row in its log of pages.
    with sqlite3.connect(rosterd.database) as db:
        db.execute("DELETE FROM audit WHERE sequence > ?", old[:1])
        db.execute("UPDATE audit_head SET sequence = ?, link = ?, seal = ?", old)
    assert rosterd.command("audit", "verify").exit == 0, "why the head has to be kept elsewhere"
    assert rosterd.command("audit", "verify", "--expect", noted).exit == AUDIT_BROKEN
