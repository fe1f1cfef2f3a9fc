"""Runs campaigns.sink as a process of its own for a campaign."""
import os

from lab import ports, processes
from lab.processes import LabError

from . import sink

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class MailSink:
    def __init__(self, folder, seed=1, *, faults=True):
        os.makedirs(folder)
        self.journal, self.faults = os.path.join(folder, "journal"), os.path.join(folder, "faults")
        self.port = ports.free()
        self.misbehave(faults)
        self.log = os.path.join(folder, "log")
        self.process = processes.start(
            ["/usr/bin/python3", "-m", "campaigns.sink", "--port", str(self.port), "--journal", self.journal,
             "--faults", self.faults, "--seed", str(seed)], self.log,
            env={**os.environ, "PYTHONPATH": TOP, "PYTHONDONTWRITEBYTECODE": "1"})
        if not processes.wait_until(lambda: self.process.poll() is not None or ports.accepts(self.port), 20):
            raise LabError("the sink did not start:\n" + processes.tail(self.log))

    def section(self):
        """[mail] of a configuration that sends here."""
        return {"host": "127.0.0.1", "port": self.port, "security": "none", "timeout": "5s",
                "from": "rosterd@example.org", "retry_first": "100ms", "retry_cap": "2s"}

    def misbehave(self, on):
        if on:
            open(self.faults, "w", encoding="utf-8").close()
        elif os.path.exists(self.faults):
            os.remove(self.faults)

    def mails(self):
        return sink.mails(self.journal)

    def stop(self):
        processes.stop(self.process.pid, process=self.process)
