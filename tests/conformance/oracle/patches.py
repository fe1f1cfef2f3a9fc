"""Random resources and random PATCH operations, as rosterd gets them and as the oracle does."""
from filters import ENTERPRISE

WORDS = ["ada", "ben", "cyd", "dan", "eve", "fay"]
TYPES = ["work", "home", "other"]
TEXTS = ["displayName", "title", "nickName", "userType", "locale", "timezone"]
NAMES = ["familyName", "givenName", "middleName", "formatted"]
EXTRA = ["department", "division", "employeeNumber", "costCenter"]
MANY = {"emails": ["value", "display"], "phoneNumbers": ["value", "display"], "addresses": ["locality", "country"]}


def word(random):
    return random.choice(WORDS) + str(random.randint(1, 9))


def element(random, name):
    """Of a value that no other has: (type, value) is one element's, see differences.py."""
    one = {"type": random.choice(TYPES), **{s: word(random) for s in MANY[name] if random.random() < 0.8}}
    if "value" in one:
        one["value"] += f"-{random.randrange(10**9)}"
    return one


def distinct(elements):
    return [e for i, e in enumerate(elements) if e not in elements[:i]]


def resource(random, number):
    one = {"userName": f"patch-{number}"}
    for name in TEXTS:
        if random.random() < 0.4:
            one[name] = word(random)
    if random.random() < 0.5:
        one["name"] = {n: word(random) for n in NAMES if random.random() < 0.6}
    for name in MANY:
        if random.random() < 0.6:
            one[name] = distinct([element(random, name) for _ in range(random.randint(1, 3))])
    if random.random() < 0.4:
        one[ENTERPRISE] = {n: word(random) for n in EXTRA if random.random() < 0.6}
    return one


def operations(random, resource):
    again = [n for n in MANY if resource.get(n)]
    first = [{"op": "add", "path": n, "value": [random.choice(resource[n])]} for n in again if random.random() < 0.1]
    return first + [random.choice((text, text, name_part, name_whole, extra, many_all, many_all, many_some, many_some, many_sub,
                           many_sub, without_path))(random) for _ in range(random.randint(1, 4))]


def spelled(op, random):
    return op if random.random() < 0.7 else op.capitalize()


def change(random, path, value):
    op = random.choice(["add", "replace", "remove"])
    return {"op": spelled(op, random), "path": path} if op == "remove" else {"op": spelled(op, random), "path": path, "value": value}


def text(random):
    return change(random, random.choice(TEXTS), word(random))


def name_part(random):
    return change(random, "name." + random.choice(NAMES), word(random))


def name_whole(random):
    return change(random, "name", {n: word(random) for n in random.sample(NAMES, 2)})


def extra(random):
    return change(random, f"{ENTERPRISE}:{random.choice(EXTRA)}", word(random))


def many_all(random):
    name = random.choice(list(MANY))
    return change(random, name, distinct([element(random, name) for _ in range(random.randint(1, 2))]))


def condition(random, name):
    kind = random.random()
    one = f'type eq "{random.choice(TYPES)}"'
    if kind < 0.6:
        return one
    other = f'{random.choice(MANY[name])} {random.choice(["sw", "co", "pr"])}'
    other += "" if other.endswith("pr") else f' "{random.choice(WORDS)}"'
    return f"{one} and {other}" if kind < 0.8 else f"{one} or {other}" if kind < 0.9 else f"not ({one})"


def many_some(random):
    name = random.choice(list(MANY))
    return {"op": spelled("remove", random), "path": f"{name}[{condition(random, name)}]"}


def many_sub(random):
    name = random.choice(list(MANY))
    return change(random, f'{name}[type eq "{random.choice(TYPES)}"].{random.choice(MANY[name])}', word(random))


def without_path(random):
    value = {n: word(random) for n in random.sample(TEXTS, 2)}
    if random.random() < 0.4:
        value["name." + random.choice(NAMES)] = word(random)
    if random.random() < 0.4:
        value[f"{ENTERPRISE}:{random.choice(EXTRA)}"] = word(random)
    if random.random() < 0.3:
        value["name"] = {random.choice(NAMES): word(random)}
    if random.random() < 0.3:
        name = random.choice(list(MANY))
        value[name] = [element(random, name)]
    return {"op": spelled(random.choice(["add", "replace"]), random), "value": value}


def members(random, ids):
    return [{"value": one} for one in random.sample(ids, random.randint(1, 3))]


def group_operation(random, ids):
    kind = random.random()
    if kind < 0.15:
        return {"op": spelled("replace", random), "path": "displayName", "value": word(random)}
    if kind < 0.30:
        return {"op": spelled("remove", random), "path": f'members[value eq "{random.choice(ids)}"]'}
    if kind < 0.40:
        return {"op": spelled("remove", random), "path": f'members[value eq "{random.choice(ids)}" or value eq "{random.choice(ids)}"]'}
    if kind < 0.50:
        return {"op": spelled("remove", random), "path": "members", "value": members(random, ids)}
    if kind < 0.55:
        return {"op": spelled("remove", random), "path": "members"}
    op = random.choice(["add", "add", "replace"])
    if kind < 0.75:
        return {"op": spelled(op, random), "value": {"members": members(random, ids), "externalId": word(random)}}
    return {"op": spelled(op, random), "path": "members", "value": members(random, ids)}


def group_operations(random, ids):
    return [group_operation(random, ids) for _ in range(random.randint(1, 5))]


def for_oracle(operation):
    """What the oracle is asked; every change is a row of differences.py."""
    if "path" in operation:
        return [operation]
    asked = []
    for key, value in operation["value"].items():
        if isinstance(value, dict):
            asked += [{"op": operation["op"], "path": f"{key}.{sub}", "value": v} for sub, v in value.items()]
        else:
            asked.append({"op": operation["op"], "path": key, "value": value})
    return asked
