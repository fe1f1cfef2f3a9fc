"""What systemd hears and does: readiness, reload, watchdog with restart, socket activation. lab/manager.py stands for it."""
import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest
import steps
from lab import freeze, ports, processes
from lab.daemon import Rosterd, find_binary
from lab.manager import ListeningSocket, Manager

# The full size by hand: ROSTERD_RELOADS=1000 ROSTERD_RESTARTS=100, see tests/README.md.
RELOADS = int(os.environ.get("ROSTERD_RELOADS", "40"))
RESTARTS = int(os.environ.get("ROSTERD_RESTARTS", "5"))


@pytest.fixture
def make_rosterd():
    folders = []

    def make():
        folders.append(tempfile.mkdtemp(prefix="rosterd-"))
        return Rosterd(folders[-1])

    yield make
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def test_ready_reload_and_stop_are_told(make_rosterd):
    rosterd = make_rosterd()
    with Manager(rosterd) as manager:
        number, _, ready = manager.start()
        assert rosterd.url.partition("//")[2] in ready["STATUS"], ready
        assert rosterd.get("/readyz").status == 200, "ready means that it answers"

        before = time.monotonic_ns() // 1000
        rosterd.reload()
        number, _, reloading = manager.wait(lambda m: "RELOADING" in m, since=number + 1, what="RELOADING=1")
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000, reloading
        number, _, ready = manager.wait(lambda m: "READY" in m, since=number + 1, what="READY=1 after the reload")
        assert "refused" not in ready["STATUS"], ready

        rosterd.process.send_signal(signal.SIGTERM)
        manager.wait(lambda m: m.get("STOPPING") == "1", since=number + 1, what="STOPPING=1")
        assert rosterd.process.wait(30) == 0


def test_a_wrong_configuration_is_refused_and_told(make_rosterd):
    rosterd = make_rosterd()
    with Manager(rosterd) as manager:
        number, _, _ = manager.start()
        rosterd.config["role"] = [{"name": "Reviewer", "nonsense": 1}]
        rosterd.write_config()
        rosterd.reload()
        number, _, _ = manager.wait(lambda m: "RELOADING" in m, since=number + 1)
        number, _, ready = manager.wait(lambda m: "READY" in m, since=number + 1)
        assert "refused" in ready["STATUS"], ready
        assert "nonsense" in rosterd.log_text() and rosterd.get("/readyz").status == 200
        rosterd.config["role"] = [{"name": "Reviewer"}]
        rosterd.write_config()
        rosterd.reload()
        _, _, ready = manager.wait(lambda m: "READY" in m, since=number + 1)
        assert "refused" not in ready["STATUS"], "the word goes when the file is right again"


def test_why_it_cannot_start_is_told(make_rosterd):
    rosterd = make_rosterd()
    rosterd.config["nonsense"] = {"x": 1}
    with Manager(rosterd) as manager:
        rosterd.write_config()
        rosterd.launch()
        manager._thread.start()
        manager.wait(lambda m: "configuration" in m.get("STATUS", ""), what="why")
        assert rosterd.process.wait(30) == 78


def ask(rosterd, path="/healthz"):
    """True: answered 200."""
    try:
        return rosterd.get(path, timeout=30).status == 200
    except (OSError, http.client.HTTPException):
        return False


@contextlib.contextmanager
def traffic(rosterd, path, clients=4):
    """Counts of answered and failed requests while the body runs."""
    counts, ending = {True: 0, False: 0}, threading.Event()

    def work():
        while not ending.is_set():
            good = ask(rosterd, path)
            with lock:
                counts[good] += 1

    lock, workers = threading.Lock(), [threading.Thread(target=work) for _ in range(clients)]
    for worker in workers:
        worker.start()
    try:
        yield counts
    finally:
        ending.set()
        for worker in workers:
            worker.join(60)


def test_reloads_under_traffic_fail_no_request(make_rosterd):
    rosterd = make_rosterd()
    with Manager(rosterd) as manager:
        number, _, _ = manager.start()
        with traffic(rosterd, "/readyz") as counts:
            for i in range(RELOADS):
                seen = counts[True]
                steps.eventually(lambda: counts[True] > seen, what="traffic between the reloads")
                rosterd.config["role"] = [{"name": f"Role {i}"}]
                if i % 5 == 4:
                    rosterd.config["role"][0]["nonsense"] = i
                rosterd.write_config()
                rosterd.reload()
                number, _, _ = manager.wait(lambda m: "RELOADING" in m, since=number + 1)
                number, _, ready = manager.wait(lambda m: "READY" in m, since=number + 1)
                assert ("refused" in ready["STATUS"]) == (i % 5 == 4), ready
        assert counts[False] == 0 and counts[True] >= RELOADS, counts


WATCHDOG = 8  # the sender rests for 5 s, and three quarters of this is the limit


def small(rosterd):
    """One request thread, so that one frozen thread is the whole pool."""
    rosterd.config["http"].update(request_threads=1, reactor_threads=1)
    rosterd.config["authentication"] = {"hash_parallel": 1, "hash_queue": 1}
    return rosterd


def test_a_part_that_stands_still_is_restarted_within_two_watchdog_periods(make_rosterd):
    parts = {"store-writer": "store", "outbox-sender": "outbox", "http-reactor": "http", "http-request": "http", None: None}
    with contextlib.ExitStack() as stack:
        managers = {thread: stack.enter_context(Manager(small(make_rosterd()), watchdog=WATCHDOG)) for thread in parts}
        for manager in managers.values():
            manager.start()
        steps.eventually(lambda: all(manager.beats() for manager in managers.values()), what="a first heartbeat")
        held = contextlib.ExitStack()
        with held:
            began, hanging = {}, []
            for thread, manager in managers.items():
                if thread is None:
                    continue
                pid = manager.rosterd.process.pid
                try:
                    held.enter_context(freeze.Frozen(pid, thread))
                except PermissionError as e:
                    pytest.skip(str(e))
                began[thread] = time.monotonic()
                if thread == "http-request":  # requests that wait: an idle pool does not stand still
                    connection = stack.enter_context(contextlib.closing(
                        socket.create_connection(("127.0.0.1", manager.rosterd.port))))
                    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            for thread, start in began.items():
                manager = managers[thread]
                assert processes.wait_until(lambda: manager.restarts, 2 * WATCHDOG + 5), f"{thread}: it is fed for ever"
                took = (manager.restarts[0] - start) / WATCHDOG
                print(f"{thread}: started again after {took:.2f} x WatchdogSec")
                assert took <= 2, f"{thread}: {took:.2f} x WatchdogSec"
        for thread in began:
            manager = managers[thread]
            log = manager.rosterd.log_text()
            assert f"part_stands_still part={parts[thread]} " in log, f"{thread}:\n{log}"
            steps.eventually(lambda: sum(m.get("READY") == "1" for _, m in manager.messages) == 2, what="the new start")
            assert ask(manager.rosterd, "/readyz")
        healthy = managers[None]
        assert not healthy.restarts and "part_stands_still" not in healthy.rosterd.log_text()


def test_sockets_of_a_socket_unit_are_served(make_rosterd):
    rosterd = make_rosterd()
    unused = rosterd.port
    first, second = ListeningSocket().pass_to(rosterd), ListeningSocket("http").pass_to(rosterd)
    with Manager(rosterd) as manager, contextlib.closing(first), contextlib.closing(second):
        _, _, ready = manager.start()
        for listening in (first, second):
            assert f"127.0.0.1:{listening.port}" in ready["STATUS"], ready
            rosterd.port = listening.port
            assert ask(rosterd)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", unused)).close()


def test_restarts_behind_a_socket_unit_refuse_no_connection(make_rosterd):
    rosterd = make_rosterd()
    with contextlib.closing(ListeningSocket().pass_to(rosterd)), Manager(rosterd) as manager:
        number, _, _ = manager.start()
        with traffic(rosterd, "/healthz") as counts:
            for _ in range(RESTARTS):
                enough = counts[True] + 4
                steps.eventually(lambda: counts[True] >= enough, what="traffic between the restarts")
                assert rosterd.stop() == 0
                rosterd.launch()
                number, _, _ = manager.wait(lambda m: m.get("READY") == "1", since=number + 1)
        assert counts[False] == 0 and counts[True] > 4 * RESTARTS, counts


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd-socket-activate is not installed")
def test_started_by_the_first_connection_through_systemds_own_activator(make_rosterd):
    rosterd = make_rosterd()
    rosterd.port = ports.free()
    rosterd.prefix = ["systemd-socket-activate", f"--listen=127.0.0.1:{rosterd.port}", "--fdname=http",
                      *(f"--setenv={name}" for name in ("ROSTERD_CONFINED", "ROSTERD_UNIT") if name in os.environ)]
    rosterd.write_config()
    rosterd.launch()
    try:
        assert not os.path.exists(rosterd.database), "started before anybody asked"
        assert processes.wait_until(lambda: ask(rosterd), 30), rosterd.log_text()
        assert os.path.exists(rosterd.database) and rosterd.process.poll() is None
    finally:
        assert rosterd.stop() == 0


def test_commands_ignore_sockets_and_watchdogs(make_rosterd):
    """They may be called where the daemon's environment is inherited."""
    run = subprocess.run([find_binary(), "check-config", "--example"], capture_output=True, timeout=20,
                         env={**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": "1", "WATCHDOG_USEC": "1"})
    assert run.returncode == 0
