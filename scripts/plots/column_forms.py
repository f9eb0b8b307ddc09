"""What the paper's figures have in common: sizes, who stands for others, and panels of lines."""

import contextlib
from dataclasses import replace

import matplotlib.pyplot as plt

import forms
import peers
import rows as table

# The paper's columns and its text area, in inches.
COLUMN, PAGE = 3.36, 7.0
SMALLER = {
    "font.size": 6.8, "axes.titlesize": 7.2, "axes.labelsize": 6.8, "xtick.labelsize": 6.4,
    "ytick.labelsize": 6.4, "legend.fontsize": 6.4, "lines.markersize": 3.6, "axes.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4, "errorbar.capsize": 1.2, "grid.linewidth": 0.5, "axes.titlepad": 4.0,
    "legend.handlelength": 2.4, "legend.columnspacing": 1.2, "legend.labelspacing": 0.3,
}  # fmt: skip

# Who stands for the ways of sharing where there is no room for everyone.
CHOSEN = (
    "rtalloc", "rtalloc entries", "rtalloc references", "rtalloc on seize", "bsd baseline",
    "rwlock prefix-trie", "arc-swap prefix-trie", "left-right prefix-trie", "rotonda-store",
    "dpdk rte_fib",
)  # fmt: skip

# Their looks where they stand in one panel: those of `peers` differ within a group alone.
LOOKS = dict(
    zip(
        CHOSEN,
        (
            ("#000000", "o", "-"), ("#e69f00", "s", "-"), ("#0072b2", "^", "-"), ("#cc79a7", "P", "-"),
            ("#777777", "<", "--"), ("#d55e00", "v", "--"), ("#56b4e9", "D", "-."),
            ("#009e73", "X", "-."), ("#8c564b", "d", "-."), ("#a3a500", ">", ":"),
        ),
        strict=True,
    )
)  # fmt: skip


@contextlib.contextmanager
def looks():
    """Those who stand for others look as no other does, for as long as this is open."""
    before = dict(peers.LOOKS)
    for name, (colour, marker, line) in LOOKS.items():
        peers.LOOKS[name] = replace(before[name], colour=colour, marker=marker, line=line)
    try:
        yield
    finally:
        peers.LOOKS.update(before)


def chosen(rows):
    """The rows of those who stand for others; all rows if none of them is there."""
    return [row for row in rows if row.implementation in CHOSEN] or rows


def panels(bands, draw, x_axis, y_axis, finish, size, ncols):
    """A panel for each band (a title and its rows) beside each other, and one legend above them."""
    plot, axes = plt.subplots(
        1, len(bands), squeeze=False, sharex=True, sharey=True, layout="constrained", figsize=size
    )
    seen = {}
    for ax, (title, rows) in zip(axes[0], bands, strict=True):
        for name, own in table.in_order(rows, "implementation", peers.ordered(CHOSEN)):
            draw(ax, name, own)
            seen[name] = None
        ax.set_title(title, loc="left")
        ax.set_xlabel(x_axis.label)
        forms.dress(ax, x_axis, y_axis)
        finish(ax, rows)
    axes[0][0].set_ylabel(y_axis.label)
    legend(plot, peers.ordered(seen), ncols)
    return plot


def legend(plot, names, ncols):
    """The names of lines, above all panels."""
    entries = [
        plt.Line2D(
            [], [], color=look.colour, marker=look.marker, linestyle=look.line, label=name,
            linewidth=look.width,
        )
        for name, look in ((name, peers.look(name)) for name in names)
    ]  # fmt: skip
    plot.legend(handles=entries, loc="outside upper center", ncols=ncols)


def resized(plot, width, height):
    """The figure in inches of the paper."""
    plot.set_size_inches(width, height)
    return plot
