"""Running programs and reading what they cost."""
import contextlib
import json
import os
import statistics
import subprocess
import time
from dataclasses import dataclass

from lab.processes import LabError


@dataclass
class Ran:
    wall: float    # seconds
    cpu: float     # user + system seconds
    memory: float  # MB, at its largest
    out: str

    def json(self):
        return json.loads(self.out)


def run(argv, *, out=subprocess.PIPE, accept=(0,)):
    """Runs to the end; the operating system's own account of what it cost."""
    begin = time.monotonic()
    process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
    text = process.stdout.read() if process.stdout else b""
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accept:
        raise LabError(f"{' '.join(map(str, argv))[:300]}: exit {process.returncode}\n{errors.decode()[-2000:]}"
                       f"{text.decode()[-2000:]}")
    return Ran(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, text.decode())


def cpu_of(pid):
    """Seconds on a processor, of all threads that live."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def memory_of(pid):
    """(MB now, MB at its largest)"""
    found = {}
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            name, _, rest = line.partition(":")
            if name in ("VmRSS", "VmHWM"):
                found[name] = int(rest.split()[0]) / 1000
    return found["VmRSS"], found["VmHWM"]


def median(values):
    return statistics.median(values)
