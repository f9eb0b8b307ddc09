"""The two forms that most figures have: lines in a panel for each group, and dots on a row for each
implementation. Both show the median, with the quartiles as a bar. A hollow mark is of disturbed
samples alone, a half-filled one of samples whose writer fell behind.
"""

import math
from dataclasses import dataclass

import matplotlib.pyplot as plt

import peers
import rows as table
import style

ENTRY_HEIGHT = 0.165


@dataclass(frozen=True)
class Axis:
    """What is on an axis: its label, the form of its numbers, whether it is logarithmic."""

    label: str
    form: object = style.short
    log: bool = True


def line(ax, implementation, points, label=None, thin=False):
    """One implementation's points: pairs of a place and a spread. A thin line is a second one of an
    implementation."""
    look = peers.look(implementation)
    xs = [x for x, _ in points]
    middle = [spread.median for _, spread in points]
    below = [spread.median - spread.low for _, spread in points]
    above = [spread.high - spread.median for _, spread in points]
    zorder = 4 if implementation == peers.REFERENCE else 3
    drawn = ax.errorbar(
        xs, middle, yerr=(below, above), color=look.colour, marker=look.marker,
        linewidth=0.8 if thin else look.width, linestyle=":" if thin else look.line, elinewidth=0.8,
        label=label or implementation, markeredgewidth=0.6, zorder=zorder,
    )  # fmt: skip
    aside(drawn.get_children())
    mark(ax, [(x, spread.median, spread) for x, spread in points], look.colour, look.marker, zorder)


def aside(artists):
    """Keeps the layout from making room for values: one of 0, as of a reader that starved, lies
    infinitely far below a logarithmic axis, and the line goes there."""
    for artist in artists:
        artist.set_in_layout(False)


def mark(ax, points, colour, marker, zorder=3, size=5.0):
    """Paints points over that are not what they seem: a place in both directions, and the spread."""
    for x, y, spread in points:
        if spread.disturbed or spread.starved:
            marks = ax.plot(
                x, y, linestyle="", marker=marker, color=colour, markerfacecoloralt="white",
                markeredgewidth=0.8, markersize=size, zorder=zorder + 0.1, clip_on=y != 0,
                **(
                    {"markerfacecolor": "white"}
                    if spread.disturbed
                    else {"fillstyle": "bottom", "markerfacecolor": colour}
                ),
            )  # fmt: skip
            aside(marks)


def grid(rows, bands, draw, x_axis, y_axis, finish_panel=None, width=3.3, height=2.25):
    """A row of panels for each band (pairs of a title and its rows), a column for each group.

    `draw(ax, implementation, rows)` draws one line, `finish_panel(ax, rows)` what belongs to a panel of
    a band with such rows. A panel in which only the reference would stand is left blank.
    """
    columns = peers.groups([row.implementation for row in rows])
    entries = max(len(members) for _, members in columns)
    below = entries * ENTRY_HEIGHT + 0.15
    figure, axes = plt.subplots(
        len(bands) + 1, len(columns), squeeze=False, layout="constrained",
        figsize=(max(width * len(columns), 7.0), height * len(bands) + below + 1.2),
        height_ratios=[height] * len(bands) + [below],
    )  # fmt: skip
    drawn = [ax for band in axes[:-1] for ax in band]
    for ax in drawn[1:]:
        ax.sharex(drawn[0])
        ax.sharey(drawn[0])
    for number, (title, band) in enumerate(bands):
        by_name = table.by(band, "implementation")
        for column, (group, members) in enumerate(columns):
            ax = axes[number][column]
            others = [name for name in members if name != peers.REFERENCE]
            if len(columns) > 1 and not any(name in by_name for name in others):
                blank(ax, "nothing measured here")
            else:
                for name in members:
                    draw(ax, name, by_name.get(name, []))
            heading = [group] if number == 0 and len(columns) > 1 else []
            heading += [title] if title else []
            ax.set_title("\n".join(heading), loc="left")
            if column == 0:
                ax.set_ylabel(y_axis.label)
            if number == len(bands) - 1:
                ax.set_xlabel(x_axis.label)
            ax.tick_params(
                which="both", labelleft=column == 0, labelbottom=number == len(bands) - 1
            )
    for panels, (_, band) in zip(axes, bands, strict=False):
        for ax in panels:
            dress(ax, x_axis, y_axis)
            if finish_panel:
                finish_panel(ax, band)
    for ax, (_, members) in zip(axes[-1], columns, strict=True):
        legend(ax, members)
    return figure


def dress(ax, x_axis, y_axis):
    """The axes' scales and the words of their ticks."""
    for axis, scale, what in (
        (ax.xaxis, ax.set_xscale, x_axis),
        (ax.yaxis, ax.set_yscale, y_axis),
    ):
        if what.log and axis.get_scale() != "log":
            scale("log")
        if what.form:
            style.label_axis(axis, what.form)


def blank(ax, why):
    """A panel without anything."""
    ax.text(
        0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", fontsize=8, color="#777777"
    )


def legend(ax, members):
    """The names of a column's lines, in a panel of their own."""
    ax.axis("off")
    for name in members:
        look = peers.look(name)
        ax.plot(
            [], [], color=look.colour, marker=look.marker, linestyle=look.line, label=name,
            linewidth=look.width,
        )  # fmt: skip
    ax.legend(loc="upper left", borderaxespad=0, handlelength=3, labelspacing=0.25)


def dots(panels, cases=(), width=3.6, greatest=(), legend="outside right upper", ncols=1):
    """A panel for each of `panels` (a title, rows, the axis), where each implementation has a line, in
    its group, and each case a marker.

    `cases` has the names of cases in their order, and with more than one of them a legend says which
    marker is which, in `ncols` columns at the place `legend`. Of cases in `greatest` the greatest value is
    shown, in the place of the median.
    A logarithmic axis with a value of 0 is linear near it.
    """
    names = peers.ordered([row.implementation for _, rows, _ in panels for row in rows])
    places, separators = _places(names)
    lanes = len(cases or (1,))
    pitch = max(0.21, 0.085 * lanes)
    figure, axes = plt.subplots(
        1, len(panels), squeeze=False, sharey=True, layout="constrained",
        figsize=(2.4 + width * len(panels), pitch * (len(places) + 0.3 * len(separators)) + 1.7),
    )  # fmt: skip
    for ax, (title, rows, x_axis) in zip(axes[0], panels, strict=True):
        ax.set_title(title, loc="left")
        here = [case for case in cases if table.select(rows, case=case)] or [""]
        for lane, case in enumerate(here):
            mine = table.select(rows, case=case) if cases else rows
            index = cases.index(case) if cases else 0
            shift = 0.8 / len(here) * (lane - (len(here) - 1) / 2)
            for name, own in table.by(mine, "implementation").items():
                of = table.greatest if case in greatest else table.spread_of
                _dot(ax, places[name] + shift, name, of(own), index)
        _scale(ax, x_axis, [row.value for row in rows])
        ax.set_xlabel(x_axis.label)
        for separator in separators:
            ax.axhline(separator, color="#bbbbbb", linewidth=0.8)
        ax.grid(axis="y", visible=False)
        for place in list(places.values())[::2]:
            ax.axhspan(place - 0.5, place + 0.5, color="#f4f4f4", linewidth=0, zorder=0)
    first = axes[0][0]
    first.set_yticks([places[name] for name in names], names)
    first.set_ylim(max(places.values()) + 0.7, -0.7)
    if len(cases) > 1:
        _cases_legend(figure, cases, legend, ncols)
    return figure


def _scale(ax, axis, values):
    """The scale of the values; at least a factor of four, so that there are ticks with words."""
    positive = [value for value in values if value > 0]
    if axis.log and positive and len(positive) == len(values):
        ax.set_xscale("log")
        low, high = ax.get_xlim()
        wider = max(1.0, (4 * low / high) ** 0.5)
        ax.set_xlim(low / wider, high * wider)
        style.label_axis(ax.xaxis, axis.form)
    elif axis.log:
        least = 10.0 ** math.floor(math.log10(min(positive, default=1.0)))
        style.linear_near_zero(ax.xaxis, least, max(values, default=0.0), axis.form)
    else:
        style.label_axis(ax.xaxis, axis.form)


CASE_MARKERS = ("o", "D", "^", "s", "v", "P", "X")


def _places(names):
    places, separators, at, group = {}, [], 0.0, None
    for name in names:
        mine = peers.look(name).group
        if group not in (None, mine):
            separators.append(at - 0.35)
            at += 0.3
        places[name], group = at, mine
        at += 1
    return places, separators


def _dot(ax, y, name, spread, index):
    look = peers.look(name)
    marker = CASE_MARKERS[index % len(CASE_MARKERS)]
    ax.errorbar(
        spread.median, y, xerr=[[spread.median - spread.low], [spread.high - spread.median]],
        color=look.colour, marker=marker, markersize=5, elinewidth=1, zorder=3,
        clip_on=spread.median != 0,
    )  # fmt: skip
    mark(ax, [(spread.median, y, spread)], look.colour, marker)


def _cases_legend(figure, cases, place, ncols):
    handles = [
        plt.Line2D(
            [],
            [],
            color="#333333",
            marker=CASE_MARKERS[index % len(CASE_MARKERS)],
            linestyle="",
            label=case,
        )  # fmt: skip
        for index, case in enumerate(cases)
    ]
    title = "case" if ncols == 1 else None
    figure.legend(handles=handles, loc=place, title=title, alignment="left", ncols=ncols)
