"""Random people and random filters; each filter as a tree that is written once for rosterd and once for the oracle."""
import json
import re
from datetime import datetime, timedelta, timezone

from talk import without_empty

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
WORDS = ["Ada", "ada", "Ben", "BEN B", "cyd", "Ad", "dA", 'O"Neil', "back\\slash", "x y", "a", "1815", "true"]
TYPES = ["work", "home", "Work", "other"]
TEXT_OPS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
TEXTS = ["displayName", "title", "nickName", "userType", "locale", "name.familyName", "name.givenName", "userName",
         f"{CORE}:title", f"{CORE}:name.familyName", f"{ENTERPRISE}:department", f"{ENTERPRISE}:employeeNumber"]
EXACT = ["externalId", "id"]
MANY = {"emails": ["value", "display", "type"], "phoneNumbers": ["value", "type"], "addresses": ["locality", "country", "type"]}
CASE_EXACT = {"id", "externalId", "created", "lastModified"}


def person(random, number):
    one = {"userName": f"{random.choice(WORDS)}-{number}", "active": random.random() < 0.7}
    for name in ("displayName", "title", "nickName", "userType", "locale", "externalId"):
        if random.random() < 0.6:
            one[name] = random.choice(WORDS) + (str(number) if name == "externalId" else "")
    if random.random() < 0.6:
        one["name"] = {n: random.choice(WORDS) for n in ("familyName", "givenName") if random.random() < 0.8}
    for name, subs in MANY.items():
        if random.random() < 0.7:
            one[name] = [{s: random.choice(TYPES if s == "type" else WORDS) for s in subs if random.random() < 0.8}
                         for _ in range(random.randint(1, 3))]
            one[name] = [e for e in one[name] if e]
    for mail in one.get("emails", []):  # an address belongs to one person
        if "value" in mail:
            mail["value"] += f"@{number}"
    for primary in (one.get("emails") or [])[:1]:
        if random.random() < 0.5:
            primary["primary"] = random.random() < 0.6
    if random.random() < 0.5:
        one[ENTERPRISE] = {n: random.choice(WORDS) for n in ("department", "employeeNumber")}
    return one


class Leaf:
    """How many of a filter's parts are written is decided here, so that both texts say the same."""

    def __init__(self, path, op, value, kind="text", *, oracle_path=None):
        self.path, self.op, self.value, self.kind = path, op, value, kind
        self.oracle_path = oracle_path or path


def leaf(random, paths, dates, depth):
    kind = random.random()
    if kind < 0.08:
        return Leaf(random.choice(["active", "emails.primary"]), random.choice(["eq", "ne"]), random.random() < 0.5, "boolean")
    if kind < 0.14 and dates:
        return Leaf(random.choice(["meta.created", "meta.lastModified"]), random.choice(["eq", "ne", "gt", "ge", "lt", "le"]),
                    random.choice(dates) + timedelta(milliseconds=random.choice([0, 0, 1, -1])), "date")
    if kind < 0.24:
        return Leaf(random.choice(paths + list(MANY)), "pr", None)
    if kind < 0.40 and depth:
        return value_path(random, dates)
    if kind < 0.48:
        name = random.choice(["emails", "phoneNumbers"])
        return Leaf(name, random.choice(TEXT_OPS), random.choice(WORDS), oracle_path=name + ".value")
    if kind < 0.54:
        return Leaf(random.choice(EXACT), random.choice(["eq", "ne", "co", "sw"]), random.choice(WORDS), "exact")
    return Leaf(random.choice(paths), random.choice(TEXT_OPS), random.choice(WORDS))


class ValuePath:
    def __init__(self, name, inner, tail=None):
        self.name, self.inner, self.tail = name, inner, tail


def value_path(random, dates):
    name = random.choice(list(MANY))
    subs = MANY[name]
    inner = tree(random, subs, [], 1, inside=True)
    tail = Leaf(random.choice(subs), random.choice(TEXT_OPS), random.choice(WORDS + TYPES)) if random.random() < 0.3 else None
    return ValuePath(name, inner, tail)


def tree(random, paths, dates, depth, inside=False):
    kind = random.random()
    if depth and kind < 0.2:
        return ("and", [tree(random, paths, dates, depth - 1, inside) for _ in range(random.randint(2, 3))])
    if depth and kind < 0.4:
        return ("or", [tree(random, paths, dates, depth - 1, inside) for _ in range(random.randint(2, 3))])
    if depth and kind < 0.5:
        return ("not", [tree(random, paths, dates, depth - 1, inside)])
    if inside:
        if random.random() < 0.15:
            return Leaf(random.choice(paths), "pr", None)
        return Leaf(random.choice(paths), random.choice(TEXT_OPS), random.choice(TYPES + WORDS))
    return leaf(random, paths, dates, depth)


def filter_of(random, dates):
    return tree(random, TEXTS + [f"{n}.{s}" for n, subs in MANY.items() for s in subs], dates, 3)


def ours(node, random, outer=0):
    """As a client may write it: any letters for the words, spare parentheses only by chance, so that precedence counts."""
    if isinstance(node, ValuePath):
        text = f"{node.name}[{ours(node.inner, random)}]"
        return text if node.tail is None else f"{text}.{ours(node.tail, random)}"
    if isinstance(node, Leaf):
        if node.op == "pr":
            return f"{node.path} {spelled('pr', random)}"
        return f"{node.path} {spelled(node.op, random)} {our_value(node, random)}"
    word, terms = node
    if word == "not":
        return f"{spelled('not', random)} ({ours(terms[0], random)})"
    strength = 2 if word == "and" else 1
    text = f" {spelled(word, random)} ".join(ours(t, random, strength) for t in terms)
    return f"({text})" if strength < outer or random.random() < 0.1 else text


def spelled(word, random):
    return word if random.random() < 0.8 else "".join(random.choice([c, c.upper()]) for c in word)


def our_value(node, random):
    if node.kind == "date":
        zone = timezone(timedelta(hours=random.choice([0, 2, -5])))
        return f'"{node.value.astimezone(zone).isoformat(timespec="milliseconds")}"'
    return json.dumps(node.value)


def theirs(node, inside=False):
    """What the oracle is asked; every change is a row of differences.py."""
    if isinstance(node, ValuePath):
        inner = theirs(node.inner, True)
        if node.tail is not None:
            inner = f"({inner}) and {theirs(node.tail, True)}"
        return f"{node.name}[{inner}]"
    if isinstance(node, Leaf):
        path = re.sub(f"^{re.escape(CORE)}:", "", node.oracle_path)
        if node.op == "pr":
            return f"{path} pr"
        value = node.value
        if node.kind == "date":
            value = node.value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{node.value.microsecond // 1000:03d}Z"
        elif node.kind == "text":
            value = value.lower()
        literal = json.dumps(value).replace("\\\\", "\\")
        return f"not ({path} eq {literal})" if node.op == "ne" else f"{path} {node.op} {literal}"
    word, terms = node
    if word == "not":
        return f"not ({theirs(terms[0])})"
    return "(" + f" {word} ".join(theirs(t) for t in terms) + ")"


def view(resource):
    """What the oracle sees of a person."""
    seen = folded(without_empty(resource))
    for one in seen.get("emails", []):
        one.setdefault("primary", False)
    return seen


def folded(value, name=""):
    if isinstance(value, dict):
        return {k: folded(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [folded(v, name) for v in value]
    return value.lower() if isinstance(value, str) and name not in CASE_EXACT else value


def dates_of(resources):
    return [datetime.fromisoformat(r["meta"]["created"].replace("Z", "+00:00")) for r in resources]
