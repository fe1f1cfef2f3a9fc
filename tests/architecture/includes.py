"""The rules of the folders, as data, and the reader that checks them against the #include lines."""
import os
import re
from dataclasses import dataclass

FOLDERS = ("store", "scim", "ldap", "daemon")
# Which folder may include which; everything not listed is forbidden.
KNOWS = {"store": {"store"}, "scim": {"scim", "store"}, "ldap": {"ldap", "store"},
         "daemon": {"daemon", "store", "scim", "ldap"}}


@dataclass(frozen=True)
class Door:
    """A third-party library may be included only by files that match `allowed`."""
    library: str
    include: str  # regular expression over the name between <> or ""
    allowed: str  # regular expression over the file's path
    why: str


DOORS = (
    Door("SQLite", r"sqlite3(ext)?\.h$", r"^store/sqlite/[^/]+\.(cpp|h)$", "only store/sqlite/ talks SQL"),
    Door("libldap", r"^(ldap|lber|ldap_[a-z]+|lber_[a-z]+)\.h$",
         r"^ldap/(connection|reader)[a-z_]*\.cpp$", "only the connection and the reader talk LDAP"),
    Door("Pistache", r"^pistache/", r"^daemon/http/", "Pistache stays inside the HTTP door"),
    Door("Poco", r"^Poco/", r"^daemon/mail/[^/]*transport[^/]*\.cpp$", "Poco stays inside the mail transport"),
    Door("RapidJSON", r"^rapidjson/", r"^(?!store/.*\.h$).*\.cpp$", "RapidJSON appears in no header"),
    Door("toml++", r"^toml\+\+/", r"^daemon/config/", "TOML is known to the configuration only"),
    Door("CLI11", r"^CLI/", r"^daemon/(cli/[^/]+|main)\.(cpp|h)$", "the command line library stays in daemon/cli/"),
    Door("prometheus-cpp", r"^prometheus/", r"^daemon/metrics/", "metrics are kept in daemon/metrics/"),
    Door("OpenSSL", r"^openssl/", r"^daemon/http/", "TLS of the HTTP door only"),
    Door("libsodium", r"^sodium", r"\.cpp$", "no header shows libsodium's types"),
    Door("zxcvbn", r"^zxcvbn\.h$", r"^(daemon|store)/.*\.cpp$", "no header shows zxcvbn"),
    Door("systemd", r"^systemd/", r"^daemon/.*\.cpp$", "systemd is the process's business"),
    Door("mustache", r"mustache\.hpp$", r"^daemon/(mail|api)/[^/]+\.cpp$", "templates are rendered for mails and pages only"),
    Door("ICU", r"^unicode/", r"\.cpp$", "no header shows ICU's types"),
    Door("libidn2", r"^idn2\.h$", r"^daemon/mail/[^/]+\.cpp$", "mail addresses only"),
)
# Private headers of one folder that carry a library's types, each by name.
EXCEPTIONS = {
    ("RapidJSON", "ldap/json.h"),    # entries as stored documents
    ("libsodium", "ldap/digest.h"),  # the state of a streamed hash is a member
}
MAX_LINES = 450
_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources(top):
    for folder in FOLDERS:
        for where, folders, names in os.walk(os.path.join(top, folder)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(where, name), top)


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8") as f:
        return f.read().splitlines()


def includes(lines):
    """[(line number, quoted, name)]"""
    found = []
    for number, line in enumerate(lines, 1):
        match = _INCLUDE.match(line)
        if match:
            found.append((number, match.group(1) == '"', match.group(2)))
    return found


def _direction(path, number, name):
    own, other = path.split("/")[0], name.split("/")[0]
    if other in FOLDERS and "/" in name and other not in KNOWS[own]:
        return f"{path}:{number}: {own}/ must not know {other}/ ({name})"
    return None


def _doors(path, number, name):
    for door in DOORS:
        if re.search(door.include, name) and not re.search(door.allowed, path) and \
                (door.library, path) not in EXCEPTIONS:
            yield f"{path}:{number}: {name}: {door.why}"


def check(top, path, lines):
    """Every violation in one file, as a sentence."""
    found = []
    for number, quoted, name in includes(lines):
        wrong = _direction(path, number, name)
        if wrong:
            found.append(wrong)
        found += _doors(path, number, name)
        if quoted and not os.path.exists(os.path.join(top, name)):
            found.append(f"{path}:{number}: {name}: quoted includes start at the top of the checkout")
        if not quoted and name.split("/")[0] in FOLDERS and "/" in name:
            found.append(f"{path}:{number}: <{name}>: our own headers are quoted")
    if path.endswith(".h") and "#pragma once" not in [line.strip() for line in lines]:
        found.append(f"{path}: no #pragma once")
    if len(lines) > MAX_LINES:
        found.append(f"{path}: {len(lines)} lines, more than {MAX_LINES}")
    return found
