"""Runs the suites against a rosterd of its own; tests/conformance/run installs them and calls this."""
import argparse
import collections
import os
import shutil
import sys
import tempfile

import findings
import suites
from lab.daemon import Rosterd

EXCEPTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exceptions")


def run(names, times):
    folder = tempfile.mkdtemp(prefix="rosterd-")
    rosterd = Rosterd(os.path.join(folder, "rosterd"))
    # Each run on a connection of its own: the suites expect to find nobody, and clean up as they like.
    connections = [f"{name}-{time}" for name in names for time in range(times)]
    rosterd.config["scim"] = [{"name": connection, "max_removals": 1_000_000} for connection in connections]
    try:
        rosterd.start()
        return [found for connection in connections
                for found in suites.SUITES[connection.rpartition("-")[0]](
                    rosterd.scim_url, rosterd.new_token(connection, "scim:" + connection))]
    finally:
        rosterd.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--suite", choices=suites.SUITES, action="append")
    options.add_argument("--times", type=int, default=3)
    options.add_argument("--verbose", action="store_true")
    options = options.parse_args()
    names = options.suite or list(suites.SUITES)
    with open(EXCEPTIONS, encoding="utf-8") as f:
        entries = findings.read(f.read())
    found = run(names, options.times)
    unexplained, unmet = findings.judge(found, entries, names)
    if options.verbose:
        for one in found:
            print(one)
    for name in names:
        count = collections.Counter("failed" if f.failed else f.message.partition(":")[0].lower() for f in found if f.suite == name)
        print(f"{name}: " + ", ".join(f"{n} {what}" for what, n in sorted(count.items())))
    for entry in entries:
        if entry.met:
            print(f"explained {entry.met} times: {entry}")
    for one in unexplained:
        print(f"NOT EXPLAINED: {one}")
    for entry in unmet:
        print(f"NO LONGER NEEDED: {entry}")
    print(f"{len(unexplained)} failures not explained, {len(unmet)} exceptions no longer needed")
    return 1 if unexplained or unmet or not found else 0


if __name__ == "__main__":
    sys.exit(main())
