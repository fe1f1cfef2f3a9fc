"""The application's door: the documented read-only views tell what the commands tell, and follow each change."""
import sqlite3

import pytest
import steps


def rows(lab, sql, *values):
    return steps.query(lab.rosterd, sql, *values)


def test_views_agree_with_the_commands(lab):
    users = {u["user_name"]: u for u in lab.rosterd.ok("user", "list")}
    seen = {name: (kind, bool(active), status) for name, kind, active, status in
            rows(lab, "select user_name, kind, active, status from v_users")}
    assert seen == {n: (u["kind"], u["active"], u["status"]) for n, u in users.items()}
    for name in list(users)[:40]:
        explained = steps.explain(lab.rosterd, name)
        if explained["active"]:
            assert [p for p, in rows(lab, "select project from v_access where user_name = ? order by project", name)] == \
                sorted(explained["projects"])
            assert {r for r, in rows(lab, "select role from v_roles where user_id = ?", explained["id"])} == \
                set(explained["roles"])
            assert {p for p, in rows(lab, "select permission from v_permissions where user_id = ?", explained["id"])} == \
                set(explained["permissions"])
        grants = rows(lab, "select source, rule, group_name from v_grants where user_id = ?", explained["id"])
        assert sorted(grants) == sorted((g["source"], g["rule"], g["group"]) for g in explained["grants"])


def test_a_change_is_in_views_change_feed_and_audit_at_once(lab):
    person = lab.free_person(0)
    user = steps.explain(lab.rosterd, person.uid)
    last, = rows(lab, "select coalesce(max(sequence), 0) from v_changes")[0]
    audited, = rows(lab, "select coalesce(max(sequence), 0) from v_audit")[0]
    steps.join(lab.slapd, lab.company.groups["engineering"], person.dn)
    lab.rosterd.ok("sync")
    assert rows(lab, "select project from v_access where user_name = ?", person.uid) == [("Website",)]
    assert (user["id"],) in rows(lab, "select id from v_changes where sequence > ?", last)
    assert rows(lab, "select count(*) from v_audit where sequence > ? and source = 'ldap:corp'", audited)[0][0] > 0
    lab.rosterd.ok("user", "deactivate", person.uid)
    assert rows(lab, "select 1 from v_access where user_name = ?", person.uid) == []
    assert rows(lab, "select active, status from v_users where user_name = ?", person.uid) == [(0, "Inactive")]


def test_a_reader_cannot_write(lab):
    with pytest.raises(sqlite3.OperationalError):
        rows(lab, "delete from users")
