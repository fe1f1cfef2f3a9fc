"""Requests and configurations that are small to send and meant to be large to read. Shared by the system test and the
benchmark."""
import json
from dataclasses import dataclass
from urllib.parse import quote

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SCIM = "/scim/v2"
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Bomb:
    name: str
    method: str
    path: str
    body: bytes
    statuses: tuple
    in_time: bool = True  # bars.md's 100 ms: whatever is refused. Legal work of that size may take longer


def _user(member):
    return ('{"schemas":["%s"],"userName":"bomb",%s}' % (USER, member)).encode()


def _members(prefix="m", count=50_000):
    return ",".join('"%s%d":%d' % (prefix, i, i) for i in range(count))


def _patch(operations):
    return json.dumps({"schemas": [PATCH], "Operations": operations}).encode()


def _bulk(operations):
    return json.dumps({"schemas": [BULK], "Operations": operations}).encode()


def _search(text):
    return json.dumps({"schemas": [SEARCH], "filter": text}).encode()


def _json_bombs():
    bodies = {
        "200,000 [": b"[" * 200_000,
        "200,000 [ and as many ]": b"[" * 200_000 + b"]" * 200_000,
        '200,000 {"a":': b'{"a":' * 200_000,
        "100,000 [{": b'[{"a":' * 100_000,
        "a string of 1 MB": _user('"title":"%s"' % ("x" * MEGABYTE)),
        "a string of 1 MB in escapes": _user('"title":"%s"' % ("\\u0061" * (MEGABYTE // 6))),
        "a string that never ends": b'{"userName":"' + b"x" * MEGABYTE,
        "an attribute name of 1 MB": _user('"%s":1' % ("n" * MEGABYTE)),
        "a number of 1 MB": _user('"n":' + "1" * MEGABYTE),
        "a number with an exponent of 1 MB": _user('"n":1e' + "9" * MEGABYTE),
        "300,000 nulls": _user('"n":[' + "null," * 300_000 + "null]"),
        "the same member 50,000 times": b"{" + b'"userName":"a",' * 50_000 + b'"userName":"b"}',
        "10,000 e-mails": _user('"emails":[' + ",".join('{"value":"a%d@x.example"}' % i for i in range(10_000)) + "]"),
        "1 MB of spaces": b" " * MEGABYTE,
        "1 MB of zero bytes": b"\0" * MEGABYTE,
    }
    # Unknown attributes are ignored, so some of them make a person.
    return [Bomb("POST: " + name, "POST", SCIM + "/Users", body, (201, 400, 409, 413)) for name, body in bodies.items()] + [
        Bomb("POST: 50,000 members " + where, "POST", SCIM + "/Users", _user(text % _members()), (201, 400, 409, 413),
             in_time=False)
        for where, text in {"whom nobody knows": "%s", "of the extension": f'"{ENTERPRISE}":{{%s}}', "of a name": '"name":{%s}',
                            "of an e-mail": '"emails":[{"value":"a@x.example",%s}]'}.items()] + [
        Bomb("POST: 50,000 legacy members", "POST", SCIM + "/Users",
             _user(_members("urn:scim:schemas:core:1.0:")), (201, 400, 409, 413), in_time=False),
        Bomb("POST: 50,000 schemas", "POST", SCIM + "/Users",
             _user('"title":"x"').replace(b'["', b'[' + b'"urn:x",' * 50_000 + b'"', 1), (201, 400, 409, 413), in_time=False),
        Bomb("POST: 20,000 roles as JSON in strings", "POST", SCIM + "/Users",
             _user('"roles":[' + ",".join([r'"{\"value\":\"a\"}"'] * 20_000) + "]"), (201, 400, 409, 413), in_time=False),
    ]


def _filter_bombs():
    filters = {
        "10,000 terms": " or ".join(f'userName eq "u{i}"' for i in range(10_000)),
        "10,000 (": "(" * 10_000 + "userName pr" + ")" * 10_000,
        "30,000 ( that never close": "(" * 30_000,
        "5,000 not": "not (" * 5_000 + "userName pr" + ")" * 5_000,
        "5,000 [": "emails[" * 5_000,
        "a value of 1 MB": 'userName eq "%s"' % ("x" * (MEGABYTE - 200)),
        "a name of 30 KB": "n" * 30_000 + " pr",
        "a urn of 30 KB": "urn:" + "x:" * 15_000 + "a pr",
    }
    found = [Bomb("filter: " + name, "POST", SCIM + "/Users/.search", _search(text), (400, 413))
             for name, text in filters.items()]
    found.append(Bomb("filter: 10,000 terms in the query", "GET",
                      SCIM + "/Users?filter=" + quote(filters["10,000 terms"]), b"", (400, 414)))
    found.append(Bomb("query: 2,000 parameters", "GET", SCIM + "/Users?" + "&".join(f"a{i}=1" for i in range(1_500)), b"",
                      (200, 400, 414)))
    found.append(Bomb("query: count beyond all numbers", "GET", SCIM + "/Users?count=" + "9" * 1_000, b"", (400, 200)))
    found.append(Bomb("query: 3,000 attributes", "GET", SCIM + "/Users?attributes=" + ",".join(f"a{i}" for i in range(2_000)),
                      b"", (200, 400, 414)))
    found.append(Bomb("path: 5,000 segments", "GET", SCIM + "/Users" + "/a" * 5_000, b"", (404, 400)))
    return found


def _patch_bombs(user_path, group_path):
    title = {"op": "replace", "path": "title", "value": "x"}
    return [
        Bomb("PATCH: 5,000 operations", "PATCH", user_path, _patch([title] * 5_000), (400, 413)),
        Bomb("Bulk: 5,000 operations", "POST", SCIM + "/Bulk", _bulk([{"method": "DELETE", "path": "/Users/x"}] * 5_000), (413,)),
        Bomb("Bulk: 100,000 members that nothing creates", "POST", SCIM + "/Bulk", _bulk([
            {"method": "POST", "path": "/Groups", "bulkId": "g",
             "data": {"displayName": "g", "members": ["bulkId:x"] * 100_000}}]), (200, 413)),
        Bomb("PATCH: 100,000 empty operations", "PATCH", user_path, _patch([{}] * 100_000), (400, 413)),
        Bomb("PATCH: a path of 10,000 (", "PATCH", user_path,
             _patch([{"op": "remove", "path": "emails[" + "(" * 10_000 + "type pr" + ")" * 10_000 + "]"}]), (400, 413)),
        Bomb("PATCH: a path of 1 MB", "PATCH", user_path, _patch([{"op": "remove", "path": "x" * (MEGABYTE - 200)}]), (400, 413)),
        Bomb("PATCH: a path with 5,000 dots", "PATCH", user_path, _patch([{"op": "remove", "path": ".".join("a" * 5_000)}]),
             (400, 413)),
        Bomb("PATCH: 10,000 e-mails in one value", "PATCH", user_path,
             _patch([{"op": "add", "path": "emails", "value": [{"value": f"a{i}@x.example"} for i in range(10_000)]}]),
             (400, 413)),
        Bomb("PATCH: a value nested 200,000 deep", "PATCH", user_path,
             b'{"schemas":["%s"],"Operations":[{"op":"add","path":"title","value":' % PATCH.encode() + b"[" * 200_000, (400, 413)),
        Bomb("PATCH: 50,000 members whom nobody knows", "PATCH", user_path,
             _patch([{"op": "add", "value": {f"m{i}": i for i in range(50_000)}}]), (200, 204, 400, 413), in_time=False),
        Bomb("PATCH: 50,000 members of the extension", "PATCH", user_path,
             _patch([{"op": "add", "path": ENTERPRISE, "value": {f"m{i}": i for i in range(50_000)}}]), (200, 204, 400, 413),
             in_time=False),
        Bomb("PATCH: an operation of 50,000 members", "PATCH", user_path,
             _patch([{"op": "add", "path": "title", "value": "x", **{f"m{i}": i for i in range(50_000)}}]),
             (200, 204, 400, 413), in_time=False),
        Bomb("PATCH: 100,001 members", "PATCH", group_path,
             _patch([{"op": "add", "path": "members", "value": [{"value": str(i)} for i in range(100_001)]}]), (400, 413)),
        Bomb("PATCH: 100,000 members whom nobody knows", "PATCH", group_path,
             _patch([{"op": "add", "path": "members", "value": [{"value": str(i)} for i in range(100_000)]}]),
             (200, 204, 400, 404, 413), in_time=False),
        Bomb("PATCH: one member 100,000 times", "PATCH", group_path,
             _patch([{"op": "add", "path": "members", "value": [{"value": user_path.rsplit("/", 1)[1]}] * 100_000}]),
             (200, 204, 400, 413), in_time=False),
    ]


def _api_bombs():
    path = "/api/v1/authenticate"
    return [
        Bomb("sign-in: 60,000 [", "POST", path, b"[" * 60_000, (400, 413)),
        Bomb("sign-in: a password of 60 KB", "POST", path,
             json.dumps({"user_name": "a", "password": "p" * 60_000}).encode(), (400, 401, 413)),
        Bomb("sign-in: 1 MB", "POST", path, b'{"user_name":"' + b"x" * MEGABYTE, (400, 413)),
        Bomb("joining: 1,000,000 fields", "POST", "/invitation/" + "t" * 43, b"a=b&" * 15_000, (400, 403, 404, 410, 413)),
    ]


def requests(user_id, group_id):
    """All of them; `user_id` and `group_id` exist."""
    return _json_bombs() + _filter_bombs() + _patch_bombs(f"{SCIM}/Users/{user_id}", f"{SCIM}/Groups/{group_id}") + _api_bombs()


def send(rosterd, bomb):
    headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {rosterd.token}"}
    if bomb.path.startswith("/api"):
        headers = {"Content-Type": "application/json"}
    if bomb.path.startswith("/invitation"):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return rosterd.request(bomb.method, bomb.path, bomb.body or None, headers)


def configurations():
    """name → text that is no configuration; each is at most kMaxFileBytes but for the last."""
    return {
        "200,000 [ as a value": "a = " + "[" * 200_000,
        "200,000 [ as a table": "[" * 200_000,
        "inline tables in each other": "a = " + "{a=" * 100_000,
        "a key with 100,000 dots": ".".join("a" * 100_000) + " = 1",
        "a table with 100,000 dots": "[" + ".".join("a" * 100_000) + "]",
        "arrays that close": "a = " + "[" * 50_000 + "]" * 50_000,
        "a string of 1 MB": 'a = "' + "x" * (MEGABYTE - 100) + '"',
        "a string that never ends": 'a = """' + "x" * (MEGABYTE - 100),
        "a key of 1 MB": "k" * (MEGABYTE - 100) + " = 1",
        "a number of 1 MB": "a = " + "1" * (MEGABYTE - 100),
        "50,000 unknown options": "".join(f"k{i} = 1\n" for i in range(50_000)),
        "20,000 directories": "[[directory]]\n" * 20_000,
        "100,000 broken lines": "=\n" * 100_000,
        "zero bytes": "\0" * 100_000,
        "more than 1 MB": "# comment\n" * 110_000,
    }
