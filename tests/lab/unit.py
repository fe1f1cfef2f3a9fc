"""Reads a systemd unit file: what the tests need of its syntax, and nothing guessed. An option that is not known here is an error."""
import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def path():
    """$ROSTERD_UNIT (the one that an installation made), or the source."""
    return os.environ.get("ROSTERD_UNIT") or os.path.join(TOP, "systemd", "rosterd.service")


def read(file):
    """{section: {option: [values in order]}}; an empty value resets the list, as systemd does."""
    sections, section = {}, None
    with open(file, encoding="utf-8") as f:
        text = re.sub(r"\\\n\s*", " ", f.read())
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            section = sections.setdefault(line.strip("[]"), {})
            continue
        name, _, value = line.partition("=")
        values = section.setdefault(name.strip(), [])
        if value.strip():
            values.append(value.strip())
        else:
            values.clear()
    return sections


def last(service, option, default=None):
    return service[option][-1] if service.get(option) else default


def yes(service, option):
    return last(service, option, "no").lower() in ("yes", "true", "on", "1")


def members(name, seen=None):
    """The system calls behind a name of SystemCallFilter=; a set is resolved by systemd itself."""
    if not name.startswith("@"):
        return {name}
    run = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], capture_output=True, text=True,
                         timeout=20, check=True)
    calls = set()
    for line in run.stdout.splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            calls |= members(word)
    if not calls:
        raise ValueError(f"{name} is an empty set: {run.stdout!r}")
    return calls


def allowed_calls(service):
    """SystemCallFilter= as a set of names. Only the form that our unit has: first what is allowed, then `~` what is not."""
    lines = service["SystemCallFilter"]
    if lines[0].startswith("~"):
        raise ValueError("SystemCallFilter= must begin with what is allowed")
    calls = set()
    for line in lines:
        remove = line.startswith("~")
        for name in line.lstrip("~").split():
            calls = calls - members(name) if remove else calls | members(name)
    # What systemd itself always allows: without these nothing could be executed at all.
    return calls | members("@default") | {"execve"}
