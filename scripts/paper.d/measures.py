"""Values of the paper's numbers, each from the file that its entry in `paper/numbers.toml` names.

An entry says where a value comes `from`:

`figures`      rows of `figures.csv`, of an older `folder` if one is named: the median of the rounds of
               `figure` `against` a name that fits the pattern; with `over` its ratio, round by round,
               to another; with `side` the first or second value that its remark names; with `within`
               what that captures in the remark
an experiment  rows of `NAME.csv`: the median of those `where` the columns have the values given; with
               `over` its ratio, round by round, to the rows that differ from these as `over` says;
               with `among` the `best` of several implementations
`misses`       `column` of the row of `misses.csv` for a `family`, `stream` and `candidate`
`mutants`      how many mutants: of all or of those of `edges`, `run_with` some models, `killed` by what,
               surviving for `reasons`, or `unexplained`
`executions`   what a loom model takes, or of all of them the `sum`, the `greatest` or how `many`
`steps`        the bound of a reader's `operation`, from the table in `src/docs/wait_freedom.rs`
`environment`  the first of `fields` that the environment has in which `file` was recorded
`run`          of all samples of the newest full run, `all`, `disturbed` or `oversubscribed`
`source`       what `pattern` captures in `file`, `times` a factor; the pattern has to occur

A file that was never recorded is one thing, and the number is then absent; a file that has nothing
for the entry is another, and an error.
"""

import csv
import json
import math
import re
import statistics
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plots"))

import rows as table  # noqa: E402  of scripts/plots

from results import NotRecorded  # noqa: E402, F401


class Unknown(Exception):
    """A number that cannot be computed; says which and why."""


@dataclass(frozen=True)
class Value:
    """A value with the quartiles that it lies between, whose it is if that was to be found, and what
    speaks against it."""

    low: float
    median: float
    high: float
    count: int = 1
    who: str = ""
    disturbed: bool = False
    starved: bool = False


def exactly(number):
    """A value that has no spread."""
    return Value(number, number, number)


EXPERIMENTS = (
    "throughput", "latency", "readers", "garbage", "updates", "handles", "memory", "build", "growth",
    "replay",
)  # fmt: skip
ACHIEVED = "updates_per_second"


@lru_cache(maxsize=None)
def _experiment(path):
    rows = table.read(path)
    return table.paced(rows, table.select(rows, metric=ACHIEVED))


@lru_cache(maxsize=None)
def _records(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


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


def _of_figure(records, entry):
    """The rounds of a figure; what it is against may be a pattern, that one name has to fit."""
    own = [
        one
        for one in records
        if one["figure"] == entry["figure"] and fnmatchcase(one["against"], entry.get("against", ""))
    ]
    names = {one["against"] for one in own}
    if len(names) > 1:
        raise ValueError(f"{entry['figure']} is against several: {', '.join(sorted(names))}")
    return own


class Measures:
    """Computes values of entries from results and from the sources of the repository."""

    def __init__(self, results, top):
        self.results, self.top = results, Path(top)

    def value(self, name, entry):
        """The value of an entry; NotRecorded if its file is not there."""
        origin = entry.get("from")
        try:
            if origin in EXPERIMENTS:
                found = self._experiment(origin, entry)
            else:
                found = getattr(self, f"_{origin}")(entry)
        except (KeyError, ValueError, TypeError, AttributeError, OSError, ZeroDivisionError) as error:
            raise Unknown(f"{name}: {type(error).__name__}: {error}") from error
        if found is None or not math.isfinite(found.median):
            raise Unknown(f"{name}: nothing in {self._place(origin)} is {_asked(entry)}")
        factor = entry.get("times", 1)
        return Value(
            found.low * factor, found.median * factor, found.high * factor,
            found.count, found.who, found.disturbed, found.starved,
        )  # fmt: skip

    def _place(self, origin):
        recorded = origin in EXPERIMENTS or origin in ("figures", "misses")
        return self.results.path(f"{origin}.csv") if recorded else origin

    def _experiment(self, name, entry):
        rows = _experiment(self.results.path(f"{name}.csv"))
        wanted = _where(entry["where"])
        if "among" in entry:
            return self._best(rows, wanted, entry)
        chosen = table.select(rows, **wanted)
        if "between" in entry:
            low, high = entry["between"]
            chosen = [row for row in chosen if low <= row.x <= high]
        if not chosen:
            return None
        if "over" in entry:
            return _within_rounds(chosen, table.select(rows, **wanted | _where(entry["over"])))
        return _spread(chosen, entry.get("reduce", "median"))

    def _best(self, rows, wanted, entry):
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
        return Value(
            best.low, best.median, best.high, best.count, name, best.disturbed, best.starved
        )

    def _figures(self, entry):
        records = _records(self.results.path("figures.csv", entry.get("folder")))
        own = _of_figure(records, entry)
        if not own:
            return None
        if "side" in entry:
            remark = re.match(r"([0-9.]+) against ([0-9.]+) (M/s|us)", own[0]["remark"])
            factor = {"M/s": 1e6, "us": 1e-6}[remark[3]]
            return exactly(float(remark[entry["side"]]) * factor)
        if "within" in entry:
            return exactly(float(re.search(entry["within"], own[0]["remark"])[1]))
        values = {one["round"]: float(one["value"]) for one in own}
        if "over" in entry:
            others = _of_figure(records, entry | entry["over"])
            theirs = {one["round"]: float(one["value"]) for one in others}
            values = {key: value / theirs[key] for key, value in values.items() if key in theirs}
        found = table.spread(list(values.values()))
        return Value(found.low, found.median, found.high, found.count, own[0]["against"])

    def _misses(self, entry):
        keys = ("family", "stream", "candidate")
        for one in _records(self.results.path("misses.csv")):
            if all(one[key] == entry[key] for key in keys):
                return exactly(float(one[entry["column"]]))
        return None

    def _mutants(self, entry):
        own = _records(self.top / "paper" / "results" / "mutants.csv")
        if "edges" in entry:
            own = [one for one in own if one["edge"].rstrip("0123456789") in entry["edges"]]
        if "run_with" in entry:
            own = [one for one in own if entry["run_with"] in one["run"].split()]
        if "reasons" in entry:
            own = [one for one in own if one["reason"].startswith(tuple(entry["reasons"]))]
        if entry.get("unexplained"):
            own = [one for one in own if not one["reason"]]
        killers = ("killed_by_loom", "killed_by_shuttle")
        kept = {
            "": own,
            "none": [one for one in own if not any(one[key] for key in killers)],
            "any": [one for one in own if any(one[key] for key in killers)],
            "loom": [one for one in own if one["killed_by_loom"]],
            "shuttle": [one for one in own if one["killed_by_shuttle"]],
        }[entry.get("killed", "")]
        return exactly(len(kept))

    def _executions(self, entry):
        lines = (self.top / "loom-tests" / "executions.txt").read_text().splitlines()
        models = {name: int(count) for name, count in (line.split() for line in lines)}
        if "model" in entry:
            return exactly(models[entry["model"]]) if entry["model"] in models else None
        of = {"sum": sum, "greatest": max, "many": len, "median": statistics.median}
        return exactly(of[entry["reduce"]](models.values()))

    def _steps(self, entry):
        text = (self.top / "src" / "docs" / "wait_freedom.rs").read_text()
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.removeprefix("//!").split("|")]
            if len(cells) > 3 and cells[1] == entry["operation"] and cells[2].isdigit():
                return exactly(int(cells[2]))
        return None

    def _environment(self, entry):
        env = self.results.environment(entry["file"])
        for field in entry["fields"]:
            if field in env:
                return exactly(float(str(env[field]).split(" and ")[entry.get("part", 0)]))
        return None

    def _run(self, entry):
        full = [one for one in self.results.folders if one.full]
        if not full:
            raise NotRecorded("run.json")
        found = table.Samples(0, 0, 0)
        for name in EXPERIMENTS:
            path = full[0].path / f"{name}.csv"
            if path.is_file():
                own = table.samples(table.read(path))
                found = table.Samples(
                    found.all + own.all,
                    found.disturbed + own.disturbed,
                    found.oversubscribed + own.oversubscribed,
                )
        return exactly(getattr(found, entry["samples"]))

    def _source(self, entry):
        text = (self.top / entry["file"]).read_text()
        found = re.search(entry["pattern"], text)
        if not found:
            return None
        return exactly(float(found[1].replace("_", "").replace(",", "")))


def _asked(entry):
    kept = {key: value for key, value in entry.items() if key not in ("form", "from")}
    return json.dumps(kept, default=str)
