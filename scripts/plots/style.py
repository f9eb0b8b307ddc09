"""What all figures have in common: fonts, colours of axes, captions, marks, and the files."""

import math
import textwrap

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  the backend comes first
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter  # noqa: E402

SETTINGS = {
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "svg.fonttype": "none",
    "svg.hashsalt": "rtalloc",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.markersize": 5,
    "errorbar.capsize": 2,
}
plt.rcParams.update(SETTINGS)

# The files of a figure, and what is not to be written into them, so that they are always the same.
SUFFIXES = {"svg": {"Date": None}, "png": {"Software": None}}

SHADE = "#ececf2"
CROWDED = "more threads\nthan cores"


def short(value, _=None):
    """A number as axes have it: 1.5k, 20M."""
    if value == 0:
        return "0"
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"


def duration(value, _=None):
    """Seconds as axes have them: 20 ns, 1.5 ms."""
    for limit, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(value) >= limit * 0.9999999:
            return f"{value / limit:.4g} {unit}"
    return f"{value * 1e9:.4g} ns" if value else "0"


def size(value, _=None):
    """Bytes as axes have them."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(value) >= limit:
            return f"{value / limit:.4g} {unit}"
    return f"{value:.4g} B"


def rate(updates):
    """A rate of updates as titles have it."""
    if updates == 0:
        return "no updates"
    if updates == float("inf"):
        return "as many updates as it can"
    return f"{short(updates)} updates/s"


def label_axis(axis, form=short):
    """Ticks in words. On a logarithmic axis of few powers of ten 2 and 5 times these have words too;
    elsewhere there are ticks between powers of ten, but no words."""
    axis.set_major_formatter(FuncFormatter(form))
    if axis.get_scale() != "log":
        return

    def between(value, _):
        low, high = sorted(axis.get_view_interval())
        if low <= 0 or math.log10(high / low) > 1.7:
            return ""
        digit = round(value / 10 ** math.floor(math.log10(value) + 1e-9))
        return form(value) if digit in (2, 5) else ""

    axis.set_minor_formatter(FuncFormatter(between))


def label_powers(ax, values):
    """Ticks at the values alone, on a logarithmic axis."""
    ax.set_xscale("log", base=2)
    ax.set_xticks(sorted(values), [short(value) for value in sorted(values)])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_tick_params(which="minor", length=0)


def shade_crowded(ax, rows, column="readers", words=True):
    """Marks where the rows say that there were more threads than cores, the writer's among them: what
    is there is not scaling."""
    counts = sorted({getattr(row, column) for row in rows})
    crowded = {getattr(row, column) for row in rows if row.oversubscribed}
    if not crowded:
        return
    above = min(crowded)
    below = max((count for count in counts if count < above), default=above / 1.5)
    left, right = (below * above) ** 0.5, max(counts) * 1.25
    ax.axvspan(left, right, color=SHADE, zorder=0, linewidth=0)
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, counts[0] / 1.25), max(high, right))
    if words:
        ax.text(
            1, 1.02, CROWDED, transform=ax.transAxes, ha="right", va="bottom", fontsize=6.5,
            color="#55556a", linespacing=1.0,
        )  # fmt: skip


def linear_near_zero(axis, least, most, form, lowest=0.0):
    """A logarithmic axis from 0, or from below `lowest` if that is less, to beyond `most`; it is linear
    below `least`, a power of ten, on both sides of 0."""
    vertical = axis.axis_name == "y"
    scale, limits = (
        (axis.axes.set_yscale, axis.axes.set_ylim)
        if vertical
        else (axis.axes.set_xscale, axis.axes.set_xlim)
    )
    scale("symlog", linthresh=least, linscale=0.6)
    limits(min(lowest, 0.0) * 2, max(most, least) * 2)
    powers = [10.0**power for power in range(round(math.log10(least)), 13)]
    negative = [-power for power in powers] if lowest < 0 else []
    axis.set_major_locator(FixedLocator([*negative, 0, *powers]))
    axis.set_major_formatter(FuncFormatter(form))


def caption(run, note, columns):
    """Whose numbers these are, in lines of at most so many columns."""
    env = run.env
    cores = env.get("cores", "?")
    dirty = " and changes" if str(env.get("dirty")).lower() == "true" else ""
    machine = f"{env.get('processor', 'unknown processor')}, {cores} cores"
    machine += " of a virtual machine" if env.get("virtual") else ""
    commit = str(env.get("commit", "?"))[:9]
    parts = [machine, str(env.get("time", "?"))[:10], f"commit {commit}{dirty}"]
    parts += [f"built with {env['rustflags']}"] if env.get("rustflags") else []
    return "\n".join(line for words in (parts, note.split(" · ")) for line in fold(words, columns))


def fold(parts, columns):
    """Lines of parts with dots between, broken within a part only if it is longer than a line."""
    lines = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= columns:
            lines[-1] += " · " + part
        else:
            lines += textwrap.wrap(part, columns)
    return lines


def finish(figure, run, title, note, folder, name):
    """Writes the figure as SVG and PNG, with its title and caption, and a mark if it was quick."""
    figure.suptitle(title, fontsize=11.5, fontweight="bold", x=0.01, ha="left")
    columns = int(figure.get_figwidth() * 15)
    figure.supxlabel(
        caption(run, note, columns),
        fontsize=7.5,
        color="#555555",
        x=0.01,
        ha="left",
        linespacing=1.4,
    )
    if run.mode != "full":
        figure.text(
            0.5, 0.5, run.mode, fontsize=min(90, figure.get_figwidth() * 90 / len(run.mode)), color="#000000", alpha=0.07, rotation=25,
            ha="center", va="center", zorder=10, fontweight="bold",
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    # The layout is the same in both files, and takes longer than to draw them.
    figure.canvas.draw()
    figure.set_layout_engine("none")
    for suffix, metadata in SUFFIXES.items():
        figure.savefig(folder / f"{name}.{suffix}", metadata=metadata)
    plt.close(figure)
