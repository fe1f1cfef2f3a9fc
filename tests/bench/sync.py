"""First sync, unchanged sync and memory, beside ldapsearch, bare SQLite and a reader that only hashes (bars 25)."""
import os
import shutil

import measure
from directory import ATTRIBUTES, BigSlapd
from lab import daemon as lab_daemon
from lab.processes import LabError
from table import Growth, Row

PEOPLE_PER_STEP = 100  # ldap::SyncOptions::changes_per_unit
MEMORY_LIMIT = 150


class Directory:
    def __init__(self, bench, people):
        self.bench = bench
        self.people = people
        self.folder = bench.folder(f"directory-{people}")
        self.slapd = BigSlapd(os.path.join(self.folder, "slapd"), people)
        self.slapd.fill()
        self.slapd.start()
        self.rosterd = None
        self.number = 0

    def fresh_rosterd(self):
        """A new, empty store and a configuration that follows this directory."""
        self.number += 1
        self.rosterd = lab_daemon.Rosterd(os.path.join(self.folder, f"r{self.number}"), self.bench.program("rosterd"))
        section = lab_daemon.directory_section(self.slapd, self.rosterd.folder, start_tls=None, ca_file=None,
                                               clients_bases=None)
        self.rosterd.config.update({"directory": [section], "access": [{"group": "team-*", "role": "Staff"}]})
        self.rosterd.write_config()
        return self.rosterd

    def sync(self):
        # 0: nothing to do, or done
        return measure.run([self.rosterd.binary, "sync", "--json", "--config", self.rosterd.config_file])

    def dump(self):
        """The same entries through ldapsearch, into a file."""
        total = measure.Ran(0, 0, 0, "")
        for base in ("ou=Groups", "ou=People"):
            with open(os.path.join(self.folder, "dump.ldif"), "wb") as out:
                ran = measure.run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.slapd.url, "-D",
                                   self.slapd.sync_dn, "-w", "sync", "-b", f"{base},{self.slapd.base}", "-s", "sub",
                                   "(objectClass=*)", *ATTRIBUTES], out=out)
            total = measure.Ran(total.wall + ran.wall, total.cpu + ran.cpu, 0, "")
        return total

    def insert(self):
        target = os.path.join(self.folder, "insert")
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(target)
        ran = measure.run([self.bench.program("bench_limit_insert"), "--from", self.rosterd.database, "--to",
                           os.path.join(target, "bare.db"), "--people-per-step", PEOPLE_PER_STEP]).json()
        shutil.rmtree(target)
        return ran

    def read(self):
        return measure.run([self.bench.program("bench_limit_read"), "--uri", self.slapd.url, "--bind-dn",
                            self.slapd.sync_dn, "--password", "sync", "--people", f"ou=People,{self.slapd.base}",
                            "--groups", f"ou=Groups,{self.slapd.base}", "--people-filter", "(objectClass=inetOrgPerson)",
                            "--groups-filter", "(objectClass=groupOfNames)", "--attributes", ",".join(ATTRIBUTES)])

    def close(self):
        self.slapd.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def first_sync(directory, rounds):
    """Rows of the first sync; leaves the synced store behind."""
    walls, cpus, limits, limit_cpus, memory = [], [], [], [], 0
    for number in range(rounds):
        if directory.rosterd:
            shutil.rmtree(directory.rosterd.folder)
        directory.fresh_rosterd()
        ours = directory.sync()
        dump, insert = directory.dump(), directory.insert()
        directory.bench.say(f"first sync of {directory.people:,}, round {number + 1}: {ours.wall:.1f} s "
                            f"(CPU {ours.cpu:.1f}), ldapsearch {dump.wall:.1f} s, SQLite {insert['seconds']:.1f} s "
                            f"for {insert['rows']:,} rows")
        walls.append(ours.wall)
        cpus.append(ours.cpu)
        limits.append(dump.wall + insert["seconds"])
        limit_cpus.append(dump.cpu + insert["cpu"])
        memory = max(memory, ours.memory)
    size = f"{directory.people:,} people"
    return [Row(f"first sync, {size}", measure.median(walls), measure.median(limits), 1.5, note="ldapsearch + bare SQLite"),
            Row(f"first sync, {size}, CPU", measure.median(cpus), measure.median(limit_cpus), 1.5,
                note="the same, user + system; steadier on a busy machine"),
            Row(f"first sync, {size}, memory", memory, MEMORY_LIMIT, 1.0, unit="MB", note="the largest, against 150 MB")]


def unchanged(directory):
    ran = directory.sync()
    for source in ran.json():
        if source["failure"] or source["changes"]:
            raise LabError("this run changed something: " + ran.out[:500])
    return ran


def unchanged_sync(directory, rounds):
    # The first run after a change, and one a day, compares everything; the others find the same reading again.
    whole = unchanged(directory)
    ours, limits, memory = [], [], 0
    for _ in range(rounds):
        limits.append(directory.read().cpu)
        ran = unchanged(directory)
        ours.append(ran.cpu)
        memory = max(memory, ran.memory)
    size = f"{directory.people:,} people"
    directory.bench.say(f"unchanged sync of {directory.people:,}: {measure.median(ours):.2f} s of CPU, once a day "
                        f"{whole.cpu:.2f} s, {whole.memory:.0f} MB")
    memory = max(memory, whole.memory)
    return [Row(f"unchanged sync, {size}, CPU", measure.median(ours), measure.median(limits), 1.5,
                note=f"a reader that only hashes; {rounds} interleaved"),
            Row(f"unchanged sync, {size}, memory", memory, MEMORY_LIMIT, 1.0, unit="MB", note="the largest, against 150 MB")]


def run(bench):
    rows, first, unchanged = [], Growth("first sync", "µs a person", {}), Growth("unchanged sync, CPU", "µs a person", {})
    for people in bench.sizes:
        directory = Directory(bench, people)
        try:
            if bench.wants("first-sync") or bench.wants("unchanged-sync"):
                found = first_sync(directory, 1 if people >= 100_000 else bench.rounds_of(3))
                first.by_size[people] = found[0].ours / people * 1e6
                rows += found if bench.wants("first-sync") else []
            if bench.wants("unchanged-sync"):
                found = unchanged_sync(directory, bench.rounds_of(7 if people < 1_000_000 else 3))
                unchanged.by_size[people] = found[0].ours / people * 1e6
                rows += found
        finally:
            directory.close()
    return rows, [g for g in (first, unchanged) if g.by_size]
