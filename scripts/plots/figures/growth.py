"""The cost of a lookup by the table's size."""

import forms
import rows as table
import style
from figures.throughput import NAMES
from registry import figure, note
from units import in_seconds


def _by_size(family):
    @figure(
        f"lookup-growth-{family}",
        "growth",
        "How does the cost of a lookup grow with the table?",
        f"Time of an {NAMES[family]} lookup against the number of routes, a panel for each kind of table.",
    )
    def draw(run):
        rows = in_seconds(run.rows("growth", family=family, metric="nanoseconds"))
        if len({row.routes for row in rows}) < 2:
            return None
        plot = forms.grid(
            rows,
            [("", rows)],
            lambda ax, name, own: forms.line(ax, name, table.curve(own, "routes")),
            forms.Axis("routes"),
            forms.Axis("time of a lookup", style.duration),
            height=3.2,
        )
        burst = rows[0].burst
        title = f"Cost of an {NAMES[family]} lookup by the size of the table"
        return (
            plot,
            title,
            note(run, rows, f"one thread, bursts of {burst}, {rows[0].stream} addresses"),
        )


for _family in NAMES:
    _by_size(_family)
