"""All figures by name, each with the experiment that it needs, the question that it answers, and what
a reader is told who cannot see it.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import peers
import rows as table


@dataclass(frozen=True)
class Figure:
    """One figure; `draw(run)` is the picture, or None if the rows have nothing for it."""

    name: str
    experiment: str
    question: str
    alt: str
    draw: object

    @property
    def family(self):
        """The family that it is of: the end of its name."""
        return self.name.rsplit("-", 1)[-1]


FIGURES = {}

# Metrics of rows that say what went wrong, and the words for it.
TROUBLES = {
    "wrong_answers": "wrong answers",
    "failed": "failed",
    "refused": "refused updates, which are not counted",
}
# Beyond so many names a caption says how many there are instead.
FEW = 6


def figure(name, experiment, question, alt):
    """Registers the function below it."""

    def register(draw):
        assert name not in FIGURES, name
        FIGURES[name] = Figure(name, experiment, question, alt, draw)
        return draw

    return register


class Run:
    """What was recorded in a folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._rows = {}

    @cached_property
    def env(self):
        """What is known of the machine; empty if nothing was written down."""
        return self._json("env.json")

    @cached_property
    def mode(self):
        """How much was measured; results that do not say are not taken for full ones."""
        return self._json("run.json").get("mode", "unknown mode")

    def has(self, experiment):
        """Whether the experiment was recorded."""
        return (self.folder / f"{experiment}.csv").is_file()

    def rows(self, experiment, **wanted):
        """The rows of an experiment with the wanted values."""
        if experiment not in self._rows:
            self._rows[experiment] = table.read(self.folder / f"{experiment}.csv")
        return table.select(self._rows[experiment], **wanted)

    def troubles(self, experiment, family):
        """What could not be measured or gave wrong answers, in words for the caption."""
        if experiment == "figures":
            return ""
        parts = []
        for metric, words in TROUBLES.items():
            rows = self.rows(experiment, metric=metric, family=family)
            names = {row.implementation for row in rows if row.value != 0}
            if names:
                parts.append(f"{words}: {', '.join(peers.ordered(names))}")
        left_out = self.rows(experiment, metric="left_out", family=family)
        for (routes, why), rows in table.by(left_out, lambda row: (row.routes, row.case)).items():
            names = peers.ordered({row.implementation for row in rows})
            whom = ", ".join(names) if len(names) <= FEW else f"{len(names)} implementations"
            parts.append(f"left out at {routes:,} routes, {why}: {whom}")
        return " · ".join(parts)

    def _json(self, name):
        path = self.folder / name
        return json.loads(path.read_text()) if path.is_file() else {}


def note(run, rows, *more, shown="points: medians; bars: quartiles", lines=False):
    """What the caption says of the rows that a figure shows, as points or as `lines` over time."""
    parts = [shown if any(row.round for row in rows) else "one round"]
    sizes = sorted({row.routes for row in rows if row.routes})
    if len(sizes) == 1:
        parts.append(f"{sizes[0]:,} routes")
    parts += filter(None, (origin(run, rows), *more))
    return " · ".join(parts + quality(rows, lines))


def origin(run, rows):
    """Whether the table and its updates are real, if the run says so. Only tables of the whole day's
    size are the day's; those of other sizes are always made up."""
    day = run.env.get("day")
    if not day:
        return ""
    real = {
        day != "synthetic" and row.routes == run.env.get(f"routes_{row.family}") for row in rows
    }
    if real == {True}:
        return "a real table and its real day of updates"
    return "some tables real, some synthetic" if True in real else "synthetic tables and updates"


def quality(rows, lines=False):
    """How many samples were disturbed or could not be judged, and which points tell of that, in words."""
    found, points = table.samples(rows), drawn_of(rows, lines)
    shown = "lines" if lines else "points"
    share = f" ({found.disturbed / found.all:.0%})" if found.disturbed else ""
    parts = [f"{found.disturbed or 'none'} of {found.all} samples{share} disturbed"]
    if found.oversubscribed:
        judged = f"{found.oversubscribed} had more threads than cores and were not judged"
        parts.append(judged)
    hollow = sum(point.disturbed for point in points)
    if hollow:
        parts.append(f"hollow: {hollow} {shown} of disturbed samples alone")
    starved = sum(point.starved for point in points)
    if starved:
        parts.append(
            f"half-filled: {starved} {shown} whose writer made less than {table.ENOUGH:.0%} of the"
            " updates asked for"
        )
    return parts


def drawn_of(rows, lines):
    """The points that the rows make, whatever the figure, or the lines."""
    found = table.by(
        rows,
        lambda row: (row.implementation, row.routes, row.stream, row.readers, row.burst, row.updates,
                     row.case, None if lines else row.x, row.metric),
    )  # fmt: skip
    return [table.spread_of(own) for own in found.values()]
