"""What a suite says, and which of it is explained: the file `exceptions`."""
import re
from dataclasses import dataclass, field

LINE = re.compile(r"^(?P<suite>[\w-]+) \| (?P<check>[^|]+) \| (?P<message>.+)$")


@dataclass(frozen=True)
class Finding:
    suite: str
    check: str
    message: str
    failed: bool

    def __str__(self):
        return f"{self.suite} | {self.check} | {self.message}"


@dataclass
class Explained:
    """One entry: a line `suite | check | regular expression of the message`, below it the reason, indented."""
    suite: str
    check: str
    message: re.Pattern
    reason: list = field(default_factory=list)
    met: int = 0

    def covers(self, finding):
        return (finding.suite, finding.check) == (self.suite, self.check) and self.message.search(finding.message)

    def __str__(self):
        return f"{self.suite} | {self.check} | {self.message.pattern}"


class ExceptionsError(Exception):
    pass


def read(text):
    """Raises ExceptionsError: an entry without the RFC's words is none."""
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            if not entries:
                raise ExceptionsError(f"line {number}: a reason without an entry")
            entries[-1].reason.append(line.strip())
            continue
        parts = LINE.match(line)
        if not parts:
            raise ExceptionsError(f"line {number}: 'suite | check | message' expected")
        entries.append(Explained(parts["suite"], parts["check"].strip(), re.compile(parts["message"])))
    for entry in entries:
        if not re.search(r"RFC \d{4} section [\d.]+: .{20,}", " ".join(entry.reason)):
            raise ExceptionsError(f"{entry}: the RFC's section and words are missing")
    return entries


def judge(findings, entries, suites):
    """(failures nobody explained, entries of these suites that were not met)"""
    unexplained = []
    for finding in findings:
        if finding.failed:
            covering = [entry for entry in entries if entry.covers(finding)]
            for entry in covering:
                entry.met += 1
            if not covering:
                unexplained.append(finding)
    return unexplained, [entry for entry in entries if entry.suite in suites and not entry.met]
