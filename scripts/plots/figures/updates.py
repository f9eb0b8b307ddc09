"""Updates a second, and how long until what they removed is destroyed."""

import matplotlib.pyplot as plt

import forms
import peers
import rows as table
import style
from figures.latency import LONGEST_OF_ALL, UNTOLD, tail, tail_ticks
from figures.throughput import NAMES, usual
from registry import figure, note
from units import in_seconds


CASES = ("replay", "withdraw and announce", "flap", "bring-up", "bring-up in batches")


def _rates(family):
    @figure(
        f"updates-rate-{family}",
        "updates",
        "How many updates a second can be published?",
        f"Updates a second of {NAMES[family]} tables, a line for each implementation, a marker for each"
        " kind of updates.",
    )
    def draw(run):
        rows = usual(run.rows("updates", family=family, metric="updates_per_second"), "routes")
        if not rows:
            return None
        cases = tuple(case for case, _ in table.in_order(rows, "case", CASES))
        plot = forms.dots([("", rows, forms.Axis("updates a second"))], cases, width=6)
        return plot, f"{NAMES[family]} updates a second, without readers", note(run, rows)


def _reclaim(family):
    @figure(
        f"reclaim-time-{family}",
        "updates",
        "How long until what updates removed is destroyed?",
        f"The time from the removal of an {NAMES[family]} route until its destructor runs, against the"
        " percentile, a line for each way of reclaiming memory.",
    )
    def draw(run):
        rows = usual(run.rows("updates", family=family, metric="reclaim_latency"), "routes")
        if not rows:
            return None
        shown = table.resolved(rows, run.rows("updates", family=family, metric="removals"))
        hidden, rows = len(shown) < len(rows), in_seconds(shown)
        names = peers.ordered([row.implementation for row in rows])
        plot, ax = plt.subplots(figsize=(7.6, 3.8), layout="constrained")
        for name in names:
            forms.line(ax, name, tail(table.select(rows, implementation=name)))
        forms.dress(ax, forms.Axis("", None, False), forms.Axis("", style.duration))
        tail_ticks(ax)
        ax.set_xlabel("percentile of removed routes")
        ax.set_ylabel("time until it is destroyed")
        plot.legend(loc="outside right upper")
        title = f"From removal to the destructor, {NAMES[family]}"
        more = LONGEST_OF_ALL, UNTOLD if hidden else ""
        left = sum(row.value for row in run.rows("updates", family=family, metric="not_freed"))
        waiting = (
            [f"{left:,.0f} removals still waited at the end and count with their age"]
            if left
            else []
        )
        beside = f"a reader beside, bursts of {rows[0].burst}"
        return plot, title, note(run, rows, beside, *waiting, *more)


for _family in NAMES:
    _rates(_family)
    _reclaim(_family)
