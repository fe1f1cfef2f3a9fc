"""The doors and directions between the folders, shown by reading every #include."""
import os
import statistics
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import includes  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def test_folders_and_doors(capsys):
    violations, sizes, number, third_party = [], [], 0, set()
    for path in includes.sources(TOP):
        lines = includes.read(TOP, path)
        sizes.append(len(lines))
        found = includes.includes(lines)
        number += len(found)
        third_party |= {name for _, quoted, name in found if not quoted and ("/" in name or name.endswith(".h"))}
        violations += includes.check(TOP, path, lines)
    with capsys.disabled():
        print(f"\n{len(sizes)} files, {number} includes, {len(includes.DOORS)} doors, "
              f"lines: median {int(statistics.median(sizes))}, longest {max(sizes)}; "
              f"{len(third_party)} third-party and system headers")
    assert len(sizes) > 20 and number > 100, "the reader finds too little to prove anything"
    assert not violations, "\n" + "\n".join(violations)


@pytest.mark.parametrize("path, line", [
    ("store/users.h", '#include "scim/filter.h"'),
    ("store/users.h", '#include "daemon/config/config.h"'),
    ("store/users.cpp", '#include <sqlite3.h>'),
    ("scim/users.cpp", '#include "ldap/reader.h"'),
    ("ldap/planner.cpp", '#include "scim/filter.h"'),
    ("ldap/planner.cpp", '#  include <ldap.h>'),
    ("ldap/connection.h", '#include <ldap.h>'),
    ("ldap/entry.h", '#include <lber.h>'),
    ("scim/service.cpp", '#include "daemon/log/log.h"'),
    ("daemon/api/routes.cpp", '#include <pistache/http.h>'),
    ("daemon/mail/outbox.cpp", '#include <Poco/Net/SMTPClientSession.h>'),
    ("daemon/mail/transport.h", '#include <Poco/Net/SMTPClientSession.h>'),
    ("store/profile.h", '#include <rapidjson/document.h>'),
    ("scim/json.h", '#include <rapidjson/document.h>'),
    ("daemon/jobs/sync.cpp", '#include <sqlite3.h>'),
    ("daemon/api/config.cpp", '#include <toml++/toml.h>'),
    ("scim/a.cpp", '#include <store/users.h>'),
    ("scim/a.cpp", '#include "no_such_header.h"'),
])
def test_a_planted_violation_is_found(path, line):
    lines = ["#pragma once", "#include <string>", line]
    assert includes.check(TOP, path, lines), f"{line} in {path} went unnoticed"


def test_what_is_allowed_is_not_reported():
    assert not includes.check(TOP, "store/sqlite/statement.cpp", ["#include <sqlite3.h>"])
    assert not includes.check(TOP, "ldap/connection.cpp", ["#include <ldap.h>", '#include "store/clock.h"'])
    assert not includes.check(TOP, "daemon/http/worker.cpp", ["#include <pistache/reactor.h>"])


def test_a_long_file_is_found():
    assert includes.check(TOP, "scim/a.cpp", [""] * 451)
    assert not includes.check(TOP, "scim/a.cpp", [""] * 450)
