"""The two sides: rosterd over HTTP, and the npm packages in a node process."""
import contextlib
import json
import os
import shutil
import subprocess
import tempfile

from lab.daemon import Rosterd

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
HERE = os.path.dirname(os.path.abspath(__file__))


class Oracle:
    def __init__(self):
        self.node = subprocess.Popen(["node", os.path.join(HERE, "oracle.js")], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)

    def ask(self, **question):
        self.node.stdin.write(json.dumps(question) + "\n")
        self.node.stdin.flush()
        return json.loads(self.node.stdout.readline())

    def close(self):
        self.node.stdin.close()
        self.node.wait(30)


class Service:
    """One connection to the daemon, kept open."""

    def __init__(self, rosterd):
        self.rosterd, self.http = rosterd, rosterd.connect()

    def send(self, method, path, body=None):
        self.http.request(method, "/scim/v2" + path, None if body is None else json.dumps(body),
                          {"Authorization": f"Bearer {self.rosterd.token}", "Content-Type": "application/scim+json"})
        answer = self.http.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def create(self, resource, endpoint="/Users"):
        status, made = self.send("POST", endpoint, resource)
        if status != 201:
            raise SystemExit(f"POST is answered {status} {made}: {resource}")
        return made

    def search(self, text):
        """(ids of the people that the filter finds, None) or (None, the refusal)"""
        ids, start = set(), 1
        while True:
            status, page = self.send("POST", "/Users/.search", {"filter": text, "attributes": ["id"], "startIndex": start,
                                                                "count": 200})
            if status != 200:
                return None, f"{status} {page.get('scimType')}: {page.get('detail')}"
            ids |= {one["id"] for one in page["Resources"]}
            start += page["itemsPerPage"]
            if start > page["totalResults"] or not page["Resources"]:
                return ids, None

    def patch(self, resource, operations):
        """(the resource afterwards, None) or (None, the refusal)"""
        path = f"/{resource['meta']['resourceType']}s/{resource['id']}"
        status, answer = self.send("PATCH", path, {"schemas": [PATCH], "Operations": operations})
        if status == 204:
            status, answer = self.send("GET", path)
        if status != 200:
            return None, f"{status} {answer.get('scimType')}: {answer.get('detail')}"
        return answer, None


@contextlib.contextmanager
def both():
    """(service, oracle)"""
    folder = tempfile.mkdtemp(prefix="rosterd-")
    rosterd = Rosterd(os.path.join(folder, "rosterd"))
    oracle = Oracle()
    try:
        rosterd.start()
        rosterd.new_token()
        yield Service(rosterd), oracle
    finally:
        oracle.close()
        rosterd.stop()
        shutil.rmtree(folder, ignore_errors=True)


def without_empty(value):
    """RFC 7643 section 2.5: null, an empty list and nothing at all are the same; so is an object of such."""
    if isinstance(value, dict):
        return {k: v for k, v in ((k, without_empty(v)) for k, v in value.items()) if v not in (None, [], {}, "")}
    if isinstance(value, list):
        return [v for v in map(without_empty, value) if v not in (None, [], {}, "")]
    return value
