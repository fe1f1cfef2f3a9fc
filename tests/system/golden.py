"""Golden files: requests of identity providers, byte for byte, and the answers they must get. tests/data/scim/README.md."""
import http.client
import json
import re
import socket
from dataclasses import dataclass, field

BASE = "/scim/v2"
JSON = "application/scim+json"
# What every response of the HTTP door carries; tests/http and test_tls.py look at these.
GENERAL = {"date", "content-type", "content-length", "connection", "cache-control", "referrer-policy", "x-request-id",
           "x-content-type-options", "x-frame-options", "content-security-policy", "cross-origin-opener-policy",
           "cross-origin-resource-policy", "permissions-policy"}
NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
EVERYTHING = "everything"
OTHERS = "..."  # as an object's member: others may come


@dataclass
class Exchange:
    title: str
    request: str           # as it is sent, but for the headers Host, Authorization and Content-Length
    status: int
    headers: list          # (name, text) of the response, in its order
    body: str | None
    once: bool             # not sent again: a second time means something else


@dataclass
class Scenario:
    preamble: str          # comments, options and what is given
    exchanges: list = field(default_factory=list)
    everything: str | None = None

    options = property(lambda self: {m[1]: json.loads(m[2]) for m in re.finditer(r"^option (\w+): (.*)$", self.preamble, re.M)})
    given = property(lambda self: re.findall(r"^given (\w+): POST (/\S+) (.*)$", self.preamble, re.M))


def head_and_body(text):
    head, _, body = ("\n" + text).partition("\n\n")
    return head.strip("\n"), body.rstrip("\n") or None


def read(text):
    preamble, *parts = re.split(r"^=== (.*)\n", text, flags=re.M)
    scenario = Scenario(preamble)
    for title, part in zip(parts[::2], parts[1::2]):
        if title == EVERYTHING:
            scenario.everything = part
            continue
        request, status, answer = re.split(r"^--- (\d{3})\n", part, flags=re.M)
        head, body = head_and_body(answer)
        headers = [tuple(line.split(": ", 1)) for line in head.splitlines()]
        scenario.exchanges.append(Exchange(title, request.rstrip("\n"), int(status), headers, body, "(once" in title))
    return scenario


class Names:
    """What the placeholders of a file stand for: bound where they come first, the same ever after."""

    def __init__(self, base, source):
        self.values = {"base": base, "source": source}

    def fill(self, text):
        return NAME.sub(lambda m: self.values.get(m[1], m[0]), text)

    def match(self, expected, actual):
        """Binds the names that are new. Two names never stand for one value, except times."""
        new, pattern = [], ""
        for i, part in enumerate(NAME.split(expected)):
            if i % 2 == 0:
                pattern += re.escape(part)
            elif part in self.values or part in new:
                pattern += re.escape(self.values[part]) if part in self.values else f"(?P={part})"
            else:
                new.append(part)
                pattern += f"(?P<{part}>{TIME if is_time(part) else '[^/]+'})"
        found = re.fullmatch(pattern, actual, re.S)
        if not found:
            return False
        for name in new:
            if not is_time(name) and found[name] in self.values.values():
                return False
            self.values[name] = found[name]
        return True

    def unfill(self, text):
        """For writing: the other way round, with names for times that are new."""
        for name, value in sorted(self.values.items(), key=lambda item: -len(item[1])):
            text = text.replace(value, "{" + name + "}")
        for moment in dict.fromkeys(re.findall(TIME, text)):
            name = f"t{sum(map(is_time, self.values)) + 1}"
            self.values[name] = moment
            text = text.replace(moment, "{" + name + "}")
        return text


def is_time(name):
    return re.fullmatch(r"t\d+", name) is not None


def differences(expected, actual, names, where=""):
    """Sentences; the order of an object's members is free, everything else is exact."""
    if isinstance(expected, str) and isinstance(actual, str):
        return [] if names.match(expected, actual) else [f"{where}: {names.fill(expected)!r} expected, {actual!r} came"]
    if type(expected) is not type(actual):
        return [f"{where}: {expected!r} expected, {actual!r} came"]
    if isinstance(expected, dict):
        unexpected = set() if OTHERS in expected else actual.keys() - expected.keys()
        return ([f"{where}/{k}: missing" for k in expected.keys() - actual.keys() - {OTHERS}] +
                [f"{where}/{k}: {actual[k]!r} came unexpectedly" for k in unexpected] +
                [d for k, v in expected.items() if k in actual for d in differences(v, actual[k], names, f"{where}/{k}")])
    if isinstance(expected, list):
        if len(expected) != len(actual):
            return [f"{where}: {len(expected)} elements expected, {len(actual)} came: {actual!r}"]
        return [d for i, v in enumerate(expected) for d in differences(v, actual[i], names, f"{where}/{i}")]
    return [] if expected == actual else [f"{where}: {expected!r} expected, {actual!r} came"]


def no_doubles(pairs):
    keys = [k.lower() for k, _ in pairs]
    assert len(keys) == len(set(keys)), f"a name comes twice in one object: {keys}"
    return dict(pairs)


@dataclass
class Reply:
    status: int
    headers: list
    body: bytes

    def json(self):
        return json.loads(self.body, object_pairs_hook=no_doubles)


class Client:
    """Sends bytes; no header that the file does not have, but Host, Authorization and Content-Length."""

    def __init__(self, port, token):
        self.port, self.token = port, token
        self.socket = socket.create_connection(("127.0.0.1", port), 30)

    def close(self):
        self.socket.close()

    def send(self, request):
        head, body = head_and_body(request)
        content = (body or "").encode()
        lines = head.split("\n") + [f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {self.token}"]
        if body is not None:
            lines.append(f"Content-Length: {len(content)}")
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        response = http.client.HTTPResponse(self.socket, method=head.split(" ", 1)[0])
        response.begin()
        return Reply(response.status, response.getheaders(), response.read())

    def simple(self, method, path, body=None):
        content = "" if body is None else f"Content-Type: {JSON}\n\n{body}"
        return self.send(f"{method} {BASE}{path} HTTP/1.1\n{content}")

    def everything(self):
        """All that the connection holds, as its own reading shows it."""
        return {kind: self.simple("GET", f"/{kind}?count=200").json()["Resources"] for kind in ("Users", "Groups")}

    def remove_everything(self):
        for kind, resources in self.everything().items():
            for resource in resources:
                assert self.simple("DELETE", f"/{kind}/{resource['id']}").status == 204


def own_headers(reply):
    return [(name, text) for name, text in reply.headers if name.lower() not in GENERAL]


def check_reply(exchange, reply, names):
    wrong = [] if reply.status == exchange.status else [f"status {exchange.status} expected, {reply.status} came"]
    if reply.body and dict(reply.headers).get("Content-Type") != JSON:
        wrong.append(f"the answer is no {JSON}: {reply.headers}")
    wrong += differences(dict(exchange.headers), dict(own_headers(reply)), names, "header")
    if exchange.body is None or not reply.body:
        wrong += [] if exchange.body is None and not reply.body else ["body: expected or came, not both"]
    else:
        wrong += differences(json.loads(exchange.body), reply.json(), names, "body")
    assert not wrong, f"{exchange.title}:\n  " + "\n  ".join(wrong) + f"\n{reply.body.decode()}"


def check_again(client, exchange, request, reply):
    """A second time the same: nothing idempotent changes a version, or anything else."""
    if exchange.once or request.split(" ", 1)[0] not in ("GET", "HEAD", "PUT", "PATCH"):
        return
    again = client.send(request)
    assert (again.status, own_headers(again), again.body) == (reply.status, own_headers(reply), reply.body), \
        f"{exchange.title}: the second time it is answered {again.status} {again.headers} {again.body.decode()}"


def replay(scenario, client, base, source, *, write=False):
    """With write, the answers that come take the place of the expected ones, but of those with "...": "..."."""
    names = Names(base, source)
    for name, path, body in scenario.given:
        made = client.simple("POST", path, names.fill(body))
        assert made.status == 201, made.body
        names.values[name] = made.json()["id"]
    for exchange in scenario.exchanges:
        request = names.fill(exchange.request)
        reply = client.send(request)
        if write and f'"{OTHERS}"' not in (exchange.body or ""):
            take(exchange, reply, names)
        check_reply(exchange, reply, names)
        check_again(client, exchange, request, reply)
    if write:
        scenario.everything = names.unfill(pretty(client.everything())) + "\n"
    wrong = differences(json.loads(scenario.everything), client.everything(), names)
    assert not wrong, f"{EVERYTHING}:\n  " + "\n  ".join(wrong)


def take(exchange, reply, names):
    new = NAME.search(exchange.title)
    if new and new[1] not in names.values and reply.status == 201:
        names.values[new[1]] = reply.json()["id"]
    exchange.status = reply.status
    exchange.headers = [(name, names.unfill(text)) for name, text in own_headers(reply)]
    exchange.body = names.unfill(pretty(reply.json())) if reply.body else None


def pretty(value, indent="", width=118):
    """JSON on as few lines as are readable."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent + line) <= width or not isinstance(value, (dict, list)) or not value:
        return line
    if isinstance(value, list):
        return "[\n" + ",\n".join(indent + "  " + pretty(v, indent + "  ", width) for v in value) + f"\n{indent}]"
    lines = (indent + "  " + json.dumps(k) + ": " + pretty(v, indent + "  ", width) for k, v in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def text_of(scenario):
    parts = [scenario.preamble]
    for e in scenario.exchanges:
        head = "".join(f"{name}: {text}\n" for name, text in e.headers)
        body = f"\n{e.body}\n" if e.body else ""
        parts.append(f"=== {e.title}\n{e.request}\n--- {e.status}\n{head}{body}\n")
    return "".join(parts) + f"=== {EVERYTHING}\n{scenario.everything}"
