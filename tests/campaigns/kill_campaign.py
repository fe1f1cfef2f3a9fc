"""kill -9 at random points under mixed SCIM writes, syncing and mailing; then everything acknowledged is looked for.

Run by tests/campaigns/kill, which says more with --help."""
import argparse
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from urllib.parse import urlencode

from lab import processes
from lab.daemon import Rosterd, directory_section
from lab.processes import LabError

from .journal import Violation
from .mail_sink import MailSink
from .moving_directory import MovingDirectory, differences, half_applied, GROUP
from .scim_client import GIVING, PLAIN, SCHEMA, Client

REDEEMED_AT_MOST = 30


class Campaign:
    def __init__(self, seed=1, clients=4, log=lambda text: None):
        self.seed, self.log = seed, log
        self.random = random.Random(seed)
        self.violations = []
        self.kills = self.early_kills = 0
        self.ready_times = []
        self.serving, self.ending = threading.Event(), threading.Event()
        self.folder = tempfile.mkdtemp(prefix="rosterd-kill-")
        self.rosterd = self.directory = self.sink = None
        self.clients = []
        try:
            self._set_up(clients)
        except BaseException:
            self.close()
            raise

    def _set_up(self, clients):
        self.sink = MailSink(os.path.join(self.folder, "smtp"), self.seed)
        self.directory = MovingDirectory(os.path.join(self.folder, "ldap"), self.seed)
        self.rosterd = Rosterd(os.path.join(self.folder, "rosterd"))
        self.rosterd.config["directory"] = [directory_section(self.directory.slapd, self.rosterd.folder, interval="300ms", clients_bases=None)]
        self.rosterd.config["mail"] = self.sink.section()
        self.rosterd.config["role"] = [{"name": "Engineer", "rank": 60}, {"name": "Designer", "rank": 55}]
        self.rosterd.config["access"] = [{"group": GIVING, "role": "Designer", "projects": ["Brand"]},
                                         {"group": GROUP, "role": "Engineer", "projects": ["Website"]}]
        self.rosterd.start()
        token = self.rosterd.new_token()
        self.rosterd.ok("sync")
        groups = {}
        for name in (GIVING, PLAIN):
            answer = self.rosterd.scim("POST", "/Groups", {"schemas": [SCHEMA + "Group"], "displayName": name})
            groups[name] = answer.json()["id"]
        self.clients = [Client(n, self.seed, self.rosterd.port, token, groups, self.serving, self.ending, self.report)
                        for n in range(clients)]

    def report(self, text):
        self.violations.append(text)
        self.log("VIOLATION " + text)

    # --- killing

    def run(self, count):
        for thread in (*self.clients, self.directory):
            thread.start()
        self.serving.set()
        while self.kills < count and not self.violations:
            self._one_round()
            if self.kills % 50 == 0:
                self.check_integrity()
                self.log(f"{self.kills} kills, {self.answers()} acknowledged changes")

    def _one_round(self):
        time.sleep(self.random.uniform(0.02, 0.8))  # the random point; nothing is waited for
        self._kill()
        while self.random.random() < 0.1:           # and some while it starts
            self.rosterd.launch()
            time.sleep(self.random.uniform(0, 0.08))
            self._kill()
            self.early_kills += 1
        began = time.monotonic()
        self.rosterd.launch()
        if not processes.wait_until(self._healthy, 60, 0.002):
            raise LabError("rosterd does not come back:\n" + self.rosterd.log_text()[-4000:])
        self.ready_times.append(time.monotonic() - began)
        self.serving.set()
        for text in half_applied(self.rosterd.database):
            self.report(text)

    def _kill(self):
        self.serving.clear()
        os.kill(self.rosterd.process.pid, signal.SIGKILL)
        self.rosterd.process.wait()
        self.kills += 1

    def _healthy(self):
        if self.rosterd.process.poll() is not None:
            raise LabError("rosterd ended by itself:\n" + self.rosterd.log_text()[-4000:])
        try:
            return self.rosterd.get("/healthz", timeout=2).status == 200
        except (OSError, EOFError):
            return False
        except Exception:  # half an answer
            return False

    # --- the end

    def settle(self):
        """No more kills and no more faults: everything that is on its way arrives."""
        self.ending.set()
        self.serving.set()
        for client in self.clients:
            client.join(60)
            if client.is_alive():
                self.report(f"{client.name} does not end")
        self.directory.stop_changing()
        if self.directory.failure:
            self.report(self.directory.failure)
        self.sink.misbehave(False)
        self.rosterd.ok("sync")
        waiting = ("queued", "leased")
        if not processes.wait_until(lambda: not any(self.outbox(state) for state in waiting), 120, 0.1):
            self.report(f"mails still wait: {[m for state in waiting for m in self.outbox(state)][:3]}")

    def outbox(self, state=None):
        return self.rosterd.ok("mail", "list", "--limit", "100000", *(["--state", state] if state else []))

    def answers(self):
        return sum(client.journal.answers for client in self.clients)

    def check_integrity(self):
        connection = sqlite3.connect(f"file:{self.rosterd.database}?mode=ro", uri=True, timeout=20)
        found = connection.execute("pragma integrity_check").fetchall() + connection.execute("pragma foreign_key_check").fetchall()
        connection.close()
        if found != [("ok",)]:
            self.report(f"integrity check: {found[:3]}")

    def verify(self):
        """Everything, once more, against a running daemon. Returns the facts for the table."""
        self.check_integrity()
        for client in self.clients:
            client.hang_up()
            try:
                client.journal.compare(client.found(client.journal.acknowledged))
            except Violation as error:
                self.report(f"{client.name}: {error}")
        for text in half_applied(self.rosterd.database) + differences(self.directory, self.rosterd.database):
            self.report(text)
        if self.rosterd.command("sync", "--check").exit != 0:
            self.report("sync --check still finds something to do")
        if "\n  audit" in self.rosterd.command("--help").out:
            audit = self.rosterd.command("audit", "verify")
            if audit.exit != 0:
                self.report("audit verify: " + audit.out + audit.err)
        return self._verify_mails()

    def _verify_mails(self):
        copies = defaultdict(list)
        for mail in self.sink.mails():
            copies[mail["message_id"]].append(mail)
        states = Counter()
        current = {}
        for mail in sorted(self.outbox(), key=lambda m: m["id"]):
            states[mail["state"]] += 1
            current[mail["recipient"]] = mail
            refused = mail["recipient"].startswith("refused")
            if mail["state"] == "sent" and mail["message_id"] not in copies:
                self.report(f"a mail that counts as sent never arrived: {mail}")
            if mail["state"] not in ("sent", "cancelled") and not (refused and mail["state"] == "refused"):
                self.report(f"unsent: {mail}")
        reached = {m["to"] for several in copies.values() for m in several}
        for client in self.clients:
            for address in client.invited - reached:
                self.report(f"{address} was never mailed")
        by_kill = [several for several in copies.values() if len(several) > 1 + sum(m["lost_answer"] for m in several)]
        for several in copies.values():
            if len({(m["link"], m["to"]) for m in several}) != 1:
                self.report(f"copies of one mail differ: {several}")
        duplicates = sum(len(s) - 1 - sum(m["lost_answer"] for m in s) for s in by_kill)
        if self.kills >= 200 and duplicates > 0.03 * self.kills:  # of fewer kills a percentage says nothing
            self.report(f"{duplicates} duplicates by {self.kills} kills are more than 3 %")
        return {"mails": sum(states.values()), "states": dict(states), "duplicates": duplicates,
                "server_duplicates": sum(len(s) - 1 for s in copies.values()) - duplicates,
                "copies": by_kill or [s for s in copies.values() if len(s) > 1], "newest": current}

    def redeem(self, facts):
        """The link of a mail that arrived twice opens, and joins, once. Returns how many were tried."""
        redeemed, current = 0, facts["newest"]
        for several in facts["copies"]:
            newest = current[several[0]["to"]]
            still_open = newest["state"] == "sent" and several[0]["message_id"] == newest["message_id"]
            if not still_open or redeemed >= REDEEMED_AT_MOST or not several[0]["to"].startswith("steady"):
                continue
            link, form = several[0]["link"], urlencode({"password": "correct horse battery 9", "again": "correct horse battery 9"})
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answers = [self.rosterd.get(link).status, self.rosterd.request("POST", link, form, headers).status]
            again = self.rosterd.request("POST", link, form, headers).status
            if not (answers[0] == 200 and answers[1] < 400 <= again):
                self.report(f"the link in a duplicate does not work once: {answers} {again} for {several[0]['to']}")
            redeemed += 1
        return redeemed

    def close(self):
        self.ending.set()
        self.serving.set()
        for server in (self.rosterd, self.directory, self.sink):
            if server:
                server.stop()
        if os.environ.get("ROSTERD_KEEP"):
            print("kept:", self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def table(campaign, facts, redeemed, seconds):
    times = sorted(campaign.ready_times)
    return [("kills", f"{campaign.kills}, {campaign.early_kills} of them while starting"),
            ("seconds per kill", f"{seconds / max(1, campaign.kills):.2f}"),
            ("ready again, median and worst", f"{times[len(times) // 2] * 1000:.0f} ms, {times[-1] * 1000:.0f} ms"),
            ("acknowledged SCIM changes", f"{campaign.answers()}"),
            ("changes in the directory", f"{campaign.directory.changes}"),
            ("mails by end", ", ".join(f"{n} {s}" for s, n in sorted(facts["states"].items()))),
            ("sent twice by kills", f"{facts['duplicates']} ({100 * facts['duplicates'] / max(1, campaign.kills):.1f} % of kills)"),
            ("sent twice by lost answers", f"{facts['server_duplicates']}"),
            ("links of duplicates redeemed", f"{redeemed}"),
            ("violations", f"{len(campaign.violations)}")]


def main(argv):
    p = argparse.ArgumentParser(prog="tests/campaigns/kill")
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--clients", type=int, default=4)
    a = p.parse_args(argv)
    with Campaign(a.seed, a.clients, lambda text: print(text, flush=True)) as campaign:
        began = time.monotonic()
        campaign.run(a.count)
        seconds = time.monotonic() - began
        campaign.settle()
        facts = campaign.verify()
        for name, value in table(campaign, facts, campaign.redeem(facts), seconds):
            print(f"{name:32} {value}")
        for text in campaign.violations:
            print("VIOLATION", text)
        return 1 if campaign.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
