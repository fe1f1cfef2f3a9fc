"""What an administrator sees of an identity provider: `rosterd scim log` and `rosterd scim quirks`."""
from test_scim_journey import create, patch


def test_log_and_quirks_of_a_running_daemon(lab):
    made = create(lab.rosterd, "seen.person")
    location = f"/Users/{made['id']}"
    assert patch(lab.rosterd, location, {"op": "Replace", "path": "active", "value": "False"}).status == 200
    refused = patch(lab.rosterd, location, {"op": "add", "path": "title", "value": "T"},
                    {"op": "replace", "path": 'emails[value eq "seen.person@idp.example"].primary', "value": "perhaps"})
    assert refused.status == 400 and refused.json()["detail"].startswith("Operations[1] (replace emails[value eq ")

    failed = lab.rosterd.ok("scim", "log", "--connection", "demo", "--failed")
    row = failed[-1]
    assert (row["connection"], row["method"], row["path"], row["status"]) == ("scim:demo", "PATCH", location, 400)
    assert row["detail"].startswith("Operations[1] (replace emails[…].primary)") and row["scim_type"] == "invalidValue"
    assert row["request_id"] and row["token"] and row["microseconds"] > 0
    assert len(lab.rosterd.ok("scim", "log", "--limit", "2")) == 2

    quirks = {quirk["habit"]: quirk for quirk in lab.rosterd.ok("scim", "quirks", "--connection", "demo")}
    assert quirks["capitalised-ops"]["accepted"] >= 1 and quirks["booleans-as-text"]["section"] == "RFC 7643 §2.3.2"
    assert quirks["booleans-as-text"]["setting"] == 'habits = ["-booleans-as-text"]'
    for command in ("log", "quirks"):
        shown = lab.rosterd.command("scim", command)
        assert shown.exit == 0 and "seen.person" not in shown.out + shown.err

    lab.rosterd.stop()
    alone = lab.rosterd.command("scim", "log")
    assert alone.exit == 7 and "no daemon runs" in alone.out + alone.err
    lab.rosterd.start()
