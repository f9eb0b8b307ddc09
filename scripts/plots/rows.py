"""Rows of results as `rtalloc-bench` writes them, and what is computed of them.

A sample that something disturbed is left out of a median as long as there is one that was not; a
median of disturbed ones alone is a point of its own kind, which figures draw hollow.
"""

import csv
import math
from collections import defaultdict
from dataclasses import dataclass, replace

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
    # No column: whether its writer made fewer updates than it was asked for; see `paced`.
    starved: bool = False


@dataclass(frozen=True)
class Spread:
    """The median of some values, and their quartiles; whether they are of disturbed samples alone, and
    whether the writer of at least half of them fell behind."""

    low: float
    median: float
    high: float
    count: int
    disturbed: bool = False
    starved: bool = False


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
    """The rows that nothing disturbed."""
    return [row for row in rows if not row.disturbed]


def counted(rows):
    """The rows that a median is of: those that nothing disturbed, or all if there are none."""
    return undisturbed(rows) or list(rows)


def spread_of(rows):
    """The spread of the rows that count, of at least one row."""
    kept = counted(rows)
    found = spread([row.value for row in kept])
    starved = 2 * sum(row.starved for row in kept) >= len(kept)
    return replace(found, disturbed=kept[0].disturbed, starved=starved)


def greatest(rows):
    """The greatest value of the rows that count, in the place of a median."""
    most = max(row.value for row in counted(rows))
    return replace(spread_of(rows), low=most, median=most, high=most)


# Where `x` runs within a sample, as percentiles or seconds do; elsewhere it tells samples apart.
X_WITHIN = {"latency", "replay", "updates", "garbage"}
# Where `case` names parts of one sample.
CASE_WITHIN = {"memory"}


def sample(row):
    """What is the same in all rows of one sample, and in no others."""
    return (
        row.experiment, row.implementation, row.family, row.routes, row.stream, row.readers, row.burst,
        row.updates, row.round, None if row.experiment in CASE_WITHIN else row.case,
        None if row.experiment in X_WITHIN else row.x,
    )  # fmt: skip


@dataclass(frozen=True)
class Samples:
    """How many samples rows are of: all, those disturbed, those with more threads than cores."""

    all: int
    disturbed: int
    oversubscribed: int


def samples(rows):
    """The samples that rows are of, each once."""
    found = by(rows, sample).values()
    return Samples(
        len(found),
        sum(any(row.disturbed for row in own) for own in found),
        sum(any(row.oversubscribed for row in own) for own in found),
    )


# Of the updates that were asked for, so many have to be made.
ENOUGH = 0.95


def paced(rows, rates):
    """The rows, marked where the `rates` of the same samples, updates a second, say that the writer
    made too few of those that it was asked for. As many as possible are never too few."""
    made = {sample(row): row.value for row in rates}

    def starved(row):
        asked = row.updates
        if not asked or math.isinf(asked):
            return False
        return made.get(sample(row), asked) < ENOUGH * asked

    return [replace(row, starved=starved(row)) for row in rows]


# So many values have to lie beyond a percentile for it to say anything.
BEYOND = 10


def resolved(rows, counts):
    """The rows of percentiles without those beyond which too few values of their sample lie; `counts`
    are rows that say how many values a sample has. The longest of all stays, and so do those of
    samples that do not say."""
    values = {sample(row): row.value for row in counts}

    def fits(row):
        beyond = values.get(sample(row), math.inf) * (100 - row.x) / 100
        return row.x >= 100 or round(beyond, 6) >= BEYOND

    return [row for row in rows if fits(row)]


def ratios(rows, reference):
    """How many times each other implementation's value the reference's is, with the spread of its
    rounds: a ratio is of two values of one round. The rows differ in implementation and round alone.
    Rounds of which a side was disturbed are left out, as long as there are others."""
    ours = {row.round: row for row in rows if row.implementation == reference}
    found = {}
    for name, own in by(rows, "implementation").items():
        pairs = [(ours[row.round], row) for row in own if row.round in ours and row.value > 0]
        if name == reference or not pairs:
            continue
        calm = [pair for pair in pairs if not any(row.disturbed for row in pair)]
        kept = calm or pairs
        starved = 2 * sum(pair[0].starved or pair[1].starved for pair in kept) >= len(kept)
        values = spread([ours.value / row.value for ours, row in kept])
        found[name] = replace(values, disturbed=not calm, starved=starved)
    return found


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
    """Sorted values of a column, and the spread of the rows of each."""
    found = by(rows, x)
    return [(at, spread_of(found[at])) for at in sorted(found)]
