"""What reading threads allocate, free and destroy."""

from dataclasses import replace

import forms
import rows as table
import style
from figures.throughput import NAMES, usual
from registry import figure, note

KINDS = {"allocations_per_million_lookups": "allocations", "frees_per_million_lookups": "frees"}


def _allocations(family):
    @figure(
        f"reader-allocations-{family}",
        "readers",
        "How often do threads that only look up allocate and free memory beside churn?",
        "Allocations and frees on reading threads for a million lookups, a line for each implementation"
        " and a marker for each rate of updates; those of rtalloc are to be zero.",
    )
    def draw(run):
        rows = run.rows("readers", family=family, metric=tuple(KINDS))
        rows = usual(rows, "readers", "routes")
        if not rows:
            return None
        axis = forms.Axis("in a million lookups")
        rates = tuple(style.rate(rate) for rate in sorted({row.updates for row in rows}))
        rows = [replace(row, case=style.rate(row.updates)) for row in rows]
        found = table.by(rows, "metric")
        panels = [(KINDS[metric], found[metric], axis) for metric in KINDS if metric in found]
        plot = forms.dots(panels, rates)
        threads = f"{rows[0].readers} reading thread" + ("s" if rows[0].readers != 1 else "")
        beside = f"{threads}, {rates[0]}" if len(rates) == 1 else threads
        title = f"Allocator calls on threads that only look up {NAMES[family]} addresses"
        return plot, title, note(run, rows, beside)


for _family in NAMES:
    _allocations(_family)
