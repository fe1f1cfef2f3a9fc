"""The two tables: ours beside its limit, and the growth from the smallest size to the largest."""
from dataclasses import asdict, dataclass


@dataclass
class Row:
    what: str
    ours: float
    limit: float
    bar: float           # the ratio that must hold
    at_least: bool = False
    unit: str = "s"
    note: str = ""

    @property
    def ratio(self):
        return self.ours / self.limit if self.limit else 0.0

    @property
    def good(self):
        return self.ratio >= self.bar if self.at_least else self.ratio <= self.bar

    def cells(self):
        sign = "≥" if self.at_least else "≤"
        return [self.what, f"{number(self.ours)} {self.unit}", f"{number(self.limit)} {self.unit}", f"{self.ratio:.2f}",
                f"{sign} {self.bar:g}", "yes" if self.good else "NO", self.note]

    def as_json(self):
        return {**asdict(self), "ratio": round(self.ratio, 4), "good": self.good}


@dataclass
class Growth:
    what: str
    unit: str
    by_size: dict        # people → cost
    bar: float = 0.0     # largest over smallest; 0: shown only
    note: str = ""

    @property
    def ratio(self):
        sizes = sorted(self.by_size)
        return self.by_size[sizes[-1]] / self.by_size[sizes[0]] if self.by_size[sizes[0]] else 0.0

    @property
    def good(self):
        return not self.bar or self.ratio <= self.bar

    def as_json(self):
        return {**asdict(self), "ratio": round(self.ratio, 4), "good": self.good}


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def lay_out(head, rows):
    widths = [max(len(str(r[i])) for r in [head, *rows]) for i in range(len(head))]
    def line(cells):
        return "  ".join(str(c).ljust(w) for c, w in zip(cells, widths)).rstrip()
    return "\n".join([line(head), line(["-" * w for w in widths]), *map(line, rows)])


def print_all(rows, growths):
    print("\nOurs beside its limit, same machine, same run\n")
    print(lay_out(["what", "ours", "limit", "ratio", "bar", "reached", "note"], [r.cells() for r in rows]))
    if growths:
        sizes = sorted({s for g in growths for s in g.by_size})
        print("\nGrowth\n")
        print(lay_out(["what", "unit", *(f"{s:,} people" for s in sizes), "ratio", "bar", "reached", "note"],
                      [[g.what, g.unit, *(number(g.by_size[s]) if s in g.by_size else "" for s in sizes),
                        f"{g.ratio:.2f}", f"≤ {g.bar:g}" if g.bar else "", "" if not g.bar else "yes" if g.good else "NO",
                        g.note] for g in growths]))
    print(flush=True)
