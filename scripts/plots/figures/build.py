"""Seconds to open a table."""

import matplotlib.pyplot as plt

import forms
import peers
import rows as table
import style
from figures.throughput import NAMES
from registry import figure, note
from units import in_seconds


# The case that everyone has, and that of those who can use more than one core for it.
SIZE, ALL_CORES = "size", "size, all cores"


def _by_size(family):
    @figure(
        f"build-time-{family}",
        "build",
        "How long does it take to build a table, by its size?",
        f"Time to build a table against its number of {NAMES[family]} routes, a panel for each kind of"
        " table; on one thread, and as a thin line on all cores.",
    )
    def draw(run):
        rows = in_seconds(
            run.rows("build", family=family, case=(SIZE, ALL_CORES), metric="seconds")
        )
        if len({row.routes for row in rows}) < 2:
            return None
        plot = forms.grid(
            rows,
            [("", rows)],
            _sizes,
            forms.Axis("routes"),
            forms.Axis("time to build", style.duration),
            height=3.2,
        )
        several = any(row.case == ALL_CORES for row in rows)
        more = ["on one thread; thin and dotted: on all cores"] if several else []
        title = f"Time to build a table of {NAMES[family]} routes"
        return plot, title, note(run, rows, *more)


def _sizes(ax, name, rows):
    for case, own in table.in_order(rows, "case", (SIZE, ALL_CORES)):
        forms.line(ax, name, table.curve(own, "routes"), thin=case == ALL_CORES)


def _by_threads(family):
    @figure(
        f"build-threads-{family}",
        "build",
        "How long does it take to build a table, by the threads that build it?",
        f"Time to build rtalloc's table of {NAMES[family]} routes against the number of threads.",
    )
    def draw(run):
        rows = in_seconds(run.rows("build", family=family, case="threads", metric="seconds"))
        threads = sorted({int(row.x) for row in rows})
        if len(threads) < 2:
            return None
        figure_, ax = plt.subplots(figsize=(5.4, 3.6), layout="constrained")
        for name in peers.ordered([row.implementation for row in rows]):
            forms.line(ax, name, table.curve(table.select(rows, implementation=name), "x"))
        forms.dress(ax, forms.Axis("", None, False), forms.Axis("", style.duration, False))
        style.label_powers(ax, threads)
        style.shade_crowded(ax, rows, "x")
        ax.set_ylim(bottom=0)
        ax.set_xlabel("threads")
        ax.set_ylabel("time to build")
        figure_.legend(loc="outside right upper")
        return figure_, f"Time to build by threads, {NAMES[family]}", note(run, rows)


for _family in NAMES:
    _by_size(_family)
    _by_threads(_family)
