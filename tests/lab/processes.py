"""Starting, waiting for and ending processes that this lab started."""
import ctypes
import os
import resource
import signal
import subprocess
import time

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class LabError(Exception):
    """A server of the lab did not do what it should; the text says which and shows its last words."""


def _prepare(die_with_parent, descriptors):
    def run():
        if descriptors:
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            limit = descriptors if hard == resource.RLIM_INFINITY else min(descriptors, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        if die_with_parent:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    return run


def start(argv, log, *, die_with_parent=True, descriptors=None, env=None, cwd=None, keep=()):
    """Runs argv in its own session, output appended to the file `log`. It inherits the descriptors `keep`."""
    with open(log, "ab") as out:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd,
                                start_new_session=True, pass_fds=keep, preexec_fn=_prepare(die_with_parent, descriptors))


def alive(pid):
    """A zombie counts as ended: in a container nobody may reap it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def stop(pid, sig=signal.SIGTERM, timeout=20.0, process=None):
    """Signals pid and waits; SIGKILL after the timeout. Returns False when it had to be killed."""
    def ended():
        if process is not None:
            return process.poll() is not None
        return not alive(pid)
    for number, patience in ((sig, timeout), (signal.SIGKILL, 5.0)):
        if ended():
            return True
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        if wait_until(ended, patience):
            return number != signal.SIGKILL
    return False


def wait_until(condition, timeout, interval=0.02):
    """Polls until condition() is true; returns its value, or the last false one at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value or time.monotonic() >= deadline:
            return value
        time.sleep(interval)


def tail(path, lines=12):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return "".join(f.readlines()[-lines:])
    except OSError:
        return ""
