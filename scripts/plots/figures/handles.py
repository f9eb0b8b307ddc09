"""References to one route, taken and given back by several threads."""

import matplotlib.pyplot as plt

import forms
import peers
import rows as table
import style
from figures.throughput import NAMES
from registry import figure, note
from units import in_seconds

# The case that every implementation with handles has, through its adapter.
TAKE = "take"
# The other cases, in the order of legends; it decides about colours too.
TIERS = (
    "slot", "section and slot", "counted", "borrowed", "bsd borrowed", "bsd RouteCache hit",
    "bsd rtalloc and rtfree", "Arc", "locks and a count",
)  # fmt: skip
TIME = forms.Axis("time of one", style.duration)
THREADS = forms.Axis("threads on one route", form=None, log=False)


def threads_axis(ax, rows):
    threads = sorted({row.readers for row in rows})
    if len(threads) > 1:
        style.label_powers(ax, threads)
        style.shade_crowded(ax, rows)


def _tiers(family):
    @figure(
        f"handles-by-threads-{family}",
        "handles",
        "What does it cost to take a route and give it back, with every thread on one route?",
        "The time of taking a reference and giving it back against the number of threads that do that to"
        " one route, a line for each way: rtalloc's, those of its BSD interface, and what one would"
        " write instead.",
    )
    def draw(run):
        rows = run.rows("handles", family=family, metric="nanoseconds")
        rows = in_seconds([row for row in rows if row.case != TAKE])
        if not rows:
            return None
        plot, ax = plt.subplots(figsize=(8.2, 4.8), layout="constrained")
        for case, own in table.in_order(rows, "case", TIERS):
            index = TIERS.index(case) if case in TIERS else len(TIERS)
            tier(ax, index, case, table.curve(own, "readers"))
        forms.dress(ax, THREADS, TIME)
        ax.set_xlabel(THREADS.label)
        ax.set_ylabel(TIME.label)
        threads_axis(ax, rows)
        plot.legend(loc="outside right upper")
        return plot, f"Taking a route and giving it back, {NAMES[family]}, by tier", note(run, rows)


def tier(ax, index, case, points):
    colours, markers = (peers.BLACK, *peers.COLOURS), ("o", *peers.MARKERS)
    colour, again = colours[index % len(colours)], index // len(colours)
    marker = markers[index % len(markers)]
    ax.errorbar(
        [x for x, _ in points], [spread.median for _, spread in points],
        yerr=(
            [spread.median - spread.low for _, spread in points],
            [spread.high - spread.median for _, spread in points],
        ),
        color=colour, marker=marker, linestyle="--" if again else "-", label=case, linewidth=1.2,
        elinewidth=0.8,
    )  # fmt: skip
    forms.mark(ax, [(x, spread.median, spread) for x, spread in points], colour, marker)


def _take(family):
    @figure(
        f"handles-take-{family}",
        "handles",
        "What does a handle cost in each table, with every thread on one route?",
        "The time of taking a boxed handle and giving it back against the number of threads that do that"
        " to one route, a panel for each kind of table that has handles.",
    )
    def draw(run):
        rows = in_seconds(run.rows("handles", family=family, metric="nanoseconds", case=TAKE))
        if not rows:
            return None
        plot = forms.grid(
            rows,
            [("", rows)],
            lambda ax, name, own: forms.line(ax, name, table.curve(own, "readers")),
            THREADS,
            TIME,
            threads_axis,
            height=3.2,
        )
        title = f"A handle of each table, {NAMES[family]}, with the allocation of its box"
        return plot, title, note(run, rows)


for _family in NAMES:
    _tiers(_family)
    _take(_family)
