"""What an identity provider discovers and assigns, members that are not there yet, and the methods of HTTP."""
import http.client
from urllib.parse import quote

import pytest
import steps
from test_scim_journey import GROUP, create, patch

PASSWORD = "a long enough passphrase 7"


@pytest.fixture(scope="module")
def lab():
    from lab.sample import Sample
    with Sample(config={"scim": [{"name": "demo", "assign_roles": True, "unknown_members": "remember"}]}) as sample:
        yield sample


def listed(rosterd, path):
    answer = rosterd.scim("GET", path)
    assert answer.status == 200, answer.body
    return answer.json()["Resources"]


def by_value(rosterd, path, value):
    (one,) = listed(rosterd, f"{path}?filter={quote(f'value eq {chr(34)}{value}{chr(34)}')}")
    return one


def test_discover_assign_explain_unassign(lab):
    rosterd = lab.rosterd
    types = {t["name"]: t for t in listed(rosterd, "/ResourceTypes")}
    assert set(types) == {"User", "Group", "Role", "Entitlement", "Project"}
    schemas = {s["id"] for s in listed(rosterd, "/Schemas")}
    for name in ("Role", "Entitlement", "Project"):
        assert types[name]["schema"] in schemas
        assert all(r["schemas"] == [types[name]["schema"]] for r in listed(rosterd, types[name]["endpoint"]))
    role, project = by_value(rosterd, "/Roles", "Designer"), by_value(rosterd, "/Projects", "Website")
    assert role["supported"] and not by_value(rosterd, "/Roles", "Admin")["supported"]

    made = create(rosterd, "assignee", roles=[{"value": role["id"], "display": role["displayName"]}])
    location = f"/Users/{made['id']}"
    answer = patch(rosterd, location, {"op": "add", "path": "entitlements",
                                       "value": [{"value": project["id"], "type": "Project"}]})
    assert answer.status == 200, answer.body
    explained = steps.explain(rosterd, "assignee")
    assert explained["roles"] == ["Designer"] and explained["projects"] == ["Website"]
    assert {(g["source"], g["reason"]) for g in explained["grants"]} == {("scim:demo", "assigned")}
    assert "assigned by scim:demo" in rosterd.command("explain", "assignee").out
    steps.eventually(lambda: len(lab.smtp.messages("assignee@idp.example")) == 1, what="one invitation")

    answer = patch(rosterd, location, {"op": "remove", "path": f'entitlements[value eq "{project["id"]}"]'},
                   {"op": "replace", "path": "roles", "value": []})
    assert answer.status == 200, answer.body
    explained = steps.explain(rosterd, "assignee")
    assert explained["roles"] == [] and explained["projects"] == [] and explained["grants"] == []
    actions = [row["action"] for row in rosterd.ok("audit", "list", "--limit", "1000") if row["target"] == made["id"]]
    assert actions.count("grant.add") == actions.count("grant.remove") == 2


def test_privileged_and_unknown_roles_give_nothing(lab):
    made = create(lab.rosterd, "climber", roles=[{"value": "Admin"}, {"value": "Wizard"}])
    assert [r["value"] for r in made["roles"]] == ["Admin", "Wizard"]
    assert steps.explain(lab.rosterd, "climber")["roles"] == []
    assert "privileged role that this connection may not give" in lab.rosterd.log_text()


def test_a_member_is_remembered_until_the_person_comes(lab):
    answer = lab.rosterd.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "designers",
                                                  "members": [{"value": "ext-latecomer"}]})
    assert answer.status == 201 and answer.json().get("members", []) == []
    assert "1 members of its groups are not there yet" in lab.rosterd.command("doctor").out
    nobody = lab.rosterd.command("explain", "ext-latecomer")
    assert nobody.exit != 0 and "designers" in nobody.err
    create(lab.rosterd, "latecomer")
    explained = steps.explain(lab.rosterd, "latecomer")
    assert explained["roles"] == ["Designer"] and explained["remembered"] == []
    assert "not there yet" not in lab.rosterd.command("doctor").out


def test_methods_and_media_types_over_http(lab):
    rosterd = lab.rosterd
    head = rosterd.scim("HEAD", "/Users")
    assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 0
    for path in ("/Users", "/Roles", "/Schemas", "/"):
        options = rosterd.scim("OPTIONS", path)
        assert options.status == 204 and "GET, HEAD" in options.headers["allow"], path
        refused = rosterd.scim("DELETE", path)
        assert refused.status == 405 and refused.headers["allow"] == options.headers["allow"]
    assert rosterd.scim("GET", "/Users", headers={"Accept": "application/xml"}).status == 406
    assert rosterd.scim("GET", "//Users/?&", headers={"Accept": "text/html, */*;q=0.1"}).status == 200
    assert rosterd.request("POST", "/scim/v2/Users/.search", "{}", {
        "Authorization": f"Bearer {rosterd.token}", "Content-Type": "text/csv"}).status == 415
    assert rosterd.scim("GET", "/Me").status == 501

    for method in ("GET", "HEAD", "OPTIONS"):  # without a token
        assert rosterd.request(method, "/scim/v2/ResourceTypes").status in (200, 204)
        assert rosterd.request(method, "/scim/v2/Users").status == 401
    outside = rosterd.request("PUT", "/healthz")
    assert outside.status == 405 and outside.headers["allow"] == "GET, HEAD, OPTIONS"
    connection = http.client.HTTPConnection("127.0.0.1", rosterd.port, timeout=30)
    connection.putrequest("OPTIONS", "*")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 204 and "PATCH" in answer.getheader("Allow")
    connection.close()


def test_me_is_the_person_of_the_session(lab):
    made = create(lab.rosterd, "myself", roles=[{"value": "Designer"}])
    mail = steps.eventually(lambda: lab.smtp.messages("myself@idp.example"), what="the invitation")[0]
    assert steps.accept(lab.rosterd, steps.link_of(mail), PASSWORD).status == 200
    session = steps.sign_in(lab.rosterd, "myself", PASSWORD).json()["session"]
    bearer = {"Authorization": f"Bearer {session}"}
    me = lab.rosterd.request("GET", "/scim/v2/Me", headers=bearer)
    assert me.status == 200 and me.json()["id"] == made["id"]
    assert me.headers["content-location"] == made["meta"]["location"]
    access = me.json()["urn:rosterd:params:scim:schemas:extension:access:2.0:User"]
    assert access["roles"] == ["Designer"] and access["status"] == "Participating"
    assert lab.rosterd.request("GET", "/scim/v2/Users", headers=bearer).status == 403
    assert lab.rosterd.request("DELETE", "/scim/v2/Me", headers=bearer).status == 405


def test_switched_off_it_gives_nothing(lab):
    create(lab.rosterd, "temporary", roles=[{"value": "Designer"}])
    assert steps.explain(lab.rosterd, "temporary")["roles"] == ["Designer"]
    lab.rosterd.config["scim"][0]["assign_roles"] = False
    lab.rosterd.write_config()
    lab.rosterd.reload()
    steps.eventually(lambda: steps.explain(lab.rosterd, "temporary")["roles"] == [], what="the role to end")
    assert {t["name"] for t in listed(lab.rosterd, "/ResourceTypes")} == {"User", "Group"}
