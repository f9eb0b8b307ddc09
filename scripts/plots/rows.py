"""Rows of results as `rtalloc-bench` writes them, and what is computed of them.

A sample that something disturbed is left out of every median; figures say how many were.
"""

import csv
import math
from collections import defaultdict
from dataclasses import dataclass

COLUMNS = (
    "experiment", "implementation", "family", "routes", "stream", "readers", "oversubscribed",
    "burst", "updates", "case", "x", "round", "metric", "unit", "value", "disturbed",
)  # fmt: skip


class Malformed(Exception):
    """A file that is no table of rows; says which, and where."""


@dataclass(frozen=True)
class Row:
    """One measured value; parameters that its experiment does not have are None or empty."""

    experiment: str
    implementation: str
    family: str
    routes: int
    stream: str
    readers: int | None
    oversubscribed: bool
    burst: int | None
    updates: float | None
    case: str
    x: float | None
    round: int
    metric: str
    unit: str
    value: float
    disturbed: bool


@dataclass(frozen=True)
class Spread:
    """The median of some values, and their quartiles."""

    low: float
    median: float
    high: float
    count: int


def _number(text):
    return float(text) if text else None


def _whole(text):
    return int(text) if text else None


def _truth(text):
    return {"true": True, "false": False}[text]


READ = {
    "routes": int, "readers": _whole, "oversubscribed": _truth, "burst": _whole,
    "updates": _number, "x": _number, "round": int, "value": float, "disturbed": _truth,
}  # fmt: skip


def read(path):
    """All rows of a file."""
    with open(path, newline="") as file:
        table = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            raise Malformed(f"{path}: no column {', '.join(missing)}")
        rows = []
        for fields in table:
            try:
                rows.append(Row(**{c: READ.get(c, str)(fields[c]) for c in COLUMNS}))
            except (ValueError, KeyError, TypeError) as error:
                raise Malformed(f"{path}:{table.line_num}: {error!r}") from error
        return rows


def quantile(values, share):
    """Between two values by their distance, as `benches/src/spread.rs` has it."""
    values = sorted(values)
    place = (len(values) - 1) * share
    below, above = values[math.floor(place)], values[math.ceil(place)]
    return below if below == above else below + (above - below) * (place - math.floor(place))


def spread(values):
    """The spread of at least one value."""
    low, median, high = (quantile(values, share) for share in (0.25, 0.5, 0.75))
    return Spread(low, median, high, len(values))


def undisturbed(rows):
    """The rows that count."""
    return [row for row in rows if not row.disturbed]


def by(rows, key):
    """The rows by a column's name or a function's result, in the order of the rows."""
    of = key if callable(key) else lambda row: getattr(row, key)
    found = defaultdict(list)
    for row in rows:
        found[of(row)].append(row)
    return dict(found)


def in_order(rows, column, order):
    """Pairs of a value of the column and its rows: the values of `order` in theirs, then any others.
    The order of the rows themselves is random where rounds are."""
    found = by(rows, column)
    values = [value for value in order if value in found]
    return [(v, found[v]) for v in values + sorted(set(found) - set(values), key=str)]


def select(rows, **wanted):
    """The rows whose columns have the wanted values; a tuple or set is any of its values."""

    def fits(row, name, value):
        found = getattr(row, name)
        return found in value if isinstance(value, (tuple, set, frozenset)) else found == value

    return [row for row in rows if all(fits(row, *pair) for pair in wanted.items())]


def curve(rows, x):
    """Sorted values of a column, and the spread of the undisturbed rows of each."""
    found = by(undisturbed(rows), x)
    return [(at, spread([row.value for row in found[at]])) for at in sorted(found)]
