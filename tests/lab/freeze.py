"""Stops single threads of a running process, as a hanging disk or a deadlock would: ptrace, by thread name."""
import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long
_DETACH, _SEIZE, _INTERRUPT, _WALL = 17, 0x4206, 0x4207, 0x40000000


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace {request:#x} of thread {thread}: {os.strerror(number)}")


def threads(pid, name):
    found = []
    for entry in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{entry}/comm", encoding="utf-8") as f:
            if f.read().strip() == name:
                found.append(int(entry))
    return sorted(found)


class Frozen:
    """with Frozen(pid, "store-writer"): … One Python thread enters and leaves. PermissionError where nobody may trace."""

    def __init__(self, pid, name):
        self.threads = threads(pid, name)
        if not self.threads:
            raise LookupError(f"process {pid} has no thread {name}")
        self.held = []

    def __enter__(self):
        for thread in self.threads:
            _ptrace(_SEIZE, thread)
            self.held.append(thread)
            _ptrace(_INTERRUPT, thread)
            os.waitpid(thread, _WALL)
        return self

    def __exit__(self, *_):
        for thread in self.held:
            try:
                _ptrace(_DETACH, thread)
            except ProcessLookupError:
                # Ended meanwhile: its process can be waited for only when its tracer has seen the end.
                try:
                    os.waitpid(thread, _WALL)
                except ChildProcessError:
                    pass
