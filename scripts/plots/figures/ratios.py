"""How many times as fast as everything else this crate looks up, round by round."""

import matplotlib.pyplot as plt

import forms
import peers
import rows as table
import style
from figures.throughput import NAMES, lookups, usual
from registry import figure, note


def crowd(rows):
    """The most threads that had a core each, the writer counted."""
    return max((row.readers for row in rows if not row.oversubscribed), default=1)


def cases(rows):
    """What is compared, in words, and its rows: one thread alone, one beside updates, and all
    cores."""
    one = table.select(rows, readers=1)
    rates = sorted({row.updates for row in one if row.updates})
    found = [("one thread", table.select(one, updates=0))]
    found += [
        (f"one thread\n{style.rate(rate)}", table.select(one, updates=rate)) for rate in rates
    ]
    still = table.select(rows, updates=0)
    most = crowd(still)
    if most > 1:
        found.append((f"{most} threads", table.select(still, readers=most)))
    return [(words, own) for words, own in found if own]


def _ratios(family):
    @figure(
        f"throughput-ratios-{family}",
        "throughput",
        "How many times as fast as each other table is rtalloc?",
        f"The rate of {NAMES[family]} lookups of rtalloc, divided by that of each other table in the same"
        " round, a panel for one thread, one beside updates and all cores. Left of the line at 1 the"
        " other one leads.",
    )
    def draw(run):
        rows = usual(lookups(run, family), "stream", "burst", "routes")
        found = [(words, table.ratios(own, peers.REFERENCE)) for words, own in cases(rows)]
        found = [(words, ratios) for words, ratios in found if ratios]
        if not found:
            return None
        names = peers.ordered({name for _, ratios in found for name in ratios})
        plot, axes = plt.subplots(
            1, len(found), squeeze=False, sharex=True, sharey=True, layout="constrained",
            figsize=(max(7.0, 2.1 + 1.75 * len(found)), 0.2 * len(names) + 1.6),
        )  # fmt: skip
        for ax, (words, ratios) in zip(axes[0], found, strict=True):
            _dots(ax, names, ratios)
            ax.set_title(words, fontsize=8.5)
        axes[0][0].set_yticks(range(len(names)), names)
        axes[0][0].set_ylim(len(names) - 0.5, -0.5)
        plot.supxlabel("times as fast as the other (left of 1: the other leads)", fontsize=8.5)
        one = rows[0]
        title = f"{NAMES[family]} lookups against everything else"
        return plot, title, note(run, rows, f"{one.stream} addresses in bursts of {one.burst}")

    return draw


def _dots(ax, names, ratios):
    ax.set_xscale("log")
    ax.axvline(1, color="#555555", linewidth=1)
    for place, name in enumerate(names):
        if name not in ratios:
            continue
        spread, look = ratios[name], peers.look(name)
        ax.errorbar(
            spread.median, place, xerr=[[spread.median - spread.low], [spread.high - spread.median]],
            marker=look.marker, color=look.colour, markersize=5, elinewidth=1.1, linestyle="",
        )  # fmt: skip
        forms.mark(ax, [(spread.median, place, spread)], look.colour, look.marker)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.grid(axis="y", visible=False)


for _family in NAMES:
    _ratios(_family)
