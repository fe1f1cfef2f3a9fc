"""SCIM requests over HTTP: GET by id beside a constant, POST beside its bare statements, and growth (bars 26 and 27)."""
import contextlib
import os
import shutil
import subprocess

import measure
from lab import daemon as lab_daemon, processes
from lab.processes import LabError
from table import Growth, Row

MEMORY_LIMIT = 150
POST_BODY = ('{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":"ext-{n}","active":true,'
             '"userName":"user{n}","displayName":"Person {n} Benchmark","name":{"givenName":"Person {n}",'
             '"familyName":"Benchmark"},"emails":[{"value":"user{n}@example.org","type":"work","primary":true}],'
             '"phoneNumbers":[{"value":"+49 30 {n}","type":"work"}],"title":"Engineer","preferredLanguage":"en",'
             '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"{n}",'
             '"department":"Department 7"}}')
PATCH_HEAD = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['


class Served:
    """A populated store and a daemon on it."""

    def __init__(self, bench, people, name=""):
        self.bench = bench
        self.people = people
        self.folder = bench.folder(f"served{name}-{people}")
        self.rosterd = lab_daemon.Rosterd(self.folder, bench.program("rosterd"))
        self.rosterd.config["scim"] = [{"name": "bench", "max_removals": 1_000_000}]
        self.rosterd.config["log"] = {"level": "warning"}
        self.facts = measure.run([bench.program("bench_populate"), "--store", self.rosterd.store, "--people", people,
                                  "--groups", 10]).json()
        self.ids = os.path.join(self.folder, "ids")

    def start(self):
        self.rosterd.start()
        # The first use of a token is noted in the store; from then on an hour long nothing is written for it.
        self.client(1, path="/scim/v2/ServiceProviderConfig")
        self.wait_for_rest()
        return self

    def wait_for_rest(self):
        """The first start on a populated store looks at everybody once, because the access rules are new to it."""
        last = [-1.0]

        def rests():
            now = measure.cpu_of(self.rosterd.process.pid)
            used, last[0] = now - last[0], now
            return used < 0.01
        if not processes.wait_until(rests, 300, interval=0.5):
            raise LabError(f"the daemon with {self.people:,} people does not come to rest")

    def write_ids(self, count=10_000):
        """The ids of people spread over all of them."""
        import sqlite3
        db = sqlite3.connect(f"file:{self.rosterd.database}?mode=ro", uri=True)
        step = max(1, self.people // count)
        with open(self.ids, "w", encoding="ascii") as f:
            f.writelines(f"{row[0]}\n" for row in db.execute("SELECT id FROM users WHERE key % ? = 0 LIMIT ?", (step, count)))
        db.close()

    def client(self, requests, **options):
        options = {"port": self.rosterd.port, "token": self.facts["token"], "requests": requests, **options}
        return client(self.bench, options)

    def cost(self, requests, **options):
        """(answers, microseconds on a processor for each)"""
        before = measure.cpu_of(self.rosterd.process.pid)
        answers = self.client(requests, **options)
        return answers, (measure.cpu_of(self.rosterd.process.pid) - before) / requests * 1e6

    def close(self):
        self.rosterd.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def client(bench, options):
    argv = [bench.program("bench_client")]
    for name, value in options.items():
        argv += [f"--{name.replace('_', '-')}", value]
    ran = measure.run(argv)
    answers = {**ran.json(), "cpu": ran.cpu}
    if answers["wrong"]:
        raise LabError(f"{answers['wrong']} unexpected answers to {options.get('method', 'GET')} {options['path']}")
    return answers


@contextlib.contextmanager
def constant(bench, size):
    """A constant of `size` bytes through the same door; yields its port, token and process."""
    folder = bench.folder("constant")
    store = os.path.join(folder, "store")
    os.makedirs(store, mode=0o700)
    token = measure.run([bench.program("bench_populate"), "--store", store, "--people", 1, "--groups", 0]).json()["token"]
    process = subprocess.Popen([bench.program("bench_constant"), "--store", store, "--bytes", str(size)],
                               stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline()), token, process.pid
    finally:
        processes.stop(process.pid, process=process)
        shutil.rmtree(folder)


def get_by_id(bench, served):
    path, requests = "/scim/v2/Users/{id}", bench.requests(4000)
    served.write_ids()
    size = served.client(200, path=path, ids=served.ids)["bytes"]
    rates, limits, cpu, limit_cpu = [], [], [], []
    with constant(bench, size) as (port, token, pid):
        for number in range(bench.rounds_of(7) + 1):
            before = measure.cpu_of(pid)
            limit = client(bench, {"port": port, "token": token, "requests": requests, "connections": 8, "path": "/scim/v2/Users/x"})
            limit_spent = (measure.cpu_of(pid) - before) / requests * 1e6
            ours, spent = served.cost(requests, connections=8, path=path, ids=served.ids)
            if number == 0:
                continue  # both warm
            rates.append(ours["per_second"])
            limits.append(limit["per_second"])
            cpu.append(spent)
            limit_cpu.append(limit_spent)
    note = (f"a constant of {size} bytes through the same door; CPU of the server {measure.median(cpu):.0f} µs beside "
            f"{measure.median(limit_cpu):.0f} µs")
    return [Row(f"GET /Users/ID, {served.people:,} people", measure.median(rates), measure.median(limits), 0.8,
                at_least=True, unit="/s", note=note)]


def page(bench, served):
    """A page of 100 beside bare SQLite reading the same rows and a constant of as many bytes through the same door."""
    path, pages = "/scim/v2/Users?cursor={cursor}&count=100", max(1, min(served.people // 100, 40))
    requests = max(pages, bench.requests(400) // pages * pages)
    size = served.client(pages, path=path, pages=pages)["bytes"]
    ours, limits = [], []
    with constant(bench, size) as (port, token, pid):
        for number in range(bench.rounds_of(5) + 1):
            before = measure.cpu_of(pid)
            client(bench, {"port": port, "token": token, "requests": requests, "path": "/scim/v2/Users/x"})
            sent = (measure.cpu_of(pid) - before) / requests
            read = measure.run([bench.program("bench_limit_page"), "--database", served.rosterd.database,
                                "--pages", pages]).json()["cpu"]
            spent = served.cost(requests, path=path, pages=pages)[1]
            if number:  # the first round warms
                ours.append(spent)
                limits.append((sent + read) * 1e6)
    return [Row(f"page of 100, {served.people:,} people, CPU", measure.median(ours), measure.median(limits), 3.0, unit="µs",
                note=f"{size:,} bytes; bare SQLite reading its rows, and a constant of that size through the same door")]


def commits(served):
    for line in served.rosterd.get("/metrics").body.decode().splitlines():
        if line.startswith("rosterd_store_commits_total"):
            return float(line.split()[-1])
    raise LabError("no rosterd_store_commits_total")


def post(bench, people):
    """32 clients that create people, beside the statements of the same requests in commits of 32."""
    requests = bench.requests(6400)
    rates, limits, spent, limit_spent, clients, acknowledged, made = [], [], [], [], [], 0, 0
    for number in range(bench.rounds_of(3)):
        served = Served(bench, people, "-post")
        try:
            copy = bench.folder("replay")
            for name in ("record", "replay"):
                shutil.copytree(served.rosterd.store, os.path.join(copy, name))
            recorded = os.path.join(copy, "statements")
            measure.run([bench.program("bench_record"), "--store", os.path.join(copy, "record"), "--first", people,
                         "--requests", requests, "--out", recorded])
            limit = measure.run([bench.program("bench_limit_replay"), "--database", os.path.join(copy, "replay", "rosterd.db"),
                                 "--statements", recorded]).json()
            served.start()
            before = commits(served)
            ours, cpu = served.cost(requests, connections=32, method="POST", path="/scim/v2/Users", body=POST_BODY,
                                    expect="201", first=people)
            made += commits(served) - before
            acknowledged += requests
            rates.append(ours["per_second"])
            limits.append(limit["per_second"])
            spent.append(cpu)
            limit_spent.append(limit["cpu"] / limit["units"] * 1e6)
            clients.append(ours["cpu"] / requests * 1e6)
            bench.say(f"POST, round {number + 1}: {rates[-1]:.0f}/s, CPU of each {cpu:.0f} µs and {clients[-1]:.0f} µs of the "
                      f"clients; limit {limits[-1]:.0f}/s, {limit_spent[-1]:.0f} µs, "
                      f"{limit['statements'] / limit['units']:.0f} statements each")
            shutil.rmtree(copy)
        finally:
            served.close()
    return [Row("POST /Users, 32 clients", measure.median(rates), measure.median(limits), 0.6, at_least=True, unit="/s",
                note="the same statements by a C program in commits of 32"),
            Row("the same, CPU for each", measure.median(spent), measure.median(limit_spent), 1 / 0.6, unit="µs",
                note=f"with HTTP and JSON; {measure.median(clients):.0f} µs more are the clients'"),
            Row("commits for each acknowledged POST", made / acknowledged, 1.0, 1.0, unit="", note="each is one fsync")]


def bulk(bench, people):
    """Creations in one Bulk request, beside the statements of as many POSTs in commits of as many as its units had."""
    count = bench.requests(1000)
    rates, limits, spent, limit_spent, used = [], [], [], [], []
    for number in range(bench.rounds_of(5)):
        served = Served(bench, people, "-bulk")
        try:
            copy = bench.folder("replay")
            for name in ("record", "replay"):
                shutil.copytree(served.rosterd.store, os.path.join(copy, name))
            recorded, body = os.path.join(copy, "statements"), os.path.join(copy, "body")
            measure.run([bench.program("bench_record"), "--store", os.path.join(copy, "record"), "--first", people,
                         "--requests", count, "--out", recorded])
            one = '{"method":"POST","path":"/Users","bulkId":"b{n}","data":' + POST_BODY + "}"
            with open(body, "w", encoding="ascii") as f:
                f.write('{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[' +
                        ",".join(one.replace("{n}", f"{n:07}") for n in range(people, people + count)) + "]}")
            served.start()
            before = commits(served)
            ours, cpu = served.cost(1, method="POST", path="/scim/v2/Bulk", body_file=body)
            used.append(commits(served) - before)
            check_created(served, people + count)
            limit = measure.run([bench.program("bench_limit_replay"), "--database", os.path.join(copy, "replay", "rosterd.db"),
                                 "--statements", recorded, "--per-commit", max(1, round(count / used[-1]))]).json()
            rates.append(count / ours["seconds"])
            limits.append(limit["per_second"])
            spent.append(cpu / count)
            limit_spent.append(limit["cpu"] / limit["units"] * 1e6)
            bench.say(f"Bulk, round {number + 1}: {rates[-1]:.0f}/s in {used[-1]:.0f} commits, CPU of each {spent[-1]:.0f} µs; "
                      f"limit {limits[-1]:.0f}/s, {limit_spent[-1]:.0f} µs")
            shutil.rmtree(copy)
        finally:
            served.close()
    return [Row(f"Bulk of {count:,} creations", measure.median(rates), measure.median(limits), 0.6, at_least=True, unit="/s",
                note="the same statements by a C program in commits of as many"),
            Row("the same, CPU for each creation", measure.median(spent), measure.median(limit_spent), 1 / 0.6, unit="µs",
                note="with HTTP and JSON"),
            Row("commits for each creation of a Bulk", measure.median(used) / count, 1.0, 1.0, unit="", note="each is one fsync")]


def check_created(served, expected):
    headers = {"Authorization": "Bearer " + served.facts["token"]}
    found = served.rosterd.request("GET", "/scim/v2/Users?count=0", headers=headers).json()["totalResults"]
    if found != expected:
        raise LabError(f"{found} people instead of {expected} after a Bulk request")


def cases(bench, served):
    """What must not grow: (name, requests, options of the client)."""
    users, groups = "/scim/v2/Users", "/scim/v2/Groups/"
    def find(name, text):
        path = f"{users}?filter={text}&attributes=userName".replace(" ", "%20").replace('"', "%22")
        return name, 200, dict(path=path, modulo=served.people)
    add = PATCH_HEAD + '{"op":"add","path":"members","value":[{"value":"{id}"}]}]}'
    remove = PATCH_HEAD + '{"op":"remove","path":"members[value eq \\"{id}\\"]"}]}'
    title = PATCH_HEAD + '{"op":"replace","path":"title","value":"%s"}]}'
    pages = max(1, min(served.people // 100, 40))
    found = [("GET /Users/ID", 400, dict(path=users + "/{id}", ids=served.ids)),
             find("filter userName eq", 'userName eq "user{n}"'),
             find("filter externalId eq", 'externalId eq "ext-{n}"'),
             find("filter emails.value eq", 'emails.value eq "user{n}@example.org"'),
             ("page of 100, walked from the start", pages, dict(path=users + "?startIndex={page}&count=100", pages=pages)),
             ("page of 100, walked by cursor", pages, dict(path=users + "?cursor={cursor}&count=100", pages=pages)),
             ("PATCH of one attribute", 200, dict(method="PATCH", path=users + "/{id}", ids=served.one_id,
                                                  body=title % "Engineer", other_body=title % "Lead engineer"))]
    one = served.one_id
    for name, key in (("group of 10", "small_group"), ("large group", "large_group")):
        found.append((f"add or remove a member, {name}", 100,
                      dict(method="PATCH", path=groups + served.facts[key], expect="204", ids=one, body=add, other_body=remove)))
    return found


def growth(bench, serveds):
    """All sizes serve at the same time, batches alternate; the median over the rounds."""
    spent, latency, names = {}, {}, []
    for served in serveds:
        served.write_ids()
        served.one_id = os.path.join(served.folder, "one-id")
        with open(served.ids, encoding="ascii") as ids, open(served.one_id, "w", encoding="ascii") as one:
            one.write(ids.readlines()[-1])
        served.cases = cases(bench, served)
    for number in range(bench.rounds_of(7) + 1):
        for index, (name, _, _) in enumerate(serveds[0].cases):
            for served in serveds:
                _, requests, options = served.cases[index]
                answers, cpu = served.cost(max(2, requests), **options)
                if number:  # the first round warms
                    spent.setdefault((name, served.people), []).append(cpu)
                    latency.setdefault((name, served.people), []).append(answers["p50_us"])
            if name not in names:
                names.append(name)
    sizes = [s.people for s in serveds]
    by = lambda table, name: {size: measure.median(table[name, size]) for size in sizes}
    tables = [Growth(name, "µs CPU", by(spent, name), 1.3) for name in names]
    return tables + [Growth(name + ", seen by the client", "µs", by(latency, name)) for name in names]


def by_group_size(growths):
    """A change of one member in the large group beside one in the group of 10, at the largest size."""
    found = {g.what: g for g in growths}
    small, large = found["add or remove a member, group of 10"], found["add or remove a member, large group"]
    size = max(small.by_size)
    return [Row(f"a member of a group of {min(size, 100_000):,}", large.by_size[size], small.by_size[size], 1.3, unit="µs CPU",
                note="beside a group of 10")]


def memory(serveds):
    now, largest = {}, {}
    for served in serveds:
        now[served.people], largest[served.people] = measure.memory_of(served.rosterd.process.pid)
    rows = [Row(f"serving, {people:,} people, memory", value, MEMORY_LIMIT, 1.0, unit="MB", note="the largest, against 150 MB")
            for people, value in largest.items()]
    return rows, [Growth("memory after all of it", "MB", now)]


def run(bench):
    rows, growths, serveds = [], [], []
    try:
        if any(bench.wants(name) for name in ("get", "page", "growth", "memory")):
            for people in bench.sizes:
                served = Served(bench, people).start()
                serveds.append(served)
                idle = measure.memory_of(served.rosterd.process.pid)[1]
                bench.say(f"{people:,} people: daemon idle at {idle:.0f} MB")
        if bench.wants("get"):
            for served in serveds:
                rows += get_by_id(bench, served)
        if bench.wants("page"):
            for served in serveds:
                rows += page(bench, served)
        if bench.wants("growth"):
            growths += growth(bench, serveds)
            rows += by_group_size(growths)
        if serveds:
            more_rows, more = memory(serveds)
            rows += more_rows
            growths += more
        if bench.wants("post"):
            rows += post(bench, bench.sizes[0])
        if bench.wants("bulk"):
            rows += bulk(bench, bench.sizes[0])
    finally:
        for served in serveds:
            served.close()
    return rows, growths
