"""Reloads under SCIM traffic with certificates that change, and restarts behind a listening socket that stays open.

Run by tests/campaigns/reload, which says more with --help."""
import argparse
import contextlib
import http.client
import json
import os
import shutil
import ssl
import sys
import tempfile
import threading
import time

from lab import processes, tls
from lab.daemon import Rosterd
from lab.manager import ListeningSocket, Manager
from lab.processes import LabError

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PEOPLE = 20          # of one client; then it changes those
NEW_CONNECTION = 10  # requests over one connection
BAD = 5              # every fifth reload


class Client(threading.Thread):
    """Creates, changes and reads people of its own, and knows what each answer must hold."""

    def __init__(self, number, rosterd, ending, keep_connections):
        super().__init__(name=f"client-{number}", daemon=True)
        self.number, self.rosterd, self.ending, self.keep = number, rosterd, ending, keep_connections
        self.connection, self.used = None, 0
        self.answered, self.connections, self.slowest = 0, 0, 0.0
        self.failures = []
        self.titles = {}  # id → title

    def call(self, method, path, body=None):
        if self.connection is None:
            self.connection, self.used = self.rosterd.connect(), 0
            self.connections += 1
        self.used += 1
        last = not self.keep or self.used >= NEW_CONNECTION
        headers = {"Authorization": f"Bearer {self.rosterd.token}", "Content-Type": "application/scim+json"}
        if last:
            headers["Connection"] = "close"
        began = time.monotonic()
        self.connection.request(method, "/scim/v2" + path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        raw = answer.read()
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answered += 1
        if last:
            self.connection.close()
            self.connection = None
        return answer.status, json.loads(raw) if raw else {}

    def expect(self, what, found, wanted):
        if found != wanted:
            self.failures.append(f"client {self.number}: {what}: {found!r} instead of {wanted!r}")

    def round(self, number):
        if len(self.titles) < PEOPLE:
            name = f"c{self.number}-{number}"
            status, user = self.call("POST", "/Users", {"schemas": [SCHEMA], "userName": name, "title": "new"})
            self.expect("POST", (status, user.get("userName")), (201, name))
            self.titles[user["id"]] = "new"
        key = list(self.titles)[number % len(self.titles)]
        status, user = self.call("GET", f"/Users/{key}")
        self.expect("GET", (status, user.get("id"), user.get("title")), (200, key, self.titles[key]))
        title = f"title {number}"
        status, user = self.call("PATCH", f"/Users/{key}", {
            "schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": title}]})
        self.expect("PATCH", (status, user.get("title")), (200, title))
        self.titles[key] = title
        status, found = self.call("GET", f"/Users?filter=userName%20eq%20%22{user['userName']}%22")
        self.expect("filter", (status, [u["title"] for u in found.get("Resources", [])]), (200, [title]))

    def run(self):
        number = 0
        while not self.ending.is_set():
            try:
                self.round(number)
            except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
                self.failures.append(f"client {self.number}: {type(error).__name__}: {error}")
                self.connection = None
            number += 1


class Campaign:
    """with Campaign(…) as c: c.reloads(n); c.restarts(n); c.facts()"""

    def __init__(self, clients=4, secure=False, log=lambda text: None):
        self.clients, self.secure, self.log = clients, secure, log
        self.folder = tempfile.mkdtemp(prefix="rosterd-reload-")
        self.numbers = {"reloads accepted": 0, "reloads refused": 0, "restarts": 0, "requests": 0, "connections": 0,
                        "failures": 0, "slowest request, s": 0.0}
        self.failures = []
        self.stack = contextlib.ExitStack()
        self.rosterd = Rosterd(os.path.join(self.folder, "daemon"))
        if secure:
            tls.make_ca(self.folder)
            self.pairs = [tls.make_certificate(self.folder, f"server-{i}") for i in range(3)]
            self.in_use = self._path("tls.crt"), self._path("tls.key")
            self._install(*self.pairs[0])
            self.rosterd.use_tls(*self.in_use, self._path("ca.crt"))
        self.socket = ListeningSocket("https" if secure else "http").pass_to(self.rosterd)
        self.manager, self.seen = Manager(self.rosterd), 0

    def __enter__(self):
        self.stack.callback(self._remove)
        self.stack.enter_context(contextlib.closing(self.socket))
        self.stack.enter_context(self.manager)
        self.seen, _, _ = self.manager.start()
        self.rosterd.new_token()
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def _remove(self):
        if not os.environ.get("ROSTERD_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _install(self, certificate, key):
        for source, place in zip((certificate, key), self.in_use):
            shutil.copy(source, place + ".new")
            os.chmod(place + ".new", 0o600)
            os.replace(place + ".new", place)

    def presented(self):
        with contextlib.closing(self.rosterd.connect()) as connection:
            connection.connect()
            return connection.sock.getpeercert(binary_form=True)

    @contextlib.contextmanager
    def traffic(self, keep_connections):
        ending = threading.Event()
        workers = [Client(i, self.rosterd, ending, keep_connections) for i in range(self.clients)]
        for worker in workers:
            worker.number = f"{len(self.failures)}-{self.numbers['requests']}-{worker.number}"
            worker.start()
        try:
            yield workers
        finally:
            ending.set()
            for worker in workers:
                worker.join(90)
                self.failures += worker.failures + ([f"{worker.name} hangs"] if worker.is_alive() else [])
                self.numbers["requests"] += worker.answered
                self.numbers["connections"] += worker.connections
                self.numbers["slowest request, s"] = max(self.numbers["slowest request, s"], round(worker.slowest, 3))
            self.numbers["failures"] = len(self.failures)

    def _progress(self, workers):
        """Waits until each client has had an answer, so that no step passes without traffic."""
        before = [worker.answered for worker in workers]
        if not processes.wait_until(lambda: all(w.answered > b for w, b in zip(workers, before)), 60, 0.002):
            raise LabError("no traffic any more: " + "; ".join(self.failures[:3]))

    def _break(self, number):
        """One of the ways in which a reload must be refused."""
        way = number % (3 if self.secure else 1)
        if way == 0:
            self.rosterd.config["role"][0]["nonsense"] = number
        elif way == 1:
            self._install(self.pairs[number % 3][0], self.pairs[(number + 1) % 3][1])
        else:
            with open(self.in_use[0], "w", encoding="utf-8") as f:
                f.write("-----BEGIN CERTIFICATE-----\nhalf a file")

    def reload(self, number):
        bad = number % BAD == BAD - 1
        before = self.presented() if self.secure else None
        self.rosterd.config["role"] = [{"name": f"Role {number}"}]
        if self.secure:
            self._install(*self.pairs[number % 3])
        if bad:
            self._break(number // BAD)
        self.rosterd.write_config()
        self.rosterd.reload()
        self.seen, _, _ = self.manager.wait(lambda m: "RELOADING" in m, since=self.seen + 1)
        self.seen, _, ready = self.manager.wait(lambda m: "READY" in m, since=self.seen + 1)
        if ("refused" in ready["STATUS"]) != bad:
            self.failures.append(f"reload {number}: {'accepted' if bad else 'refused'}: {ready['STATUS']}")
        self.numbers["reloads refused" if bad else "reloads accepted"] += 1
        if self.secure:
            with open(self.pairs[number % 3][0], encoding="utf-8") as f:
                wanted = before if bad else ssl.PEM_cert_to_DER_cert(f.read())
            if self.presented() != wanted:
                self.failures.append(f"reload {number}: a new connection got the wrong certificate")

    def reloads(self, count):
        with self.traffic(keep_connections=True) as workers:
            for number in range(count):
                self._progress(workers)
                self.reload(number)
                if number % 100 == 99:
                    self.log(f"{number + 1} reloads")
        self._whole()

    def _whole(self):
        self.rosterd.config["role"] = []
        if self.secure:
            self._install(*self.pairs[0])
        self.rosterd.write_config()

    def restarts(self, count):
        with self.traffic(keep_connections=False) as workers:
            for number in range(count):
                self._progress(workers)
                if self.rosterd.stop(timeout=60) != 0:
                    self.failures.append(f"restart {number}: it did not end by itself")
                self.rosterd.launch()
                self.seen, _, _ = self.manager.wait(lambda m: m.get("READY") == "1", since=self.seen + 1)
                self.numbers["restarts"] += 1
                if number % 20 == 19:
                    self.log(f"{number + 1} restarts")


def main():
    parser = argparse.ArgumentParser(prog="tests/campaigns/reload")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--restarts", type=int, default=100)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    with Campaign(options.clients, options.tls, log=lambda text: print(text, flush=True)) as campaign:
        campaign.reloads(options.count)
        campaign.restarts(options.restarts)
    campaign.numbers["seconds"] = round(time.monotonic() - began)
    for name, number in campaign.numbers.items():
        print(f"{name:24} {number}")
    for failure in campaign.failures[:20]:
        print(failure, file=sys.stderr)
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
