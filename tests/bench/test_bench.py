"""The benchmarks run and print every row. No figure is judged here: this machine may be busy."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = ("first sync, 300 people", "first sync, 300 people, CPU", "first sync, 300 people, memory",
        "unchanged sync, 300 people, CPU", "unchanged sync, 300 people, memory", "GET /Users/ID, 300 people", "page of 100, 300 people, CPU",
        "serving, 300 people, memory", "POST /Users, 32 clients", "commits for each acknowledged POST",
        "Bulk of 64 creations", "the same, CPU for each creation", "commits for each creation of a Bulk",
        "a member of a group of 300", "HTTP door through the pool, 32 connections",
        "HTTP door through the pool, 128 connections", "p99 beside 20 slow and 100 idle connections")
GROWTHS = ("first sync", "unchanged sync, CPU", "GET /Users/ID", "filter userName eq", "filter externalId eq",
           "filter emails.value eq", "page of 100, walked from the start",
           "page of 100, walked by cursor", "PATCH of one attribute", "add or remove a member, group of 10",
           "add or remove a member, large group", "memory after all of it")


def test_every_row_is_printed(tmp_path):
    figures = tmp_path / "figures.json"
    ran = subprocess.run([sys.executable, os.path.join(HERE, "bench.py"), "--build", os.path.dirname(os.environ["ROSTERD"]),
                          "--people", "100,300", "--short", "--json", figures],
                         capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(figures.read_text())
    rows = {row["what"]: row for row in found["rows"]}
    growths = {growth["what"]: growth for growth in found["growth"]}
    assert not set(ROWS) - set(rows) and not set(GROWTHS) - set(growths)
    for name in (*ROWS, *GROWTHS):
        assert name in ran.stdout
    assert all(row["ours"] > 0 and row["limit"] > 0 for row in rows.values())
    assert all(set(growth["by_size"]) == {"100", "300"} for growth in growths.values())
