"""The suites, each as a function (address, token) -> findings. Needs what requirements.txt names."""
import json
import os
import subprocess
import sys

from findings import Finding


def scim2_tester(url, token):
    from httpx2 import Client
    from scim2_client.engines.httpx2 import SyncSCIMClient
    from scim2_tester import Status, check_server
    with Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
        results = check_server(SyncSCIMClient(http))
    fine = (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED)
    return [Finding("scim2-tester", " ".join(filter(None, (r.title, r.resource_type))),
                    " ".join(f"{r.status.name}: {r.reason or ''}".split()), r.status not in fine) for r in results]


def scim_sanity(url, token):
    ran = subprocess.run([os.path.join(os.path.dirname(sys.executable), "scim-sanity"), "probe", url, "--token", token,
                          "--json-output", "--i-accept-side-effects"], capture_output=True, text=True, timeout=300)
    try:
        results = json.loads(ran.stdout)["results"]
    except (ValueError, KeyError) as e:
        raise SystemExit(f"scim-sanity ended with {ran.returncode} and no result:\n{ran.stdout}{ran.stderr}") from e
    return [Finding("scim-sanity", r["name"], f"{r['status']}: {r.get('message', '')}", r["status"] not in ("pass", "skip"))
            for r in results]


SUITES = {"scim2-tester": scim2_tester, "scim-sanity": scim_sanity}
