"""What waits to be freed, over time, and what becomes of memory and of updates meanwhile."""

import forms
import peers
import rows as table
import style
from figures.throughput import NAMES, usual
from registry import figure, note

# Name, metric, what is on the axis and in which form, title, question.
KINDS = (
    (
        "garbage-over-time", "waiting_bytes", "bytes that wait", style.size,
        "Removed {} routes that wait to be freed",
        "How much memory waits to be freed, if a reader stalls or handles are held?",
    ),
    (
        "garbage-live", "live_bytes_growth", "growth of live bytes", style.size,
        "Growth of what the allocator gave out, {}",
        "How much does the allocator give out, if a reader stalls or handles are held?",
    ),
    (
        "garbage-resident", "resident_growth", "growth of resident memory", style.size,
        "Growth of the process, {}",
        "How much does the process grow, if a reader stalls or handles are held?",
    ),
    (
        "garbage-updates", "updates_per_second", "updates a second", style.short,
        "{} updates beside a reader that stalls or holds",
        "What becomes of updates, if a reader stalls or handles are held?",
    ),
)  # fmt: skip


CASES = ("normal", "stalled reader", "held handles")


def over_time(rows):
    """The medians of several runs: of the notes that each made as its first, its second and so on,
    since no two runs make them at exactly the same times."""
    notes = {}
    for own in table.by(table.counted(rows), "round").values():
        for number, row in enumerate(sorted(own, key=lambda row: row.x)):
            notes.setdefault(number, []).append(row)
    middle = lambda values: table.spread(values).median  # noqa: E731
    return [
        (middle([row.x for row in own]), middle([row.value for row in own]))
        for _, own in sorted(notes.items())
    ]


def line(ax, name, rows):
    look, points = peers.look(name), over_time(rows)
    sound = bool(table.undisturbed(rows))
    ax.plot(
        [x for x, _ in points], [value for _, value in points], color=look.colour,
        linestyle=look.line, linewidth=look.width, zorder=4 if name == peers.REFERENCE else 3,
        marker=look.marker, markevery=max(1, len(points) // 7), markersize=4,
        markerfacecolor=look.colour if sound else "white",
    )  # fmt: skip


def _register(family, name, metric, label, form, title, question):
    @figure(
        f"{name}-{family}",
        "garbage",
        question,
        f"{label.capitalize()} against time, a row of panels for each case: normal, a reader that stalls in"
        " its section, and references that are held; a column for each kind of table.",
    )
    def draw(run):
        rows = usual(run.rows("garbage", family=family, metric=metric), "routes", "updates")
        if not rows:
            return None
        plot = forms.grid(
            rows,
            table.in_order(rows, "case", CASES),
            line,
            forms.Axis("seconds", form=None, log=False),
            forms.Axis(label, form=None, log=False),
        )
        most, lowest = max(row.value for row in rows), min(row.value for row in rows)
        least = 1000 if form is style.size else 100
        for ax in plot.axes:
            if ax.axison:
                style.linear_near_zero(ax.yaxis, least, most, form, lowest)
        more = f"{style.rate(rows[0].updates)} asked for", f"linear below {form(least)}"
        words = note(run, rows, *more, shown="lines: medians", lines=True)
        return plot, title.format(NAMES[family]), words


for _family in NAMES:
    for _kind in KINDS:
        _register(_family, *_kind)
