"""The HTTP door: throughput, what a crowd of slow and idle connections costs others, and requests that are bombs."""
import json
import os
import time

import measure
import table
from lab import bombs
from lab.daemon import Rosterd

LIMIT_MS = 100  # whatever is refused is refused within this


def run(bench):
    effort = ["--rounds", str(bench.rounds_of(7))]
    if bench.short:
        effort += ["--milliseconds", "50", "--slow", "20", "--idle", "100"]
    bench.say("the HTTP door beside a raw echo, and among slow and idle connections")
    rows = [table.Row(**row) for row in measure.run([bench.program("bench_door"), *effort]).json()]
    return rows + _bombs(bench), []


def _milliseconds(call):
    begin = time.monotonic()
    answer = call()
    return 1000 * (time.monotonic() - begin), answer


def _bombs(bench):
    bench.say("requests that are bombs")
    rosterd = Rosterd(os.path.join(bench.folder("bombs"), "d"), binary=bench.program("rosterd"))
    try:
        rosterd.start()
        rosterd.new_token()
        user = rosterd.scim("POST", "/Users", {"schemas": [bombs.USER], "userName": "target"}).json()["id"]
        group = rosterd.scim("POST", "/Groups", {"displayName": "target"}).json()["id"]
        seen = {}
        for bomb in bombs.requests(user, group):
            tries = []
            for _ in range(bench.rounds_of(5)):
                probe, _answer = _milliseconds(lambda: rosterd.scim("GET", f"/Users/{user}"))
                took, answer = _milliseconds(lambda bomb=bomb: bombs.send(rosterd, bomb))
                assert answer.status in bomb.statuses, f"{bomb.name}: {answer.status}"
                tries.append((took, probe, answer.status))
            seen[bomb] = [measure.median(values) for values in zip(*tries)]
        return _worst(seen)
    finally:
        rosterd.stop()


def _worst(seen):
    """One row for what must be refused in time, with the slowest; one for legal work of that size."""
    rows = []
    for in_time, what in ((True, "the slowest refused bomb"), (False, "the slowest legal request of that size")):
        chosen = {bomb: times for bomb, times in seen.items() if bomb.in_time == in_time}
        bomb = max(chosen, key=lambda b: chosen[b][0])
        took, probe, status = chosen[bomb]
        rows.append(table.Row(f"{what}, of {len(chosen)}", took, LIMIT_MS, 1.0 if in_time else 20.0, unit="ms",
                              note=f"{bomb.name}: {int(status)}, {took / probe:.0f} x an idle GET of {probe:.1f} ms"))
    return rows
