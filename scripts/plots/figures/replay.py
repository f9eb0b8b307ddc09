"""A day of updates, with a reader beside."""

from dataclasses import replace

import forms
import rows as table
import style
from figures.latency import LONGEST_OF_ALL, UNTOLD
from figures.throughput import NAMES, usual
from registry import figure, note
from units import in_seconds

TIME = forms.Axis("time of an update", style.duration)
PERCENTILES = {50: "median", 99: "99th percentile", 99.9: "99.9th percentile", 100: "longest"}


def _named(row):
    """The row with its percentile as its case."""
    return replace(row, case=PERCENTILES.get(row.x, "median"))


def _day(family):
    @figure(
        f"replay-{family}",
        "replay",
        "How fast can a day of updates be replayed, and how long does each take to publish?",
        f"Updates a second of a replayed day of {NAMES[family]} routes, and the median and the tail of the"
        " time that one takes, a line for each implementation.",
    )
    def draw(run):
        rows = usual(run.rows("replay", family=family), "routes")
        rates = [row for row in rows if row.metric == "updates_per_second"]
        times = [
            row for row in rows if row.metric == "publication_latency" and row.x in PERCENTILES
        ]
        if not rates:
            return None
        made = [row for row in rows if row.metric == "updates_made"]
        kept = table.resolved(times, made)
        hidden, times = len(kept) < len(times), kept
        panels = [("rate", rates, forms.Axis("updates a second"))]
        if times:
            panels.append(("until it is published", in_seconds(times), TIME))
        plot = forms.dots(
            [(title, [_named(row) for row in own], axis) for title, own, axis in panels],
            tuple(PERCENTILES[x] for x in PERCENTILES if any(row.x == x for row in times)),
            width=4.2,
            greatest=(PERCENTILES[100],),
        )
        return (
            plot,
            f"A day of {NAMES[family]} updates beside a reader",
            note(run, rates + times, LONGEST_OF_ALL, UNTOLD if hidden else ""),
        )


for _family in NAMES:
    _day(_family)
