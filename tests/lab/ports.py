"""Free TCP ports that two test processes never both get."""
import random
import socket

_held = []  # the reservations live as long as this process


def free():
    """A port below the ephemeral range, reserved through an abstract socket: no file, gone with the process."""
    for _ in range(500):
        port = random.randrange(20000, 32000)
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            lock.bind(f"\0rosterd-lab-port-{port}")
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _held.append(lock)
        return port
    raise RuntimeError("no free port between 20000 and 32000 on 127.0.0.1")


def accepts(port, timeout=0.5):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout):
            return True
    except OSError:
        return False
