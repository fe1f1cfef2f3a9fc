"""Stands for systemd around one Rosterd: $NOTIFY_SOCKET, the watchdog with its restart, sockets of a socket unit."""
import os
import signal
import socket
import threading
import time

from . import processes
from .processes import LabError

ACTIVATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "activate")


class Manager:
    """with Manager(rosterd) as m: m.start(); m.wait(lambda message: ..., what="…"). `messages` are (monotonic time, dict).

    With `watchdog` (seconds) a daemon that was silent for so long is ended by SIGABRT and started again, as the unit's
    WatchdogSec= and Restart=on-failure do; `restarts` are the times of that."""

    def __init__(self, rosterd, *, watchdog=None):
        self.rosterd, self.watchdog = rosterd, watchdog
        self.messages, self.restarts = [], []
        path = os.path.join(rosterd.folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(0.05)
        rosterd.environment["NOTIFY_SOCKET"] = path
        if watchdog:
            rosterd.environment["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        self._changed, self._ending = threading.Condition(), False
        self._thread = threading.Thread(target=self._loop)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ending = True
        if self._thread.is_alive():
            self._thread.join()
        self.rosterd.stop()
        self.socket.close()

    def start(self):
        self.rosterd.write_config()
        self.rosterd.launch()
        self._thread.start()
        return self.wait(lambda m: m.get("READY") == "1", what="READY=1")

    def beats(self):
        return [when for when, message in list(self.messages) if message.get("WATCHDOG") == "1"]

    def wait(self, wanted, *, since=0, timeout=60, what="the message"):
        """The first message from number `since` on for which wanted(message) is true: (number, time, message)."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for number, (when, message) in enumerate(self.messages[since:], start=since):
                    if wanted(message):
                        return number, when, message
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LabError(f"{what} was not said; the last words were {self.messages[-5:]}\n"
                                   f"{processes.tail(self.rosterd.log)}")
                self._changed.wait(left)

    def _loop(self):
        while not self._ending:
            try:
                text = self.socket.recv(65536).decode()
            except TimeoutError:
                self._watch()
                continue
            message = dict(line.split("=", 1) for line in text.splitlines())
            with self._changed:
                self.messages.append((time.monotonic(), message))
                self._changed.notify_all()

    def _watch(self):
        if not self.watchdog or not self.messages:
            return
        alive = [when for when, m in self.messages if m.get("WATCHDOG") == "1" or m.get("READY") == "1"] + self.restarts
        if alive and time.monotonic() - max(alive) > self.watchdog:
            self.restarts.append(time.monotonic())
            self.rosterd.process.send_signal(signal.SIGABRT)
            self.rosterd.process.wait(60)
            self.rosterd.launch()


class ListeningSocket:
    """What a socket unit holds: clients are never refused while the daemon is away."""

    def __init__(self, name="http"):
        self.name = name
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.socket.getsockname()[1]

    def pass_to(self, rosterd):
        rosterd.port = self.port
        rosterd.keep = (*rosterd.keep, self.socket.fileno())
        words = [word for word in rosterd.prefix if word not in (ACTIVATE, "--")]
        rosterd.prefix = [ACTIVATE, *words, f"{self.socket.fileno()}:{self.name}", "--"]
        return self

    def close(self):
        self.socket.close()
