"""Reading and writing LDIF (RFC 2849) content records, and as much of DNs (RFC 4514) as sorting them needs."""
import base64
import re
from dataclasses import dataclass, field

_SAFE = re.compile(rb"^[\x01-\x09\x0b\x0c\x0e-\x1f\x21-\x39\x3b\x3d-\x7f][\x01-\x09\x0b\x0c\x0e-\x7f]*$")
_ESCAPE = re.compile(r'([,+"\\<>;=])')


@dataclass
class Entry:
    dn: str
    attributes: list = field(default_factory=list)  # (name as written, value as bytes)

    def values(self, name):
        name = name.lower()
        return [v for a, v in self.attributes if a.split(";")[0].lower() == name]

    def by_name(self):
        result = {}
        for name, value in self.attributes:
            result.setdefault(name.lower(), []).append(value.decode("utf-8", "replace"))
        return result


@dataclass
class Parsed:
    entries: list
    left_out: dict  # reason → number of lines or records


def _logical_lines(data):
    line = None
    for raw in data.replace(b"\r\n", b"\n").split(b"\n"):
        if raw.startswith(b" ") and line is not None:
            line += raw[1:]
            continue
        if line is not None:
            yield line
        line = raw
    if line is not None:
        yield line


def _records(data):
    record = []
    for line in _logical_lines(data):
        if line.startswith(b"#"):
            continue
        if line.strip() == b"":
            if record:
                yield record
            record = []
        else:
            record.append(line)
    if record:
        yield record


def _split(line):
    """(name, value), or (name, None) for a value given by URL."""
    name, colon, rest = line.partition(b":")
    if not colon:
        raise ValueError(f"no colon in {line[:60]!r}")
    name = name.decode("ascii", "replace").strip()
    if rest.startswith(b":"):
        return name, base64.b64decode(rest[1:].strip())
    if rest.startswith(b"<"):
        return name, None
    return name, rest.lstrip(b" ")


def parse(data):
    """All content records. What is no content (modifications, URL values) is counted, never guessed."""
    entries, left_out = [], {}

    def count(reason):
        left_out[reason] = left_out.get(reason, 0) + 1

    for record in _records(data):
        try:
            pairs = [_split(line) for line in record]
        except ValueError:
            count("records that are not LDIF")
            continue
        if pairs[0][0].lower() == "version":
            pairs = pairs[1:]
        if not pairs or pairs[0][0].lower() != "dn":
            if pairs:
                count("records without a dn")
            continue
        changetype = next((v for n, v in pairs[1:] if n.lower() == "changetype"), b"add")
        if changetype != b"add":
            count(f"change records ({changetype.decode('ascii', 'replace')})")
            continue
        entry = Entry((pairs[0][1] or b"").decode("utf-8", "replace"))
        for name, value in pairs[1:]:
            if name.lower() in ("changetype", "control"):
                continue
            if value is None:
                count("values given by URL")
            else:
                entry.attributes.append((name, value))
        entries.append(entry)
    return Parsed(entries, left_out)


def line(name, value):
    if isinstance(value, str):
        value = value.encode()
    if value == b"":
        return f"{name}:\n"
    if _SAFE.match(value) and not value.endswith(b" "):
        return f"{name}: {value.decode('ascii')}\n"
    return f"{name}:: {base64.b64encode(value).decode('ascii')}\n"


def grouped(attributes):
    """Values of one attribute side by side: slapadd keeps scattered ones as two attributes of the same name."""
    names = {}
    for name, value in attributes:
        names.setdefault(name.lower(), []).append((name, value))
    return [pair for pairs in names.values() for pair in pairs]


def write(entries):
    return "".join(line("dn", e.dn) + "".join(line(a, v) for a, v in e.attributes) + "\n" for e in entries)


def entry(dn, *pairs):
    return Entry(dn, [(n, v.encode() if isinstance(v, str) else v) for n, v in pairs])


def escape(value):
    """An attribute value as it stands in a DN (RFC 4514, 2.4)."""
    value = _ESCAPE.sub(r"\\\1", value)
    if value[:1] in ("#", " "):
        value = "\\" + value
    if value.endswith(" ") and not value.endswith("\\ "):
        value = value[:-1] + "\\ "
    return value


def rdns(dn):
    """The RDNs as written, outer spaces removed; escapes and quotes are respected."""
    parts, start, quoted, i = [], 0, False, 0
    while i < len(dn):
        c = dn[i]
        if c == "\\":
            i += 1
        elif c == '"':
            quoted = not quoted
        elif c in ",;" and not quoted:
            parts.append(dn[start:i])
            start = i + 1
        i += 1
    parts.append(dn[start:])
    return [p.strip() for p in parts] if dn.strip() else []


def key(dn):
    """Comparable form: lower case, spaces around `=` gone. Good for hierarchy, not for every equality of DNs."""
    return tuple(re.sub(r"\s*=\s*", "=", r, count=1).lower() for r in rdns(dn))


def parent(dn):
    return ",".join(rdns(dn)[1:])


def below(dn, base):
    """True for the base itself as well."""
    d, b = key(dn), key(base)
    return len(d) >= len(b) and d[len(d) - len(b):] == b
