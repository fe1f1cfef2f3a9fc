"""A schema extension of the configuration: served after a reload, checked with line and column, kept when it goes."""
import os
import subprocess

import steps
from lab.daemon import Rosterd, find_binary

URN = "urn:example:params:scim:schemas:extension:staff:2.0:User"
SCHEMA = {"urn": URN, "name": "Staff"}
ATTRIBUTES = [{"schema": URN, "name": "badge", "uniqueness": "server"},
              {"schema": URN, "name": "colour", "canonical_values": ["blue", "red"]},
              {"schema": URN, "name": "desk", "type": "complex"},
              {"schema": URN, "name": "desk.room", "required": True},
              {"schema": URN, "name": "desk.floor", "type": "integer"}]


def check(tmp_path, text):
    path = os.path.join(tmp_path, "rosterd.toml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    run = subprocess.run([find_binary(), "check-config", "--config", path], capture_output=True, text=True, timeout=20)
    return run.returncode, run.stdout + run.stderr


def test_refusals_name_their_line(tmp_path):
    code, text = check(tmp_path, f"""[[schema]]
urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
[[schema]]
urn = "{URN}"
[[attribute]]
schema = "{URN}"
name = "a b"
[[attribute]]
schema = "{URN}"
name = "flag"
type = "boolean"
indexed = true
[[attribute]]
schema = "{URN}"
name = "flag.part"
[[attribute]]
schema = "urn:example:other:2.0:User"
name = "x"
""")
    assert code == 78, text
    for place in (":2:7: schema[0].urn", ":7:8: attribute[0].name", ":12:11: attribute[1].indexed",
                  ":15:8: attribute[2].name", ":17:10: attribute[3].schema"):
        assert place in text, text


def test_served_after_a_reload_and_kept_when_it_goes(tmp_path):
    rosterd = Rosterd(os.path.join(tmp_path, "r")).start()
    try:
        rosterd.new_token()
        person = rosterd.scim("POST", "/Users", {"userName": "ada", URN: {"badge": "B1"}}).json()
        assert URN not in person

        def reload(schemas, attributes):
            rosterd.config["schema"], rosterd.config["attribute"] = schemas, attributes
            rosterd.write_config()
            before = rosterd.log_text().count(" reloaded ")
            rosterd.reload()
            steps.eventually(lambda: rosterd.log_text().count(" reloaded ") > before, what="the reload")

        reload([SCHEMA], ATTRIBUTES)
        listed = rosterd.scim("GET", "/Schemas").json()["Resources"]
        (ours,) = [schema for schema in listed if schema["id"] == URN]
        assert [a["name"] for a in ours["attributes"]] == ["badge", "colour", "desk"]
        assert rosterd.scim("GET", f"/Schemas/{URN}").status == 200
        path = f"/Users/{person['id']}"
        whole = {"userName": "ada", URN: {"badge": "B1", "colour": "blue", "desk": {"room": "12", "floor": 3}}}
        assert rosterd.scim("PUT", path, whole).json()[URN] == whole[URN]
        for wrong in ({"colour": "green"}, {"desk": {"floor": 1}}, {"desk": {"room": "1", "floor": "high"}}):
            answer = rosterd.scim("PUT", path, {"userName": "ada", URN: wrong})
            assert (answer.status, answer.json()["scimType"]) == (400, "invalidValue"), wrong
        taken = rosterd.scim("POST", "/Users", {"userName": "bob", URN: {"badge": "b1"}})
        assert (taken.status, taken.json()["scimType"]) == (409, "uniqueness")
        found = rosterd.scim("GET", f"/Users?filter={URN}:badge%20eq%20%22b1%22").json()
        assert [one["userName"] for one in found["Resources"]] == ["ada"]

        reload([], [])
        assert URN not in rosterd.scim("GET", path).json()
        assert rosterd.scim("PUT", path, {"userName": "ada", "title": "T"}).status == 200
        assert rosterd.scim("GET", f"/Users?filter={URN}:badge%20eq%20%22b1%22").json()["scimType"] == "invalidFilter"
        reload([SCHEMA], ATTRIBUTES)
        assert rosterd.scim("GET", path).json()[URN] == whole[URN]
    finally:
        assert rosterd.stop() == 0
