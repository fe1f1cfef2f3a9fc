"""What a client knows about its own writes: everything that was acknowledged, and at most one change in flight.

A change is {key: state}; a state is any comparable value, None for what does not exist. A change is all or nothing: after
a crash, what is found must be everything of the change or nothing of it. A change may have parts: then this holds for each."""


class Violation(Exception):
    """A promise was broken; the text says which, with the keys and states."""


class Journal:
    def __init__(self):
        self.acknowledged = {}
        self.pending = None
        self.parts = []
        self.answers = 0

    def begin(self, *parts):
        """The request that states the change, or its parts, is about to be sent."""
        assert self.pending is None, "one request at a time"
        self.parts = [dict(part) for part in parts]
        self.pending = {key: state for part in parts for key, state in part.items()}

    def acknowledge(self):
        """The server said yes: from now on the change must be there for ever."""
        self.acknowledged.update(self.pending)
        self.pending = None
        self.answers += 1

    def refused(self):
        """The server said no: nothing of the change may be there."""
        self.pending = None

    def settle(self, found):
        """After a crash. `found`: key → state for the keys of the pending change. Returns True when all of it was applied."""
        self.pending = None
        return all([self._settle(part, found) for part in self.parts])

    def _settle(self, change, found):
        before = {key: self.acknowledged.get(key) for key in change}
        if all(found[key] == change[key] for key in change):
            self.acknowledged.update(change)
            return True
        if all(found[key] == before[key] for key in change):
            return False
        for key in change:
            if found[key] not in (before[key], change[key]):
                raise Violation(f"{key}: found {found[key]!r}, acknowledged {before[key]!r}, in flight {change[key]!r}")
        raise Violation(f"half applied: found { {key: found[key] for key in change}!r}, before {before!r}, asked for {change!r}")

    def compare(self, found):
        """`found`: key → state for some acknowledged keys. Raises Violation at the first difference."""
        for key, state in found.items():
            if state != self.acknowledged.get(key):
                raise Violation(f"acknowledged change lost: {key}: found {state!r}, acknowledged {self.acknowledged.get(key)!r}")
