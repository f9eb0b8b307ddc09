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


FIGURES = {}


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

    @property
    def cores(self):
        """The cores that the run had."""
        try:
            return int(self.env.get("cores", 0))
        except ValueError:
            return 0

    def has(self, experiment):
        """Whether the experiment was recorded."""
        return (self.folder / f"{experiment}.csv").is_file()

    def rows(self, experiment, **wanted):
        """The rows of an experiment with the wanted values."""
        if experiment not in self._rows:
            self._rows[experiment] = table.read(self.folder / f"{experiment}.csv")
        return table.select(self._rows[experiment], **wanted)

    def troubles(self, experiment):
        """What could not be measured or gave wrong answers, in words for the caption."""
        if experiment == "figures":
            return ""
        parts = []
        for metric, words in (("wrong_answers", "wrong answers"), ("failed", "failed")):
            names = {row.implementation for row in self.rows(experiment, metric=metric)}
            if names:
                parts.append(f"{words}: {', '.join(peers.ordered(names))}")
        return " · ".join(parts)

    def _json(self, name):
        path = self.folder / name
        return json.loads(path.read_text()) if path.is_file() else {}


def note(rows, *more, shown="points: medians; bars: quartiles"):
    """What the caption says of the rows that a figure shows."""
    off = sum(row.disturbed for row in rows)
    parts = [shown if any(row.round for row in rows) else "one round"]
    sizes = sorted({row.routes for row in rows if row.routes})
    if len(sizes) == 1:
        parts.append(f"{sizes[0]:,} routes")
    parts += more
    parts.append(
        f"{off} of {len(rows)} samples disturbed and left out" if off else "none disturbed"
    )
    return " · ".join(parts + lost(rows))


def lost(rows):
    """What is missing because every one of its samples was disturbed, in words: implementations, and
    the number of single points of others."""
    gone = [
        name for name, own in table.by(rows, "implementation").items()
        if not table.undisturbed(own)
    ]  # fmt: skip
    points = table.by(
        [row for row in rows if row.implementation not in gone],
        lambda row: (row.implementation, row.routes, row.stream, row.readers, row.burst, row.updates,
                     row.case, row.x, row.metric),
    )  # fmt: skip
    missing = sum(not table.undisturbed(own) for own in points.values())
    words = [f"every sample disturbed: {', '.join(peers.ordered(gone))}"] if gone else []
    return words + (
        [f"{missing} points missing, all of their samples disturbed"] if missing else []
    )
