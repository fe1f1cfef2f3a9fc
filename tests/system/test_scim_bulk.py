"""POST /Bulk of the real binary: many operations in few commits, others between them, and a kill in the middle."""
import os
import signal
import sqlite3
import threading

import steps

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def creation(name):
    return {"method": "POST", "path": "/Users", "bulkId": name,
            "data": {"schemas": [USER], "userName": name, "externalId": name, "name": {"familyName": name},
                     "emails": [{"value": f"{name}@bulk.example", "type": "work"}]}}


def group_of(name, members):
    return {"method": "POST", "path": "/Groups", "bulkId": name,
            "data": {"schemas": [GROUP], "displayName": name, "members": [{"value": "bulkId:" + m} for m in members]}}


def bulk(rosterd, operations, **more):
    return rosterd.scim("POST", "/Bulk", {"schemas": [BULK], "Operations": operations, **more})


def commits(rosterd):
    lines = rosterd.get("/metrics").body.decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith("rosterd_store_commits_total"))


def test_a_thousand_creations_and_their_group(make_lab):
    rosterd = make_lab().rosterd
    names = [f"bulk{n}" for n in range(1000)]
    before = commits(rosterd)
    answer = bulk(rosterd, [group_of("everybody", names)] + [creation(name) for name in names])
    assert answer.status == 200, answer.body[:500]
    assert {o["status"] for o in answer.json()["Operations"]} == {"201"}
    assert commits(rosterd) - before < 300
    group = rosterd.scim("GET", answer.json()["Operations"][0]["location"].removeprefix(rosterd.scim_url))
    assert len(group.json()["members"]) == 1000
    again = bulk(rosterd, [creation(name) for name in names], failOnErrors=3)
    assert [o["status"] for o in again.json()["Operations"]] == ["409"] * 3


def test_limits_are_those_that_are_announced(make_lab):
    rosterd = make_lab(config={"http": {"max_body": "300KiB"}}).rosterd
    limits = rosterd.scim("GET", "/ServiceProviderConfig").json()["bulk"]
    assert limits == {"supported": True, "maxOperations": 4000, "maxPayloadSize": 300 * 1024}
    nothing = {"method": "DELETE", "path": "/Users/x"}
    assert bulk(rosterd, [nothing] * 4000).status == 200
    too_many = bulk(rosterd, [nothing] * 4001)
    assert too_many.status == 413 and "maxOperations (4000)" in too_many.json()["detail"]
    log = rosterd.log_text()
    assert "POST /Bulk operation 1 DELETE 404" in log, "what was refused is in the log"


def test_a_kill_in_the_middle_leaves_no_half_operation(make_lab):
    rosterd = make_lab().rosterd
    done = 0
    for round_number in range(3):
        names = [f"k{round_number}-{n}" for n in range(3000)]
        operations = []
        for first, second in zip(names[::2], names[1::2]):
            operations += [creation(first), creation(second), group_of("a-" + first, [first, second, "b-" + first]),
                           group_of("b-" + first, [second, "a-" + first])]
        answers = []

        def send():
            try:
                answers.append(bulk(rosterd, operations[:4000]).status)
            except Exception as error:  # the server is gone
                answers.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        steps.eventually(lambda: users_of(rosterd, f"k{round_number}-") > 100 * (round_number + 1) or answers, what="some are made")
        os.kill(rosterd.process.pid, signal.SIGKILL)
        rosterd.process.wait()
        sender.join()
        rosterd.start()
        done += whole_operations(rosterd, f"k{round_number}-")
    assert done > 0
    assert rosterd.command("audit", "verify").exit == 0


def connect(rosterd):
    return sqlite3.connect(f"file:{rosterd.database}?mode=ro", uri=True, timeout=20)


def users_of(rosterd, prefix):
    db = connect(rosterd)
    try:
        return db.execute("select count(*) from users where user_name like ?", (prefix + "%",)).fetchone()[0]
    finally:
        db.close()


def whole_operations(rosterd, prefix):
    """Every user has claim and audit row; the groups of a circle are both there, with all their members, or neither is."""
    db = connect(rosterd)
    users = {name: key for key, name in db.execute("select key, user_name from users where user_name like ?", (prefix + "%",))}
    assert db.execute("select count(*) from claims where user_key in (select key from users where user_name like ?)",
                      (prefix + "%",)).fetchone()[0] == len(users)
    assert db.execute("select count(*) from audit where action = 'user.create' and target in "
                      "(select id from users where user_name like ?)", (prefix + "%",)).fetchone()[0] == len(users)
    groups = {name: key for key, name in db.execute("select key, display_name from groups where display_name like ?",
                                                    ("%-" + prefix + "%",))}
    sizes = dict(db.execute("select group_key, count(*) from memberships group by group_key"))
    db.close()
    for name, key in groups.items():
        other = ("b" if name[0] == "a" else "a") + name[1:]
        assert other in groups, f"{name} is there without {other}"
        assert sizes.get(key) == (3 if name[0] == "a" else 2), name
    return len(users) + len(groups)
