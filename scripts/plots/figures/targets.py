"""What the program `figures` measured, against the targets."""

import csv
import re

import matplotlib.pyplot as plt

import peers
import rows as table
from registry import figure
from rows import Malformed

TARGET = re.compile(r"(AtLeast|AtMost)\(([0-9.eE+-]+)\)")


def ratios(path):
    """Figures with a target: name, against, unit, values, and the target as a bound and a number."""
    found = {}
    with open(path, newline="") as file:
        for fields in csv.DictReader(file):
            target = TARGET.fullmatch(fields["target"])
            if not target:
                continue
            key = (fields["figure"], fields["against"], fields["unit"])
            bound = (target[1], float(target[2]))
            found.setdefault(key, (bound, []))[1].append(float(fields["value"]))
    if not found:
        raise Malformed(f"{path}: no figure has a target")
    return [(*key, values, bound) for key, (bound, values) in found.items()]


def distance(value, bound):
    """How far a value is beyond its target: above 1 is reached, twice as good is 2."""
    least, target = bound[0] == "AtLeast", bound[1]
    if target == 0 or value <= 0:
        return None
    return value / target if least else target / value


SECTIONS = {
    "lookups": ("lookup/", "protocol/"),
    "updates": ("updates/",),
    "short": ("short/",),
    "others": ("reader/", "load/", "memory/", "fragmentation/", "growth/"),
}


def _table(section, prefixes):
    @figure(
        f"figures-table-{section}",
        "figures",
        "Which of the targets are reached, and by how much?",
        "Each figure with a target as a dot at how many times better than its target it is, with"
        " quartiles; right of the line at 1 is reached.",
    )
    def draw(run):
        found = [one for one in ratios(run.folder / "figures.csv") if one[0].startswith(prefixes)]
        shown = [one for one in found if all(distance(value, one[4]) for value in one[3])]
        if not shown:
            return None
        hidden = len(found) - len(shown)
        more = f" · {hidden} with values of 0 not shown" if hidden else ""
        note = "points: medians; bars: quartiles; right: the median and the target" + more
        return _dots(shown), f"Figures and their targets: {section}", note


def _dots(shown):
    plot, ax = plt.subplots(figsize=(10.5, 0.2 * len(shown) + 1.9), layout="constrained")
    ax.set_xscale("log", base=2)
    ax.axvline(1, color="#555555", linewidth=1)
    labels, group = [], None
    for place, (name, against, unit, values, bound) in enumerate(shown):
        spread = table.spread([distance(value, bound) for value in values])
        reached = spread.median >= 1
        ax.errorbar(
            spread.median, place, xerr=[[spread.median - spread.low], [spread.high - spread.median]],
            marker="o" if reached else "X", markersize=5, elinewidth=1.1,
            color=peers.BLUE if reached else peers.VERMILLION,
        )  # fmt: skip
        sign = "≥" if bound[0] == "AtLeast" else "≤"
        ax.annotate(
            f"{table.spread(values).median:.3g} {unit}, {sign} {bound[1]:g}", (1.005, place),
            xycoords=ax.get_yaxis_transform(), va="center", fontsize=7.5, color="#333333",
            annotation_clip=False,
        )  # fmt: skip
        labels.append(f"{name}  against {against}" if against else name)
        first = name.rsplit("/", 1)[0]
        if group not in (None, first):
            ax.axhline(place - 0.5, color="#cccccc", linewidth=0.8)
        group = first
    ax.set_yticks(range(len(labels)), labels, fontsize=7.5)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel("times better than the target (right of 1: reached)")
    handles = [
        plt.Line2D([], [], color=colour, marker=marker, linestyle="", label=label)
        for colour, marker, label in (
            (peers.BLUE, "o", "reached by the median"),
            (peers.VERMILLION, "X", "missed by the median"),
        )
    ]
    plot.legend(handles=handles, loc="outside upper right", ncols=2)
    return plot


for _section in SECTIONS.items():
    _table(*_section)
