"""Makes somebody else's LDIF loadable by a private slapd: what the installed schemas do not know gets a definition,
what cannot be loaded is left out and counted. Nothing is left out silently."""
import os
import re
import subprocess

from . import ldif, schema
from .processes import LabError
from .slapd import SCHEMA_DIR, SCHEMAS, _ENV

STRUCTURAL = "rosterdDemoEntry"  # for entries whose structural class no installed schema knows
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9-]*$")
# The server makes these itself.
_OWN = {"entrydn", "subschemasubentry", "hassubordinates", "numsubordinates", "structuralobjectclass", "contextcsn"}
_BAD_VALUE = re.compile(r"invalid value for attributeType (\S+) #\d+|str2entry NULL \(smr_normalize (\S+) ")
_BAD_LINE = re.compile(r"\(line=(\d+)\)")


def schema_files(folder):
    """Those of Debian's schema files that load together here, found by asking slaptest once."""
    chosen = []
    conf = os.path.join(folder, "try.conf")
    for name in SCHEMAS:
        path = f"{SCHEMA_DIR}/{name}.schema"
        if not os.path.exists(path):
            continue
        with open(conf, "w", encoding="utf-8") as f:
            f.writelines(f"include {p}\n" for p in [*chosen, path])
        run = subprocess.run(["slaptest", "-u", "-f", conf], env=_ENV, capture_output=True)
        if run.returncode == 0:
            chosen.append(path)
    os.unlink(conf)
    if not chosen:
        raise LabError(f"no schema file in {SCHEMA_DIR} loads; is the package slapd complete?")
    return chosen


class Foreign:
    """entries, schema_files, extra_schema: what Slapd needs. notes: sentences for the user."""

    def __init__(self, path, base, folder):
        with open(path, "rb") as f:
            parsed = ldif.parse(f.read())
        self.base, self.folder, self.notes = base, folder, []
        self.left_out = dict(parsed.left_out)
        self.schema_files = schema_files(folder)
        self.extra_schema = None
        self.entries = self._within(parsed.entries)
        if not self.entries:
            raise LabError(f"{path} has no entry at or below {base}" + (
                f"; its first entry is {parsed.entries[0].dn}" if parsed.entries else "; is it LDIF with content records?"))
        self._auxiliary_posix_groups()
        self.known = schema.read(self.schema_files)
        self._clean()
        self._define()
        self._complete_tree()

    def _count(self, reason, number=1):
        self.left_out[reason] = self.left_out.get(reason, 0) + number

    def _within(self, entries):
        result, seen = [], set()
        for entry in entries:
            if not ldif.below(entry.dn, self.base):
                self._count(f"entries outside {self.base}")
            elif ldif.key(entry.dn) in seen:
                self._count("entries whose DN came before")
            else:
                seen.add(ldif.key(entry.dn))
                result.append(entry)
        return sorted(result, key=lambda e: len(ldif.rdns(e.dn)))  # parents first; sorted() is stable

    def _auxiliary_posix_groups(self):
        """RFC 2307bis, which many directories use, has posixGroup as an auxiliary class; Debian's nis.schema has not."""
        def mixed(entry):
            classes = {v.lower() for v in entry.values("objectClass")}
            return b"posixgroup" in classes and len(classes - {b"posixgroup", b"top"}) > 0
        if not any(mixed(e) for e in self.entries):
            return
        source = f"{SCHEMA_DIR}/nis.schema"
        with open(source, encoding="utf-8") as f:
            text = re.sub(r"(NAME 'posixGroup'[^()]*?SUP top) STRUCTURAL", r"\1 AUXILIARY", f.read(), flags=re.S)
        own = os.path.join(self.folder, "nis-auxiliary.schema")
        with open(own, "w", encoding="utf-8") as f:
            f.write(text)
        self.schema_files = [own if p == source else p for p in self.schema_files]
        self.notes.append("posixGroup is used beside other classes: it is auxiliary here, as in RFC 2307bis.")

    def _clean(self):
        for entry in self.entries:
            kept = []
            for name, value in entry.attributes:
                bare = name.split(";")[0]
                if not _NAME.match(bare):
                    self._count(f"lines of {bare} (no name that OpenLDAP takes)")
                elif bare.lower() in _OWN:
                    self._count(f"lines of {bare} (the server makes it itself)")
                elif schema.is_foreign_setting(bare):
                    self._count(f"lines of {bare} (a setting of another server)")
                elif value == b"":
                    self._count(f"empty lines of {bare}")
                else:
                    kept.append((name, value))
            entry.attributes = kept

    def _define(self):
        attributes, spelling, classes, lonely = {}, {}, {}, 0
        for entry in self.entries:
            names = [v.decode("utf-8", "replace") for v in entry.values("objectClass")]
            unknown = [n for n in names if n.lower() not in self.known.classes and _NAME.match(n)]
            used = {a.split(";")[0] for a, _ in entry.attributes}
            for a in used - {"objectClass"}:
                if a.lower() not in self.known.attributes:
                    name = spelling.setdefault(a.lower(), a)
                    attributes.setdefault(name, []).extend(entry.values(a)[:3])
            allowed = self.known.allowed(names)
            spare = {spelling.get(a.lower(), a.lower()) for a in used
                     if self.known.aliases.get(a.lower(), a.lower()) not in allowed and a.lower() not in allowed
                     and a.lower() != "objectclass"}
            for n in unknown:
                have = next((c for c in classes if c.lower() == n.lower()), n)
                classes.setdefault(have, set()).update(spare)
            if spare and not unknown:
                entry.attributes.append(("objectClass", b"extensibleObject"))
            if not self.known.structural(names):
                entry.attributes.append(("objectClass", STRUCTURAL.encode()))
                lonely += 1
        if attributes or classes or lonely:
            self._write_schema(attributes, classes, lonely)

    def _write_schema(self, attributes, classes, lonely):
        self.extra_schema = os.path.join(self.folder, "extra.schema")
        with open(self.extra_schema, "w", encoding="utf-8") as f:
            f.write(schema.extra(attributes, classes, STRUCTURAL if lonely else None))
        if attributes:
            self.notes.append("Defined here because no installed schema knows them: attributes " +
                              ", ".join(sorted(attributes)) + ".")
        if classes:
            self.notes.append("Defined here as auxiliary: object classes " + ", ".join(sorted(classes)) + ".")
        if lonely:
            self.notes.append(f"{lonely} entries have no structural class of a known schema and got {STRUCTURAL}.")

    def _complete_tree(self):
        have = {ldif.key(e.dn) for e in self.entries}
        added = []
        for entry in list(self.entries):
            dn = ldif.parent(entry.dn)
            while dn and ldif.below(dn, self.base) and ldif.key(dn) not in have:
                have.add(ldif.key(dn))
                added.append(dn)
                dn = ldif.parent(dn)
        if ldif.key(self.base) not in have:
            added.append(self.base)
        for dn in added:
            name, _, value = ldif.rdns(dn)[0].partition("=")
            self.entries.append(ldif.entry(dn, ("objectClass", "organizationalRole"), ("objectClass", "extensibleObject"),
                                           ("cn", value.strip()), (name.strip(), value.strip())))
        if added:
            self.notes.append("Added because entries lie below them: " + "; ".join(added[:5]) +
                              (f" and {len(added) - 5} more" if len(added) > 5 else "") + ".")
        self.entries.sort(key=lambda e: len(ldif.rdns(e.dn)))

    def load(self, slapd):
        """Asks slapadd which values it refuses, leaves exactly these out, and loads the rest."""
        for _ in range(20):
            bad = self._refused(slapd)
            if not bad:
                break
            gone = set()
            for number, attribute in bad.items():
                entry = self.entries[number]
                if attribute is None:
                    self._count(f"entries that slapd refuses, first: {entry.dn}")
                    gone.add(number)
                else:
                    before = len(entry.attributes)
                    entry.attributes = [(a, v) for a, v in entry.attributes
                                        if a.split(";")[0].lower() != attribute.split(";")[0].lower()]
                    self._count(f"lines of {attribute} (a value does not fit its syntax)", before - len(entry.attributes))
                    if len(entry.attributes) == before:
                        gone.add(number)
            self.entries = [e for i, e in enumerate(self.entries) if i not in gone]
        # Without schema checking: a missing obligatory attribute is the directory's own business. slapadd then leaves out
        # structuralObjectClass as well, without which no entry can be changed later: so it is given.
        slapd.load(ldif.write(ldif.Entry(e.dn, ldif.grouped([*e.attributes, self._structural(e)])) for e in self.entries),
                   "-s")

    def _structural(self, entry):
        names = [v.decode("utf-8", "replace") for v in entry.values("objectClass")]
        found = self.known.structural(names)
        return "structuralObjectClass", (found[0] if found else STRUCTURAL).encode()

    def _refused(self, slapd):
        """entry number → offending attribute or None, from a dry run of slapadd."""
        starts, text, at = [], "", 1
        for entry in self.entries:
            record = ldif.write([entry])
            starts.append(at)
            at += record.count("\n")
            text += record
        run = subprocess.run(["slapadd", "-u", "-c", "-s", "-f", slapd.conf, "-b", self.base], input=text.encode(),
                             env=_ENV, capture_output=True)
        bad, attribute = {}, None
        for message in run.stderr.decode("utf-8", "replace").splitlines():
            value = _BAD_VALUE.search(message)
            attribute = (value.group(1) or value.group(2)) if value else attribute
            where = _BAD_LINE.search(message)
            if where:
                number = max(i for i, s in enumerate(starts) if s <= int(where.group(1)))
                bad[number] = attribute
                attribute = None
        if run.returncode != 0 and not bad:
            raise LabError("slapadd refuses the LDIF:\n" + run.stderr.decode("utf-8", "replace")[-1500:])
        return bad

    def report(self):
        lines = list(self.notes)
        lines += [f"Left out: {number} {reason}" for reason, number in sorted(self.left_out.items())]
        return lines
