"""An identity provider's journey over SCIM 2.0."""
import pytest
import steps

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def user(name, **more):
    return {"schemas": [USER], "userName": name, "externalId": "ext-" + name,
            "name": {"givenName": "Zoë", "familyName": name}, "emails": [{"value": f"{name}@idp.example", "type": "work"}],
            **more}


def create(rosterd, name, **more):
    answer = rosterd.scim("POST", "/Users", user(name, **more))
    assert answer.status == 201, answer.body
    return answer.json()


def patch(rosterd, path, *operations):
    return rosterd.scim("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})


def find(rosterd, filter_text, kind="Users"):
    from urllib.parse import quote
    answer = rosterd.scim("GET", f"/{kind}?filter={quote(filter_text)}")
    assert answer.status == 200, answer.body
    return answer.json()


def test_create_find_patch_deactivate(lab):
    made = create(lab.rosterd, "ada")
    location = f"/Users/{made['id']}"
    assert made["active"] is True and made["meta"]["resourceType"] == "User"
    assert made["meta"]["location"] == f"{lab.rosterd.scim_url}/Users/{made['id']}"
    for text in ('userName eq "ADA"', 'externalId eq "ext-ada"', 'emails[type eq "work"].value eq "ada@idp.example"',
                 'userName sw "ad" and not (active eq false)'):
        found = find(lab.rosterd, text)
        assert [r["id"] for r in found["Resources"]] == [made["id"]], text
    assert find(lab.rosterd, 'userName eq "nobody"') | {"schemas": 0} == {
        "schemas": 0, "totalResults": 0, "Resources": [], "startIndex": 1, "itemsPerPage": 0}

    answer = patch(lab.rosterd, location, {"op": "Replace", "path": "name.familyName", "value": "Byron"})
    assert answer.status == 200 and answer.json()["name"]["familyName"] == "Byron"
    answer = patch(lab.rosterd, location, {"op": "Replace", "path": "active", "value": "False"})
    assert answer.status == 200 and answer.json()["active"] is False
    explained = steps.explain(lab.rosterd, "ada")
    assert not explained["active"] and explained["blocks"][0]["source"] == "scim:demo"
    answer = patch(lab.rosterd, location, {"op": "replace", "value": {"active": True}})
    assert answer.json()["active"] is True and steps.explain(lab.rosterd, "ada")["active"]


def test_put_and_etag(lab):
    made = create(lab.rosterd, "etag")
    location, version = f"/Users/{made['id']}", made["meta"]["version"]
    body = user("etag", title="Countess")
    answer = lab.rosterd.scim("PUT", location, body, {"If-Match": version})
    assert answer.status == 200 and answer.json()["title"] == "Countess"
    assert answer.headers["etag"] == answer.json()["meta"]["version"] != version
    stale = lab.rosterd.scim("PUT", location, body, {"If-Match": version})
    assert stale.status == 412 and stale.json()["status"] == "412"
    fresh = answer.headers["etag"]
    assert lab.rosterd.scim("GET", location, headers={"If-None-Match": fresh}).status == 304


def test_a_pushed_group_gives_its_role_and_takes_it_back(lab):
    made = create(lab.rosterd, "painter")
    answer = lab.rosterd.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "designers",
                                                  "members": [{"value": made["id"]}]})
    assert answer.status == 201, answer.body
    explained = steps.explain(lab.rosterd, "painter")
    assert explained["roles"] == ["Designer"] and explained["projects"] == ["Brand"]
    assert explained["grants"][0]["source"] == "scim:demo" and explained["grants"][0]["group"] == "designers"
    steps.eventually(lambda: len(lab.smtp.messages("painter@idp.example")) == 1, what="one invitation")
    group = f"/Groups/{answer.json()['id']}"
    second = create(lab.rosterd, "sculptor")
    assert patch(lab.rosterd, group, {"op": "Add", "path": "members", "value": [{"value": second["id"]}]}).status in (200, 204)
    assert steps.explain(lab.rosterd, "sculptor")["roles"] == ["Designer"]
    # Entra's way: a value with the path; only that member goes.
    removed = patch(lab.rosterd, group, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": made["id"]}]})
    assert removed.status in (200, 204)
    assert steps.explain(lab.rosterd, "painter")["roles"] == []
    assert steps.explain(lab.rosterd, "sculptor")["roles"] == ["Designer"]
    assert lab.rosterd.scim("DELETE", group).status == 204
    assert steps.explain(lab.rosterd, "sculptor")["roles"] == []
    assert lab.rosterd.scim("GET", group).status == 404


def test_delete_hides_and_a_return_restores_in_place(lab):
    made = create(lab.rosterd, "boomerang")
    assert lab.rosterd.scim("DELETE", f"/Users/{made['id']}").status == 204
    assert lab.rosterd.scim("GET", f"/Users/{made['id']}").status == 404
    assert find(lab.rosterd, 'userName eq "boomerang"')["totalResults"] == 0
    again = create(lab.rosterd, "boomerang")
    assert again["id"] == made["id"] and again["active"] is True


def test_paging_counts_everybody_once(lab):
    for i in range(7):
        create(lab.rosterd, f"page-{i}")
    seen, start = [], 1
    while True:
        page = lab.rosterd.scim("GET", f"/Users?startIndex={start}&count=3&filter=userName%20sw%20%22page-%22").json()
        assert page["totalResults"] == 7 and page["startIndex"] == start
        if not page["Resources"]:
            break
        seen += [r["userName"] for r in page["Resources"]]
        start += page["itemsPerPage"]
    assert sorted(seen) == [f"page-{i}" for i in range(7)]


@pytest.mark.parametrize("method, path, body, status, scim_type", [
    ("POST", "/Users", {"schemas": [USER]}, 400, "invalidValue"),
    ("POST", "/Users", {"schemas": [USER], "userName": "twice"}, 409, "uniqueness"),
    ("GET", "/Users?filter=userName%20eq", None, 400, "invalidFilter"),
    ("GET", "/Users/no-such-id", None, 404, None),
    ("GET", "/Nothing", None, 404, None),
])
def test_errors_in_the_protocols_own_form(lab, method, path, body, status, scim_type):
    if scim_type == "uniqueness":
        lab.rosterd.scim("POST", "/Users", {"schemas": [USER], "userName": "twice"})
    answer = lab.rosterd.scim(method, path, body)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"].startswith("application/scim+json")
    error = answer.json()
    assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"] and error["status"] == str(status)
    assert error.get("scimType") == scim_type and error["detail"]


def test_a_broken_body_and_a_deep_one_are_refused(lab):
    headers = {"Authorization": f"Bearer {lab.rosterd.token}", "Content-Type": "application/scim+json"}
    for body in ("{", "[" * 200000, '"text"', "\ud800".encode("utf-8", "surrogatepass")):
        answer = lab.rosterd.request("POST", "/scim/v2/Users", body, headers)
        assert answer.status == 400 and answer.json()["scimType"] == "invalidSyntax", (body[:20], answer.body)


def test_tokens(lab):
    rosterd = lab.rosterd
    assert rosterd.request("GET", "/scim/v2/Users").status == 401
    assert rosterd.get("/scim/v2/Users", headers={"Authorization": "Bearer nonsense"}).status == 401
    second = rosterd.ok("token", "create", "--name", "next-year", "--source", "scim:demo")["token"]
    for token in (rosterd.token, second):  # two alive at once
        assert rosterd.get("/scim/v2/Users?count=1", headers={"Authorization": f"Bearer {token}"}).status == 200
    rosterd.ok("token", "revoke", "next-year")
    assert rosterd.get("/scim/v2/Users?count=1", headers={"Authorization": f"Bearer {second}"}).status == 401
    listed = rosterd.command("token", "list", "--json").out
    assert second not in listed and rosterd.token not in listed
    with open(rosterd.database, "rb") as f:
        assert rosterd.token.encode() not in f.read()


def test_discovery(lab):
    config = lab.rosterd.scim("GET", "/ServiceProviderConfig").json()
    assert config["patch"]["supported"] and config["filter"]["supported"] and config["etag"]["supported"]
    types = lab.rosterd.scim("GET", "/ResourceTypes").json()
    assert {r["name"] for r in types["Resources"]} == {"User", "Group"}
    schemas = {r["id"] for r in lab.rosterd.scim("GET", "/Schemas").json()["Resources"]}
    assert {USER, GROUP, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"} <= schemas
    for schema in schemas:
        assert lab.rosterd.scim("GET", f"/Schemas/{schema}").json()["id"] == schema


def test_a_connection_sees_only_its_own_people(lab):
    person = lab.company.people[0]
    assert find(lab.rosterd, f'userName eq "{person.uid}"')["totalResults"] == 0
    taken = lab.rosterd.scim("POST", "/Users", user(person.uid))
    assert taken.status == 409 and taken.json()["scimType"] == "uniqueness"
    assert steps.explain(lab.rosterd, person.uid)["claims"][0]["source"] == "ldap:corp"
