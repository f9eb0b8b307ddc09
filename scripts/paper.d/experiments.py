"""Values of numbers from the rows of experiments; `measures.py` says what an entry has."""

import sys
from functools import cache
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "plots"))

import rows as table  # noqa: E402  of scripts/plots

from value import Value, exactly  # noqa: E402

EXPERIMENTS = (
    "throughput", "latency", "readers", "garbage", "updates", "handles", "memory", "build", "growth",
    "replay",
)  # fmt: skip
# What has the same columns: the experiments, and the lab, which scripts/reproduce does not run.
TABLES = (*EXPERIMENTS, "lab")
ACHIEVED = "updates_per_second"


@cache
def _experiment(path):
    rows = table.read(path)
    return table.paced(rows, table.select(rows, metric=ACHIEVED))


def _where(wanted):
    """What the entry wants of rows; TOML has no tuples, and infinity is a word in the rows."""
    return {key: tuple(v) if isinstance(v, list) else v for key, v in wanted.items()}


def _spread(rows, reduce):
    if reduce in ("greatest", "least"):
        pick = max if reduce == "greatest" else min
        number = pick(row.value for row in table.counted(rows))
        return Value(number, number, number, len(rows))
    if reduce == "sum":
        return exactly(sum(row.value for row in rows))
    found = table.spread_of(rows)
    return Value(
        found.low, found.median, found.high, found.count, "", found.disturbed, found.starved
    )


def _within_rounds(rows, others):
    """The ratio of the first rows to the second, of values of one round."""
    mine, theirs = ({row.round: row for row in own} for own in (rows, others))
    pairs = [(mine[r], theirs[r]) for r in sorted(mine) if r in theirs and theirs[r].value > 0]
    if not pairs:
        return None
    calm = [pair for pair in pairs if not any(row.disturbed for row in pair)]
    kept = calm or pairs
    found = table.spread([one.value / other.value for one, other in kept])
    starved = 2 * sum(a.starved or b.starved for a, b in kept) >= len(kept)
    return Value(found.low, found.median, found.high, found.count, "", not calm, starved)


def measured(path, entry):
    """The value of an entry from the rows of a file, or None if nothing there is meant."""
    rows = _experiment(path)
    wanted = _where(entry["where"])
    if "among" in entry:
        return _best(rows, wanted, entry)
    chosen = table.select(rows, **wanted)
    if "between" in entry:
        low, high = entry["between"]
        chosen = [row for row in chosen if low <= row.x <= high]
    if not chosen:
        return None
    if "over" in entry:
        return _within_rounds(chosen, table.select(rows, **wanted | _where(entry["over"])))
    return _spread(chosen, entry.get("reduce", "median"))


def _best(rows, wanted, entry):
    pick = {"greatest": max, "least": min}[entry["best"]]
    found = {}
    for name in entry["among"]:
        own = table.select(rows, **wanted | {"implementation": name})
        if not own:
            continue
        value = _spread(own, entry.get("reduce", "median"))
        if "over" in entry:
            value = _within_rounds(own, table.select(rows, **wanted | _where(entry["over"])))
        if value:
            found[name] = value
    if not found:
        return None
    name = pick(found, key=lambda one: found[one].median)
    best = found[name]
    return Value(best.low, best.median, best.high, best.count, name, best.disturbed, best.starved)


def samples(paths):
    """How many samples the rows of the files are of."""
    found = [table.samples(table.read(path)) for path in paths]
    parts = ("all", "disturbed", "oversubscribed")
    return table.Samples(*(sum(getattr(one, part) for one in found) for part in parts))
