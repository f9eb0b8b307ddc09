"""Lookups a second."""

import forms
import rows as table
import style
from registry import figure, note

LOOKUPS = forms.Axis("lookups a second")
METRIC = "lookups_per_second"
ACHIEVED = "updates_per_second"
READERS = forms.Axis("threads that look up", form=None, log=False)
NAMES = {"v4": "IPv4", "v6": "IPv6"}


# What figures show where several were measured and one has to be chosen.
USUAL = {"stream": "routed", "burst": 32, "readers": 1}


def usual(rows, *columns):
    """The rows with the usual value of each column, or with the most frequent one where the usual one
    is not there."""
    for column in columns:
        found = {value: len(own) for value, own in table.by(rows, column).items()}
        if found:
            most = max(found, key=found.get)
            rows = table.select(
                rows, **{column: USUAL[column] if USUAL.get(column) in found else most}
            )
    return rows


def by_rate(rows):
    """Bands of panels, by what the writer does."""
    found = table.by(rows, "updates")
    return [(style.rate(rate), found[rate]) for rate in sorted(found)]


def by_category(rows, column, values, label, words=str):
    """Each implementation's median of each value, side by side whatever they are."""

    def draw(ax, name, own):
        points = dict(table.curve(own, column))
        forms.line(ax, name, [(at, points[v]) for at, v in enumerate(values) if v in points])

    plot = forms.grid(
        rows, [("", rows)], draw, forms.Axis("", form=None, log=False), LOOKUPS, height=3.2
    )
    for ax in plot.axes[: len(plot.axes) // 2]:
        ax.set_xticks(range(len(values)), [words(value) for value in values])
        ax.set_xlim(-0.4, len(values) - 0.6)
        ax.set_xlabel(label)
    return plot


def lookups(run, family, **wanted):
    """The rates of lookups, marked where the writer beside them fell behind."""
    rows = run.rows("throughput", metric=METRIC, family=family, **wanted)
    return table.paced(rows, run.rows("throughput", metric=ACHIEVED, family=family))


def threads_axis(ax, rows):
    """The axis of threads, shaded where there are more than cores."""
    style.label_powers(ax, {row.readers for row in rows})
    style.shade_crowded(ax, rows)


def by_threads(rows, values):
    """Each implementation's curve over the threads, a row of panels for each rate of updates."""
    return forms.grid(
        rows,
        by_rate(rows),
        lambda ax, name, own: forms.line(ax, name, table.curve(own, "readers")),
        READERS,
        values,
        threads_axis,
    )


def _threads(family):
    @figure(
        f"throughput-readers-{family}",
        "throughput",
        "How many lookups a second are there, by the number of threads and the rate of updates?",
        f"Lookups a second of {NAMES[family]} addresses against the number of reading threads; a row of"
        " panels for each rate of updates, a column for each kind of table, rtalloc in each.",
    )
    def draw(run):
        rows = usual(lookups(run, family), "stream", "burst", "routes")
        if len({row.readers for row in rows}) < 2:
            return None
        plot = by_threads(rows, LOOKUPS)
        one = rows[0]
        title = f"{NAMES[family]} lookups by threads, beside updates"
        return plot, title, note(run, rows, f"{one.stream} addresses in bursts of {one.burst}")


def _achieved(family):
    @figure(
        f"throughput-achieved-{family}",
        "throughput",
        "How many updates a second does the writer make beside so many readers?",
        f"Updates a second that the writer of {NAMES[family]} routes made against the number of reading"
        " threads; a row of panels for each rate that it was asked for, a column for each kind of table.",
    )
    def draw(run):
        rows = run.rows("throughput", metric=ACHIEVED, family=family)
        rows = usual([row for row in rows if row.updates], "stream", "burst", "routes")
        if len({row.readers for row in rows}) < 2:
            return None
        rows = table.paced(rows, rows)
        plot = by_threads(rows, forms.Axis("updates a second", form=None, log=False))
        most = max(row.value for row in rows)
        for ax in plot.axes:
            if ax.axison:
                style.linear_near_zero(ax.yaxis, 100, most, style.short)
        one = rows[0]
        title = f"{NAMES[family]} updates that the writer made beside readers"
        return (
            plot,
            title,
            note(run, rows, f"readers: {one.stream} addresses in bursts of {one.burst}"),
        )


def _rates(family):
    @figure(
        f"throughput-updates-{family}",
        "throughput",
        "What do updates beside them cost the lookups?",
        f"Lookups a second of {NAMES[family]} addresses by one thread against the rate of updates beside"
        " it, a panel for each kind of table.",
    )
    def draw(run):
        rows = lookups(run, family, readers=1)
        rows = usual(rows, "stream", "burst", "routes")
        rates = sorted({row.updates for row in rows})
        if len(rates) < 2:
            return None
        words = {0: "none", float("inf"): "all it can"}
        plot = by_category(
            rows,
            "updates",
            rates,
            "updates a second",
            lambda rate: words.get(rate) or style.short(rate),
        )
        one = rows[0]
        title = f"{NAMES[family]} lookups of one thread beside updates"
        return plot, title, note(run, rows, f"{one.stream} addresses in bursts of {one.burst}")


def _bursts(family):
    @figure(
        f"throughput-burst-{family}",
        "throughput",
        "What does it give to look up many addresses at once?",
        f"Lookups a second of {NAMES[family]} addresses by one thread against the number of addresses in"
        " a burst, a panel for each kind of table.",
    )
    def draw(run):
        rows = run.rows("throughput", metric=METRIC, family=family, readers=1, updates=0)
        rows = usual(rows, "stream", "routes")
        bursts = sorted({row.burst for row in rows})
        if len(bursts) < 2:
            return None
        plot = by_category(rows, "burst", bursts, "addresses a burst")
        title = f"{NAMES[family]} lookups of one thread by burst, without updates"
        return plot, title, note(run, rows, f"{rows[0].stream} addresses")


def _streams(family):
    @figure(
        f"throughput-streams-{family}",
        "throughput",
        "How much depends on which addresses are looked up?",
        f"Lookups a second of {NAMES[family]} addresses by one thread for each stream of addresses, a"
        " panel for each kind of table.",
    )
    def draw(run):
        rows = usual(
            run.rows("throughput", metric=METRIC, family=family, readers=1, updates=0), "routes"
        )
        bursts = table.by(rows, "burst")
        if not bursts:
            return None
        rows = max(bursts.values(), key=lambda own: len({row.stream for row in own}))
        order = ("uniform", "routed", "zipf", "hot")
        streams = sorted({row.stream for row in rows}, key=order.index)
        if len(streams) < 2:
            return None
        plot = by_category(rows, "stream", streams, "addresses")
        title = f"{NAMES[family]} lookups of one thread by addresses, without updates"
        return plot, title, note(run, rows, f"bursts of {rows[0].burst}")


for _family in NAMES:
    _threads(_family)
    _achieved(_family)
    _rates(_family)
    _bursts(_family)
    _streams(_family)
