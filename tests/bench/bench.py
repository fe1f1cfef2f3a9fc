"""tests/bench/run calls this with the programs built. See tests/bench/README.md."""
import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import http_door  # noqa: E402
import serving  # noqa: E402
import sync  # noqa: E402
import table  # noqa: E402

NAMES = ("first-sync", "unchanged-sync", "get", "page", "post", "bulk", "growth", "memory", "door")


class Bench:
    def __init__(self, options, folder):
        self.sizes = sorted(int(n) for n in options.people.split(","))
        self.only = options.only.split(",") if options.only else NAMES
        self.rounds = options.rounds
        self.short = options.short
        self.build = options.build
        self._folder = folder

    def wants(self, name):
        return name in self.only

    def rounds_of(self, usual):
        return self.rounds or (1 if self.short else usual)

    def requests(self, usual):
        return max(64, usual // 20) if self.short else usual

    def program(self, name):
        path = os.path.join(self.build, "tests", "bench", name) if name.startswith("bench_") else os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            raise SystemExit(f"{path} is not built")
        return path

    def folder(self, name):
        path = os.path.join(self._folder, name)
        os.makedirs(path, mode=0o700)
        return path

    def say(self, text):
        print(text, file=sys.stderr, flush=True)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} × {model}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--people", default="1000,10000,100000")
    parser.add_argument("--only", default="", help="of " + ", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--json", default="")
    parser.add_argument("--folder", default="", help="where stores and directories are made")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    unknown = [n for n in options.only.split(",") if n and n not in NAMES]
    if unknown:
        parser.error("there is no benchmark " + ", ".join(unknown))
    folder = tempfile.mkdtemp(prefix="rosterd-bench-", dir=options.folder or None)
    rows, growths, begin = [], [], time.monotonic()
    try:
        bench = Bench(options, folder)
        bench.say(machine())
        for module, names in ((sync, ("first-sync", "unchanged-sync")), (serving, ("get", "page", "post", "bulk", "growth", "memory")),
                              (http_door, ("door",))):
            if any(bench.wants(n) for n in names):
                more_rows, more = module.run(bench)
                rows += more_rows
                growths += more
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table.print_all(rows, growths)
    bench.say(f"{time.monotonic() - begin:.0f} s in all")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump({"machine": machine(), "rows": [r.as_json() for r in rows],
                       "growth": [g.as_json() for g in growths]}, f, indent=1)


if __name__ == "__main__":
    main()
