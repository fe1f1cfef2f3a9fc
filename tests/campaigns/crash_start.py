"""How soon a daemon answers after kill -9 with a large store and a full outbox, beside the same with an empty one.

Run by tests/campaigns/crash_start, which says more with --help."""
import argparse
import http.client
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from lab import processes
from lab.daemon import Rosterd, find_binary
from lab.processes import LabError

from .mail_sink import MailSink
from .scim_client import GIVING, PLAIN, SCHEMA, Client

BAR = 1.0  # seconds


class Subject:
    """One store with its daemon, its mail server and clients that write all the time."""

    def __init__(self, folder, people, mails, populate, clients=2):
        os.makedirs(folder)
        self.mails, self.times, self.violations = mails, [], []
        self.serving, self.ending = threading.Event(), threading.Event()
        self.sink = MailSink(os.path.join(folder, "smtp"), faults=False)
        self.rosterd = Rosterd(os.path.join(folder, "rosterd"))
        self.rosterd.config["scim"] = [{"name": "bench", "max_removals": 1_000_000}]
        self.rosterd.config["mail"] = self.sink.section()
        self.rosterd.config["role"] = [{"name": "Designer", "rank": 55}]
        self.rosterd.config["access"] = [{"group": GIVING, "role": "Designer"}]
        made = subprocess.run([populate, "--store", self.rosterd.store, "--people", str(people), "--groups", "0",
                               "--queued-mails", str(mails)], capture_output=True, check=False)
        if made.returncode != 0:
            raise LabError(made.stderr.decode())
        self.rosterd.token = json.loads(made.stdout)["token"]
        self.clients, self.client_count = [], clients

    def start(self):
        self.rosterd.start(timeout=300)
        groups = {}
        for name in (GIVING, PLAIN):
            answer = self.rosterd.scim("POST", "/Groups", {"schemas": [SCHEMA + "Group"], "displayName": name})
            groups[name] = answer.json()["id"]
        self.clients = [Client(n, 1, self.rosterd.port, self.rosterd.token, groups, self.serving, self.ending,
                               self.violations.append) for n in range(self.client_count)]
        for client in self.clients:
            client.start()
        self.serving.set()

    def kill_and_start(self):
        self.serving.clear()
        os.kill(self.rosterd.process.pid, signal.SIGKILL)
        self.rosterd.process.wait()
        began = time.monotonic()
        self.rosterd.launch()
        if not processes.wait_until(self._ready, 300, 0.002):
            raise LabError("rosterd does not come back:\n" + self.rosterd.log_text()[-4000:])
        self.times.append(time.monotonic() - began)
        self.serving.set()

    def _ready(self):
        if self.rosterd.process.poll() is not None:
            raise LabError("rosterd ended by itself:\n" + self.rosterd.log_text()[-4000:])
        try:
            return self.rosterd.get("/readyz", timeout=5).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def settle(self, patience):
        """Until every mail is out and every client has found what it was told."""
        self.ending.set()
        for client in self.clients:
            client.join(60)
            client.hang_up()
            client.journal.compare(client.found(client.journal.acknowledged))
        began = time.monotonic()
        if not processes.wait_until(lambda: not self._outbox("queued") and not self._outbox("leased"), patience, 0.2):
            self.violations.append(f"mails still wait: {self._outbox('queued')}")
        ids = {mail["message_id"] for mail in self.sink.mails()}
        sent = [m["message_id"] for m in self.rosterd.ok("mail", "list", "--state", "sent", "--limit", "100000")]
        if len(sent) < self.mails or set(sent) - ids:
            self.violations.append(f"{len(sent)} of {self.mails} mails sent, {len(set(sent) - ids)} of them never arrived")
        return time.monotonic() - began

    def _outbox(self, state):
        return self.rosterd.ok("mail", "list", "--state", state, "--limit", "1")

    def close(self):
        self.ending.set()
        self.serving.set()
        self.rosterd.stop()
        self.sink.stop()


def measure(people, mails, rounds, patience=900, log=lambda text: None):
    """{"full": Subject, "empty": Subject}, both ended, with times and violations."""
    populate = os.path.join(os.path.dirname(find_binary()), "tests", "bench", "bench_populate")
    folder = tempfile.mkdtemp(prefix="rosterd-crash-")
    subjects = {}
    try:
        for name, (n, m) in {"empty": (1, 0), "full": (people, mails)}.items():
            subjects[name] = Subject(os.path.join(folder, name), n, m, populate)
            log(f"store {name}: {os.path.getsize(subjects[name].rosterd.database) / 1e6:.0f} MB")
        for subject in subjects.values():
            subject.start()
        rnd = random.Random(1)
        for number in range(rounds):
            time.sleep(rnd.uniform(0.3, 1.5))  # a random point; nothing is waited for
            for subject in subjects.values():
                subject.kill_and_start()
            log(f"round {number + 1}: " + ", ".join(f"{n} {s.times[-1] * 1000:.0f} ms" for n, s in subjects.items()))
        for name, subject in subjects.items():
            log(f"{name}: the rest of the mails took {subject.settle(patience):.0f} s")
        return subjects
    finally:
        for subject in subjects.values():
            subject.close()
        shutil.rmtree(folder, ignore_errors=True)


def main(argv):
    p = argparse.ArgumentParser(prog="tests/campaigns/crash_start")
    p.add_argument("--people", type=int, default=100_000)
    p.add_argument("--mails", type=int, default=10_000)
    p.add_argument("--rounds", type=int, default=9)
    a = p.parse_args(argv)
    subjects = measure(a.people, a.mails, a.rounds, log=lambda text: print(text, flush=True))
    median = {name: statistics.median(s.times) for name, s in subjects.items()}
    for name, s in subjects.items():
        print(f"{name:6} median {median[name] * 1000:6.0f} ms, worst {max(s.times) * 1000:6.0f} ms")
    met = median["full"] <= BAR
    print(f"ratio full to empty {median['full'] / median['empty']:.1f}; the bar of {BAR:.0f} s is {'met' if met else 'missed'}")
    violations = [text for s in subjects.values() for text in s.violations]
    for text in violations:
        print("VIOLATION", text)
    return 0 if met and not violations else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
