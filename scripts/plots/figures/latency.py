"""The times of single bursts, up to the longest."""

import math

import forms
import rows as table
import style
from figures.throughput import NAMES, by_rate, usual
from registry import figure, note
from units import in_seconds

LATENCY = "burst_latency"
# The metric that says how many bursts a sample had.
COUNT = "bursts"
LONGEST_OF_ALL = "the longest is that of all rounds"
UNTOLD = f"no percentiles with fewer than {table.BEYOND} values beyond them"
TICKS = (50, 90, 99, 99.9, 99.99, 100)
LONGEST = 5


def place(percentile):
    """Where a percentile is on an axis that gives each further nine as much room; the longest of all
    is one beyond 99.99."""
    return LONGEST if percentile >= 100 else -math.log10(1 - percentile / 100)


def tail_ticks(ax, _=None):
    """The axis of percentiles, whatever the rows."""
    words = [f"{value:g}" if value < 100 else "max" for value in TICKS]
    ax.set_xticks([place(value) for value in TICKS], words)


def tail(rows):
    """The points of an implementation on that axis: medians of the rounds, and of all of them the
    longest."""
    points = table.curve([row for row in rows if row.x < 100], "x")
    longest = [row for row in rows if row.x >= 100]
    if longest:
        points.append((100.0, table.greatest(longest)))
    return [(place(percentile), spread) for percentile, spread in points]


def _tails(family):
    @figure(
        f"latency-tail-{family}",
        "latency",
        "How long does a burst take, in the middle and in the tail, alone and beside updates?",
        f"The time of a burst of {NAMES[family]} lookups against its percentile, up to the longest; a row"
        " of panels for each rate of updates, a column for each kind of table.",
    )
    def draw(run):
        rows = [
            row for row in run.rows("latency", family=family, metric=LATENCY) if row.x is not None
        ]
        rows = in_seconds(usual(rows, "readers", "burst", "routes"))
        if not rows:
            return None
        rows = table.paced(rows, run.rows("latency", metric="updates_per_second"))
        shown = table.resolved(rows, run.rows("latency", metric=COUNT))
        hidden, rows = len(shown) < len(rows), shown
        plot = forms.grid(
            rows,
            by_rate(rows),
            lambda ax, name, own: forms.line(ax, name, tail(own)),
            forms.Axis("percentile of bursts", form=None, log=False),
            forms.Axis("time of a burst", style.duration),
            tail_ticks,
        )
        one = rows[0]
        threads = f"{one.readers} reading thread" + ("s" if one.readers != 1 else "")
        title = f"Time of a burst of {one.burst} {NAMES[family]} lookups"
        return plot, title, note(run, rows, threads, LONGEST_OF_ALL, UNTOLD if hidden else "")


for _family in NAMES:
    _tails(_family)
