"""The times of single bursts, up to the longest."""

import math

import forms
import rows as table
import style
from figures.throughput import NAMES, by_rate, usual
from registry import figure, note
from units import in_seconds

LATENCY = "burst_latency"
TICKS = (50, 90, 99, 99.9, 99.99, 100)
LONGEST = 5


def place(percentile):
    """Where a percentile is on an axis that gives each further nine as much room; the longest of all
    is one beyond 99.99."""
    return LONGEST if percentile >= 100 else -math.log10(1 - percentile / 100)


def tail_ticks(ax):
    """The axis of percentiles."""
    words = [f"{value:g}" if value < 100 else "max" for value in TICKS]
    ax.set_xticks([place(value) for value in TICKS], words)


def tail(rows):
    """The points of an implementation on that axis."""
    return [(place(percentile), spread) for percentile, spread in table.curve(rows, "x")]


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
        return plot, title, note(rows, threads)


for _family in NAMES:
    _tails(_family)
