#!/usr/bin/python3
"""The requirement table: what RFC 7643, 7644 and 9865 demand, and the tests that show it. README.md tells the form.

    tests/requirements/table.py           write the table into scim/README.md
    tests/requirements/table.py --open    list what no test shows
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
README = ROOT / "scim" / "README.md"
TITLES = {"7643": "Core Schema", "7644": "Protocol", "9865": "Cursor-Based Pagination"}
LEVELS = {"MUST", "MUST NOT", "SHALL", "SHALL NOT", "REQUIRED", "SHOULD", "SHOULD NOT", "RECOMMENDED"}
OTHERS = {"client": "clients", "deployment": "who runs the server", "registry": "authors of standards"}
BEGIN, END = "<!-- requirements: written by tests/requirements/table.py -->", "<!-- requirements: end -->"
ID = r"\d{4}-\d+(?:\.\d+)*-\d+"
MARK = re.compile(rf"[ \t]*(?://|#)?[ \t]*shows ((?:{ID})(?:, {ID})*)[ \t]*")
LIKE_A_MARK = re.compile(r"^[ \t]*(?://|#)?[ \t]*shows\s+\d{4}-", re.M)


class Wrong(Exception):
    """Something in the data or in a marker that must be mended; the text says where."""


@dataclass
class Requirement:
    id: str
    level: str
    text: str
    state: str                # "", "deviation: …", "n/a: …" or one of OTHERS
    tests: list = field(default_factory=list)  # of (ctest name, what the table says)

    rfc = property(lambda self: self.id.split("-")[0])

    @property
    def standing(self):
        kind = self.state.partition(":")[0]
        if kind in ("n/a", *OTHERS):
            return kind
        if not self.tests:
            return "open"
        return kind or "shown"


def read_requirements(paths):
    found = {}
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.strip() for part in line.split("|")]
            where = f"{path.name}:{number}"
            if len(parts) != 4 or not re.fullmatch(ID, parts[0]) or not parts[2]:
                raise Wrong(f"{where}: not «id | level | statement | state»")
            one = Requirement(*parts)
            if one.level not in LEVELS:
                raise Wrong(f"{where}: unknown level {one.level}")
            if one.id in found:
                raise Wrong(f"{where}: {one.id} stands twice")
            if one.state and one.state not in OTHERS and not re.fullmatch(r"(deviation|n/a): \S.*", one.state):
                raise Wrong(f"{where}: unknown state «{one.state}»")
            found[one.id] = one
    return found


def test_below(lines, number, suffix):
    """The test whose marker ends before line `number`, or None."""
    rest = lines[number:]
    while rest and (rest[0].lstrip().startswith(("//", "#"))):
        rest = rest[1:]
    if suffix == ".cpp":
        found = re.match(r"TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", "\n".join(rest))
        return f"{found[1]}.{found[2]}" if found else None
    if rest and rest[0].startswith("@"):  # decorators, over however many lines
        rest = rest[next((i for i, line in enumerate(rest) if line.startswith("def ")), len(rest)):]
    found = re.match(r"def (test_\w+)\(", rest[0]) if rest else None
    return found[1] if found else None


def names_of(path, root, test):
    """(name in ctest's list, name in the table)"""
    folder = path.relative_to(root / "tests").parts[0]
    if path.suffix == ".cpp":
        return f"{folder}:{test}", f"{folder}:{test}"
    entry = f"{folder}:{path.stem.removeprefix('test_')}"
    return entry, f"{entry} {test}"


def read_markers(path, root):
    """Yields (ids, ctest name, shown name) of one file."""
    text = path.read_text()
    if not LIKE_A_MARK.search(text):
        return
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if not LIKE_A_MARK.match(line):
            continue
        where = f"{path.relative_to(root)}:{i + 1}"
        mark = MARK.fullmatch(line)
        if not mark:
            raise Wrong(f"{where}: a marker is «shows ID, ID» and nothing else; a further line begins with «shows» too")
        ids = mark[1].split(", ")
        if path.suffix == ".golden":
            name = str(path.relative_to(root / "tests" / "data" / "scim").with_suffix(""))
            yield ids, "system:scim_clients", f"system:scim_clients {name}"
            continue
        test = test_below(lines, i + 1, path.suffix)
        if test is None:
            raise Wrong(f"{where}: there is no test right below the marker")
        yield ids, *names_of(path, root, test)


def marked_files(root):
    tests = root / "tests"
    own = {tests / "requirements" / "test_table.py"}
    found = [p for kind in ("*/*_test.cpp", "*/test_*.py", "data/scim/*/*.golden") for p in tests.glob(kind)]
    return sorted(set(found) - own)


def mark_all(requirements, root):
    for path in marked_files(root):
        for ids, entry, shown in read_markers(path, root):
            for one in ids:
                requirement = requirements.get(one)
                if requirement is None:
                    raise Wrong(f"{path.relative_to(root)}: there is no requirement {one}")
                if requirement.standing in ("n/a", *OTHERS):
                    raise Wrong(f"{path.relative_to(root)}: {one} is said to be «{requirement.state}»")
                if (entry, shown) not in requirement.tests:
                    requirement.tests.append((entry, shown))


def load(root=ROOT):
    data = root / "tests" / "requirements"
    requirements = read_requirements([data / f"rfc{rfc}.txt" for rfc in TITLES])
    mark_all(requirements, root)
    return requirements


def count(requirements):
    kinds = {}
    for one in requirements:
        kinds[one.standing] = kinds.get(one.standing, 0) + 1
    return kinds


def cell(one):
    tests = "<br>".join(f"`{shown}`" for _, shown in one.tests)
    kind, _, why = one.state.partition(": ")
    if one.standing == "open":
        return "**open**" + (f": {why}" if why else "")
    if kind == "deviation":
        return f"**deviation**: {why}<br>{tests}"
    if kind == "n/a":
        return f"not applicable: {why}"
    return tests


def summary(requirements):
    kinds = count(requirements)
    here = sum(n for kind, n in kinds.items() if kind not in OTHERS)
    words = [("shown", "shown by a test"), ("deviation", "deviations, each with its reason and a test"),
             ("n/a", "not applicable"), ("open", "**open**: no test shows them")]
    parts = ", ".join(f"{kinds.get(kind, 0)} {word}" for kind, word in words)
    return f"{here} statements bind this server: {parts}. {len(requirements) - here} more bind others."


def table(requirements):
    everything = list(requirements.values())
    out = [summary(everything), ""]
    for rfc, title in TITLES.items():
        mine = [one for one in everything if one.rfc == rfc]
        ours = [one for one in mine if one.state not in OTHERS]
        kinds = count(ours)
        told = ", ".join(f"{kinds[kind]} {word}" for kind, word in
                         (("shown", "shown"), ("deviation", "deviations"), ("n/a", "not applicable"), ("open", "open"))
                         if kind in kinds)
        out += [f"<details><summary>RFC {rfc}, {title}: {told}</summary>", "",
                "| id | level | statement | shown by |", "|---|---|---|---|"]
        out += [f"| {one.id} | {one.level} | {one.text} | {cell(one)} |" for one in ours]
        out += ["", "</details>", ""]
    others = [one for one in everything if one.state in OTHERS]
    out += [f"<details><summary>What binds others: {len(others)}</summary>", "",
            "| id | level | statement | binds |", "|---|---|---|---|"]
    out += [f"| {one.id} | {one.level} | {one.text} | {OTHERS[one.state]} |" for one in others]
    return "\n".join([*out, "", "</details>"])


def put_into(readme, text):
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        raise Wrong("scim/README.md lacks the two marks between which the table stands")
    before, _, rest = readme.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"


def ctest_names(build):
    # From a folder of its own: ctest writes its log also when it only lists, over that of the run that asks.
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "CTestTestfile.cmake").write_text(f'subdirs("{pathlib.Path(build).resolve()}")\n')
        listed = subprocess.run(["ctest", "--show-only=json-v1"], cwd=folder, check=True, capture_output=True, text=True)
    return {test["name"] for test in json.loads(listed.stdout)["tests"]}


def missing(requirements, names):
    """Marked tests that ctest does not run; a parameterised one is there under its instances."""
    plain = {re.sub(r"^(\w+:)(?:\w+/)?(\w+\.\w+)/.*$", r"\1\2", name) for name in names}
    return sorted({entry for one in requirements.values() for entry, _ in one.tests} - plain)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", action="store_true", help="list what no test shows, write nothing")
    args = parser.parse_args()
    try:
        requirements = load()
        if args.open:
            for one in requirements.values():
                if one.standing == "open":
                    print(f"{one.id:20} {one.level:12} {one.text}" + (f" ({one.state})" if one.state else ""))
        else:
            README.write_text(put_into(README.read_text(), table(requirements)))
        print(summary(list(requirements.values())).replace("**", ""))
    except Wrong as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    main()
