"""One identity provider's worker: random SCIM writes over a kept connection, each in a journal before it is sent."""
import http.client
import json
import random
import socket
import threading
from urllib.parse import quote

from .journal import Journal, Violation

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MAX_PEOPLE = 60      # of one client at a time
GIVING, PLAIN = "designers", "archive"   # a group that an access rule names, so that its members are invited; and another


class Interrupted(Exception):
    """No answer: the server is gone. What became of the request is not known."""


class Unexpected(Exception):
    """An answer that no rule foresees."""


class Client(threading.Thread):
    """`serving`: an Event that is set while the server is up. Ends when `ending` is set, with nothing in flight."""

    def __init__(self, number, seed, port, token, groups, serving, ending, report):
        super().__init__(name=f"client-{number}", daemon=True)
        self.number, self.port, self.token = number, port, token
        self.random = random.Random(f"{seed}/{number}")
        self.groups = groups                    # displayName → id; shared by all clients
        self.serving, self.ending, self.report = serving, ending, report
        self.journal = Journal()
        self.ids, self.names, self.stamp = {}, [], 0   # name → SCIM id; names of people that exist
        self.invited = set()                    # addresses that must have got a mail
        self.connection = None
        self.busy_answers = 0

    # --- the wire

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.request(method, "/scim/v2" + path, None if body is None else json.dumps(body), headers)
            answer = self.connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise Interrupted from error
        if answer.status in (429, 503):
            self.busy_answers += 1
        return answer.status, json.loads(raw) if raw else None

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def write(self, change, method, path, body=None, good=(200, 201, 204)):
        """Returns the answer's body, or None when the server refused for now (nothing may have happened)."""
        self.journal.begin(change)
        status, answer = self.call(method, path, body)
        if status in good:
            self.journal.acknowledge()
            return answer or {}
        self.journal.refused()
        if status in (429, 503):
            return None
        raise Unexpected(f"{method} {path}: {status} {answer} for {body}")

    # --- reading what is there

    def find(self, name):
        status, answer = self.call("GET", "/Users?filter=" + quote(f'externalId eq "{name}"'))
        if status != 200:
            raise Unexpected(f"search for {name}: {status} {answer}")
        found = answer["Resources"]
        if found:
            self.ids[name] = found[0]["id"]
        return self.state_of(found[0]) if found else None

    @staticmethod
    def state_of(user):
        return (user.get("title"), user.get("nickName"), user.get("name", {}).get("familyName"), user["active"])

    def user_state(self, name):
        if name not in self.ids:
            return self.find(name)
        status, answer = self.call("GET", "/Users/" + self.ids[name])
        if status not in (200, 404):
            raise Unexpected(f"GET {name}: {status} {answer}")
        return self.state_of(answer) if status == 200 else None

    def members(self, group):
        status, answer = self.call("GET", "/Groups/" + self.groups[group])
        if status != 200:
            raise Unexpected(f"GET group {group}: {status} {answer}")
        return {m["value"] for m in answer.get("members", [])}

    def found(self, keys):
        """key → state, by GET. Keys are ("user", name) and ("member", group, name)."""
        for key in sorted(keys):  # whose ids a lost answer would have told
            if key[0] == "member" and key[2] not in self.ids:
                self.find(key[2])
        members = {group: self.members(group) for group in {k[1] for k in keys if k[0] == "member"}}
        found = {}
        for key in sorted(keys):  # member before user: a user who was not found has no id
            if key[0] == "member":
                found[key] = "in" if self.ids.get(key[2]) in members[key[1]] else None
            else:
                found[key] = self.user_state(key[1])
        return found

    def settle(self):
        """After a crash: what was in flight must be there wholly or not at all, and a few older facts still hold."""
        if self.journal.pending is not None:
            change = self.journal.pending
            self.journal.settle(self.found(change))
            self.note_applied(change)
        sample = [k for k in self.random.sample(sorted(self.journal.acknowledged), min(4, len(self.journal.acknowledged)))]
        self.journal.compare(self.found(sample))

    # --- writing

    def next_stamp(self):
        self.stamp += 1
        return f"{self.number}-{self.stamp}"

    def note_applied(self, change):
        """Keeps the list of people and of due invitations in step with what is known to be there."""
        for key in change:
            exists = self.journal.acknowledged.get(key) is not None
            if key[0] == "user":
                if exists and key[1] not in self.names:
                    self.names.append(key[1])
                if not exists and key[1] in self.names:
                    self.names.remove(key[1])
            elif key[1] == GIVING and exists and key[2].startswith("steady"):
                self.invited.add(address_of(key[2]))

    def new_person(self):
        """(name, POST body, the change that it is)"""
        stamp = self.next_stamp()
        kind = self.random.choices(("steady", "leaver", "refused"), (6, 5, 1))[0]
        name = f"{kind}-{stamp}"
        body = {"schemas": [SCHEMA + "User"], "userName": name, "externalId": name, "title": stamp, "nickName": stamp,
                "name": {"givenName": "Zoë", "familyName": stamp}, "displayName": f"Zoë {stamp}",
                "emails": [{"value": address_of(name), "primary": True}]}
        return name, body, {("user", name): (stamp, stamp, stamp, True)}

    def create(self):
        name, body, change = self.new_person()
        answer = self.write(change, "POST", "/Users", body)
        if answer is not None:
            self.ids[name] = answer["id"]
            self.note_applied(change)

    def bulk(self):
        """Several people by one request, two of them each other's manager, and all of them into a group, which stands first."""
        count = self.random.choice((3, 5, 40))
        group = GIVING if count == 3 else PLAIN  # many mails at once would be another campaign
        people = [self.new_person() for _ in range(count)]
        for (_, body, _), (other, _, _) in zip(people[:2], people[1::-1]):
            body[ENTERPRISE] = {"manager": {"value": "bulkId:" + other}}
        adding = {"schemas": [PATCH], "Operations": [
            {"op": "add", "path": "members", "value": [{"value": "bulkId:" + name}]} for name, _, _ in people]}
        operations = [{"method": "PATCH", "path": "/Groups/" + self.groups[group], "data": adding}]
        operations += [{"method": "POST", "path": "/Users", "bulkId": name, "data": body} for name, body, _ in people]
        circle, alone = people[0][2] | people[1][2], [change for _, _, change in people[2:]]
        joined = {("member", group, name): "in" for name, _, _ in people}
        self.journal.begin(circle, *alone, joined)
        status, answer = self.call("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
        if status in (429, 503):
            return self.journal.refused()
        if status != 200 or [o["status"] for o in answer["Operations"]] != ["204"] + ["201"] * len(people):
            raise Unexpected(f"POST /Bulk: {status} {answer}")
        for (name, _, _), made in zip(people, answer["Operations"][1:]):
            self.ids[name] = made["location"].rsplit("/", 1)[1]
        change = self.journal.pending
        self.journal.acknowledge()
        self.note_applied(change)

    def change_person(self):
        """Three attributes in three operations: they must always agree."""
        name, stamp = self.random.choice(self.names), self.next_stamp()
        active = self.journal.acknowledged[("user", name)][3]
        operations = [{"op": "replace", "path": path, "value": stamp} for path in ("title", "nickName", "name.familyName")]
        if name.startswith("leaver") and self.random.random() < 0.3:
            active = not active
            operations.append({"op": "replace", "path": "active", "value": active})
        self.random.shuffle(operations)
        self.write({("user", name): (stamp, stamp, stamp, active)}, "PATCH", "/Users/" + self.ids[name],
                   {"schemas": [PATCH], "Operations": operations})

    def change_group(self):
        """Several people in and out by one PATCH."""
        group = self.random.choice((GIVING, GIVING, PLAIN))
        some = self.random.sample(self.names, min(len(self.names), 4))
        inside = [n for n in some if self.journal.acknowledged.get(("member", group, n)) == "in"]
        outside = [n for n in some if n not in inside]
        operations = []
        if outside:
            operations.append({"op": "add", "path": "members", "value": [{"value": self.ids[n]} for n in outside]})
        operations += [{"op": "remove", "path": f'members[value eq "{self.ids[n]}"]'} for n in inside]
        change = {("member", group, n): "in" for n in outside} | {("member", group, n): None for n in inside}
        if self.write(change, "PATCH", "/Groups/" + self.groups[group],
                      {"schemas": [PATCH], "Operations": operations}) is not None:
            self.note_applied(change)

    def remove(self):
        leavers = [n for n in self.names if not n.startswith("steady")]
        if not leavers:
            return
        name = self.random.choice(leavers)
        change = {("user", name): None} | {key: None for key, state in self.journal.acknowledged.items()
                                           if key[0] == "member" and key[2] == name and state == "in"}
        if self.write(change, "DELETE", "/Users/" + self.ids[name]) is not None:
            self.note_applied(change)

    def retire(self):
        """Keeps the client's people few: a steady one is set aside, untouched from now on, and must stay as it is."""
        self.names.remove(self.random.choice([n for n in self.names if n.startswith("steady")] or self.names))

    def step(self):
        if len(self.names) >= MAX_PEOPLE:
            return self.retire()
        if len(self.names) < 3:
            return self.create()
        act = self.random.choices((self.create, self.change_person, self.change_group, self.remove, self.bulk), (12, 50, 30, 8, 8))[0]
        act()

    def run(self):
        unsettled = False
        try:
            while not (self.ending.is_set() and not unsettled and self.journal.pending is None):
                self.serving.wait()
                try:
                    if unsettled or self.journal.pending is not None:
                        self.settle()
                        unsettled = False
                    else:
                        self.step()
                except Interrupted:
                    unsettled = True
                    self.ending.wait(0.003)
        except (Violation, Unexpected) as error:
            self.report(f"{self.name}: {error}")
        except Exception as error:  # a bug of the campaign must not look like success
            self.report(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.hang_up()


def address_of(name):
    return f"{name}@campaign.example"
