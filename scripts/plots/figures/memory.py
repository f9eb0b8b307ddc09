"""Bytes of a prefix."""

import matplotlib.pyplot as plt

import peers
import rows as table
from figures.throughput import NAMES, usual
from registry import figure, note

COLOURS = (*peers.COLOURS[:-1], "#f0e442")
HATCHES = ("", "///", "...", "xxx")
UNTOLD = "#d9d9d9"


def _of(rows, metric):
    """The medians of a metric by case."""
    found = table.by(table.select(rows, metric=metric), "case")
    return {case: table.spread([row.value for row in own]).median for case, own in found.items()}


def paint(index):
    hatch = HATCHES[index // len(COLOURS) % len(HATCHES)]
    return {"facecolor": COLOURS[index % len(COLOURS)], "hatch": hatch, "edgecolor": "white"}


def bar(ax, place, own, parts, fontsize=7.5):
    """One implementation: its parts or, if it tells none, what the allocator gave it; and marks for
    what the allocator and the system say. Returns where it ends."""
    told = _of(own, "bytes_per_prefix")
    live = _of(own, "live_bytes_per_prefix").get("")
    resident = _of(own, "resident_bytes_per_prefix").get("")
    end = 0.0
    for index, part in enumerate(parts):
        if part in told:
            ax.barh(place, told[part], left=end, height=0.72, linewidth=0.4, **paint(index))
            end += told[part]
    if not told and live is not None:
        end = max(live, 0.0)
        ax.barh(place, end, height=0.72, color=UNTOLD)
    if live is not None:
        ax.plot([live, live], [place - 0.42, place + 0.42], color="black", linewidth=1.6)
    if resident is not None:
        ax.plot(resident, place, marker="D", color="black", markersize=4, markerfacecolor="white")
    right = max(end, live or 0.0, resident or 0.0)
    # A library with a heap of its own says nothing and takes nothing of the allocator.
    number = f"{end:,.1f}" if end >= 0.05 else "untold"
    ax.annotate(
        number, (right, place), xytext=(6, 0), textcoords="offset points", va="center",
        fontsize=fontsize,
    )  # fmt: skip


def _by_part(family):
    @figure(
        f"memory-by-part-{family}",
        "memory",
        "How many bytes does a prefix take, and for what?",
        f"Bytes of an {NAMES[family]} prefix, a bar for each implementation; stacked by part where the"
        " table accounts for its parts, with marks for what the allocator and the system saw.",
    )
    def draw(run):
        rows = usual(run.rows("memory", family=family), "routes")
        rows = [row for row in rows if row.metric.endswith("bytes_per_prefix")]
        if not rows:
            return None
        names = peers.ordered([row.implementation for row in rows])
        parts = list(table.by(table.select(rows, metric="bytes_per_prefix"), "case"))
        plot, ax = plt.subplots(figsize=(10.4, 0.235 * len(names) + 1.9), layout="constrained")
        for place, name in enumerate(names):
            bar(ax, place, table.select(rows, implementation=name), parts)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlim(left=0)
        ax.grid(axis="y", visible=False)
        ax.margins(x=0.09)
        ax.set_xlabel("bytes a prefix")
        patch = plt.Rectangle
        handles = [patch((0, 0), 1, 1, label=part, **paint(i)) for i, part in enumerate(parts)]
        handles += [
            patch((0, 0), 1, 1, facecolor=UNTOLD, label="whole, its parts untold"),
            plt.Line2D([], [], color="black", linewidth=1.6, label="by the allocator"),
            plt.Line2D(
                [], [], color="black", marker="D", linestyle="", markersize=4,
                markerfacecolor="white", label="by resident memory",
            ),
        ]  # fmt: skip
        plot.legend(handles=handles, loc="outside right upper")
        title = f"Memory of an {NAMES[family]} prefix"
        return plot, title, note(run, rows, "numbers: the length of the bar")


for _family in NAMES:
    _by_part(_family)
