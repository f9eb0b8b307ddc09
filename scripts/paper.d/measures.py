"""Values of the paper's numbers, each from the file that its entry in `paper/numbers.toml` names.

An entry says where a value comes `from`:

`figures`      rows of `figures.csv`, of an older `folder` if one is named: the median of the rounds of
               `figure` `against` a name that fits the pattern; with `over` its ratio, round by round,
               to another; with `side` the first or second value that its remark names; with `within`
               what that captures in the remark
an experiment  or the lab: rows of `NAME.csv`: the median of those `where` the columns have the values given; with
               `over` its ratio, round by round, to the rows that differ from these as `over` says;
               with `among` the `best` of several implementations
`misses`       `column` of the row of `misses.csv` for a `family`, `stream` and `candidate`
`fuzzing`      the sum of a `column` over all targets or one `target`, or how `many` targets there are
`mutants`      how many mutants: of all or of those of `edges`, `run_with` some models, `killed` by what,
               surviving for `reasons`, or `unexplained`
`executions`   what a loom model takes, or of all of them the `sum`, the `greatest` or how `many`
`steps`        the bound of a reader's `operation`, from the table in `src/docs/wait_freedom.rs`
`environment`  the first of `fields` that the environment has in which `file` was recorded
`run`          of all samples of the newest full run that has some, `all`, `disturbed` or
               `oversubscribed`
`source`       what `pattern` captures in `file`, `times` a factor; the pattern has to occur

A file that was never recorded is one thing, and the number is then absent; a file that has nothing
for the entry is another, and an error.
"""

import json
import math
from pathlib import Path

from experiments import TABLES, measured
from files import ORIGINS
from value import Value

# What an entry with a wrong column, name or pattern runs into.
WRONG = (KeyError, ValueError, TypeError, AttributeError, OSError, ZeroDivisionError)


class Unknown(Exception):
    """A number that cannot be computed; says which and why."""


class Measures:
    """Computes values of entries from results and from the sources of the repository."""

    def __init__(self, results, top):
        self.results, self.top = results, Path(top)

    def value(self, name, entry):
        """The value of an entry; NotRecorded if its file is not there."""
        origin = entry.get("from")
        try:
            if origin in TABLES:
                found = measured(self.results.path(f"{origin}.csv"), entry)
            else:
                found = ORIGINS[origin](self, entry)
        except WRONG as error:
            raise Unknown(f"{name}: {type(error).__name__}: {error}") from error
        if found is None or not math.isfinite(found.median):
            raise Unknown(f"{name}: nothing in {self._place(origin)} is {_asked(entry)}")
        factor = entry.get("times", 1)
        return Value(
            found.low * factor, found.median * factor, found.high * factor,
            found.count, found.who, found.disturbed, found.starved,
        )  # fmt: skip

    def _place(self, origin):
        recorded = origin in TABLES or origin in ("figures", "misses")
        return self.results.path(f"{origin}.csv") if recorded else origin


def _asked(entry):
    kept = {key: value for key, value in entry.items() if key not in ("form", "from")}
    return json.dumps(kept, default=str)
