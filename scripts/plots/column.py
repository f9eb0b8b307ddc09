"""Draws the figures of the paper, at the width of its columns and without titles: captions are the
paper's.

usage: column.py --out DIR [--fonts DIR] [--only NAME]... FOLDER...

Each figure is of the first of the folders that has its experiment, and is left out if none has. The
fonts that the figures are drawn with go to --fonts, for whoever sets the text.
"""

import argparse
import contextlib
import math
import shutil
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import matplotlib  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402

import forms  # noqa: E402
import peers  # noqa: E402
import rows as table  # noqa: E402
import style  # noqa: E402
from column_forms import (  # noqa: E402
    CHOSEN, COLUMN, PAGE, SMALLER, chosen, legend, looks, panels, resized,
)  # fmt: skip
from figures import garbage, handles, latency, memory, updates  # noqa: E402
from figures.throughput import ACHIEVED, LOOKUPS, by_rate, lookups, threads_axis, usual  # noqa: E402
from registry import Run  # noqa: E402
from units import in_seconds  # noqa: E402

# The figures in which several groups share a panel.
LINES = ("column-scaling", "column-latency", "column-garbage", "column-growth")
PLAN = Path(__file__).resolve().parent.parent.parent / "benches" / "experiments.toml"
FIGURES = {}


def figure(name, experiment):
    """Registers the function below it, which draws a run's rows or returns None."""

    def register(draw):
        assert name not in FIGURES, name
        FIGURES[name] = (experiment, draw)
        return draw

    return register


def _rates(family):
    @figure(f"column-lookups-{family}", "throughput")
    def draw(run):
        rows = usual(lookups(run, family, readers=1), "stream", "burst", "routes")
        bands = [band for band in by_rate(rows) if band[1][0].updates in (0, 1e5, float("inf"))]
        names = {row.implementation for row in rows}
        if not bands:
            return None
        plot = forms.dots([(title, own, LOOKUPS) for title, own in bands])
        shown = [row.value for _, own in bands for row in own]
        least = 10.0 ** math.floor(math.log10(min(value for value in shown if value > 0)))
        for ax in plot.axes:
            style.linear_near_zero(ax.xaxis, least, max(shown), style.short)
        return resized(plot, PAGE, 0.118 * len(names) + 0.75)


def _scaling(family):
    @figure(f"column-scaling-{family}", "throughput")
    def draw(run):
        rows = chosen(usual(lookups(run, family), "stream", "burst", "routes"))
        bands = [band for band in by_rate(rows) if band[1][0].updates in (0, 1e5, float("inf"))]
        if len({row.readers for row in rows}) < 2:
            return None
        return panels(
            bands,
            lambda ax, name, own: forms.line(ax, name, table.curve(own, "readers")),
            forms.Axis("threads that look up", form=None, log=False),
            LOOKUPS,
            threads_axis,
            (PAGE, 2.35),
            5,
        )


def _tails(family):
    @figure(f"column-latency-{family}", "latency")
    def draw(run):
        rows = run.rows("latency", family=family, metric=latency.LATENCY)
        rows = in_seconds(
            usual([row for row in rows if row.x is not None], "readers", "burst", "routes")
        )
        if not rows:
            return None
        rows = table.paced(rows, run.rows("latency", metric=ACHIEVED))
        rows = chosen(table.resolved(rows, run.rows("latency", metric=latency.COUNT)))
        return panels(
            by_rate(rows),
            lambda ax, name, own: forms.line(ax, name, latency.tail(own)),
            forms.Axis("percentile of bursts", form=None, log=False),
            forms.Axis("time of a burst", style.duration),
            latency.tail_ticks,
            (PAGE, 2.35),
            5,
        )


def _updates(family):
    @figure(f"column-updates-{family}", "updates")
    def draw(run):
        rows = usual(run.rows("updates", family=family, metric=ACHIEVED), "routes")
        if not rows:
            return None
        cases = tuple(case for case, _ in table.in_order(rows, "case", updates.CASES))
        axis = forms.Axis("updates a second")
        plot = forms.dots([("", rows, axis)], cases, legend="outside lower center", ncols=2)
        return resized(plot, COLUMN, 0.158 * len({row.implementation for row in rows}) + 0.95)


def _handles(family):
    @figure(f"column-handles-{family}", "handles")
    def draw(run):
        rows = run.rows("handles", family=family, metric="nanoseconds")
        rows = in_seconds([row for row in rows if row.case != handles.TAKE])
        if not rows:
            return None
        plot, ax = plt.subplots(figsize=(COLUMN, 2.9), layout="constrained")
        for case, own in table.in_order(rows, "case", handles.TIERS):
            index = handles.TIERS.index(case) if case in handles.TIERS else len(handles.TIERS)
            handles.tier(ax, index, case, table.curve(own, "readers"))
        forms.dress(ax, handles.THREADS, handles.TIME)
        ax.set_xlabel(handles.THREADS.label)
        ax.set_ylabel(handles.TIME.label)
        handles.threads_axis(ax, rows)
        plot.legend(loc="outside lower center", ncols=2)
        return plot


def _memory(family):
    @figure(f"column-memory-{family}", "memory")
    def draw(run):
        rows = usual(run.rows("memory", family=family), "routes")
        rows = [row for row in rows if row.metric.endswith("bytes_per_prefix")]
        if not rows:
            return None
        names = peers.ordered([row.implementation for row in rows])
        parts = list(table.by(table.select(rows, metric="bytes_per_prefix"), "case"))
        height = 0.128 * len(names) + 1.15
        plot, ax = plt.subplots(figsize=(COLUMN, height), layout="constrained")
        for place, name in enumerate(names):
            memory.bar(ax, place, table.select(rows, implementation=name), parts, 5.6)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlim(left=0)
        ax.grid(axis="y", visible=False)
        ax.margins(x=0.13)
        ax.set_xlabel("bytes a prefix")
        patch = plt.Rectangle
        entries = [
            patch((0, 0), 1, 1, label=part, **memory.paint(i)) for i, part in enumerate(parts)
        ]
        entries.append(patch((0, 0), 1, 1, facecolor=memory.UNTOLD, label="parts untold"))
        plot.legend(handles=entries, loc="outside lower center", ncols=2, handlelength=1.2)
        return plot


def _garbage(family):
    @figure(f"column-garbage-{family}", "garbage")
    def draw(run):
        rows = usual(run.rows("garbage", family=family, case="stalled reader"), "routes", "updates")
        waiting = chosen(table.select(rows, metric="waiting_bytes"))
        made = chosen(table.select(rows, metric=ACHIEVED))
        if not waiting or not made:
            return None
        plot, axes = plt.subplots(2, 1, sharex=True, layout="constrained", figsize=(COLUMN, 3.3))
        stalls = stall(run.mode)
        for ax, own, label, form, least in (
            (axes[0], waiting, "bytes that wait", style.size, 1000),
            (axes[1], made, "updates a second", style.short, 100),
        ):
            for name, mine in table.in_order(own, "implementation", peers.ordered(CHOSEN)):
                garbage.line(ax, name, mine)
            values = [row.value for row in own]
            style.linear_near_zero(ax.yaxis, least, max(values), form, min(values))
            ax.axvspan(*stalls, color=style.SHADE, zorder=0, linewidth=0)
            ax.set_ylabel(label)
        axes[1].set_xlabel("seconds")
        legend(plot, peers.ordered([row.implementation for row in waiting + made]), 2)
        return plot


def stall(mode):
    """From when to when the special reader stalls, in seconds, by the plan."""
    plan = tomllib.loads(PLAN.read_text())["garbage"].get(mode)
    if plan is None:
        return (0, 0)
    return plan["from_ms"] / 1000, (plan["from_ms"] + plan["for_ms"]) / 1000


def _growth(family):
    @figure(f"column-growth-{family}", "growth")
    def draw(run):
        rows = chosen(in_seconds(run.rows("growth", family=family, metric="nanoseconds")))
        if len({row.routes for row in rows}) < 2:
            return None
        return panels(
            [("", rows)],
            lambda ax, name, own: forms.line(ax, name, table.curve(own, "routes")),
            forms.Axis("routes"),
            forms.Axis("time of a lookup", style.duration),
            lambda ax, rows: None,
            (COLUMN, 2.6),
            2,
        )


for _family in ("v4", "v6"):
    for _register in (_rates, _scaling, _tails, _updates, _handles, _memory, _garbage, _growth):
        _register(_family)


def write(plot, run, path):
    """Writes a figure, with a mark if it is of no full run."""
    if run.mode != "full":
        plot.text(
            0.5, 0.5, run.mode, fontsize=30, color="#000000", alpha=0.07, rotation=25, ha="center",
            va="center", zorder=10, fontweight="bold",
        )  # fmt: skip
    plot.savefig(path, metadata=style.SUFFIXES["svg"])
    plt.close(plot)


def draw(folders, out, only=()):
    """Draws all figures, or those named; returns their names, and those that failed, with why."""
    runs, drawn, failed = [Run(folder) for folder in folders], [], []
    for name, (experiment, make) in FIGURES.items():
        run = next((run for run in runs if run.has(experiment)), None)
        if run is None or (only and name not in only):
            continue
        try:
            lines = looks() if name.startswith(LINES) else contextlib.nullcontext()
            with plt.rc_context(SMALLER), lines:
                plot = make(run)
                if plot is not None:
                    write(plot, run, out / f"{name}.svg")
                    drawn.append(name)
        except Exception as error:  # noqa: BLE001  the other figures are still to be drawn
            failed.append((name, f"{type(error).__name__}: {error}"))
    return drawn, failed


def copy_fonts(folder):
    """Copies the font that the figures are drawn with."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf"):
        shutil.copy(path, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.fonts:
        copy_fonts(arguments.fonts)
    unknown = set(arguments.only) - FIGURES.keys()
    if unknown:
        parser.error(f"no figure is called {', '.join(sorted(unknown))}")
    drawn, failed = draw(arguments.folders, arguments.out, arguments.only)
    print(f"{len(drawn)} figures in {arguments.out}")
    for name, why in failed:
        print(f"column: {name}: {why}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
