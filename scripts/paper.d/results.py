"""Which recorded results the paper is of.

All experiments are of one machine: that of the newest folder with a full run, or of the newest folder
if there is none. Of that machine each file is taken from the newest folder that has it, so a file that
is recorded less often than the others, as `misses.csv` is, stays in force until it is recorded again.
"""

import csv
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = re.compile(r"(\d{4}-\d{2}-\d{2})-[0-9a-f]{7,40}")


class NotRecorded(Exception):
    """No folder of results has the file."""

    def __init__(self, name):
        super().__init__(f"no recorded folder has {name}")
        self.name = name


@dataclass(frozen=True)
class Folder:
    """One folder of results that may be published from."""

    path: Path
    time: str
    full: bool

    @property
    def machine(self):
        """The name of the machine: the folder's parent's."""
        return self.path.parent.name

    def json(self, name):
        """The contents of a file of the folder, empty if it is not there."""
        path = self.path / name
        return json.loads(path.read_text()) if path.is_file() else {}


def first_row(path):
    """The first row of a table, empty if there is none."""
    if not path.is_file():
        return {}
    with open(path, newline="") as file:
        return next(csv.DictReader(file), {})


def folder(path):
    """The folder if it may be published from: neither of changed sources nor of a shorter run."""
    named = FOLDER.fullmatch(path.name)
    if not named:
        return None
    run, env = path / "run.json", path / "env.json"
    mode = json.loads(run.read_text()).get("mode") if run.is_file() else None
    if mode not in (None, "full"):
        return None
    written = json.loads(env.read_text()) if env.is_file() else first_row(path / "figures.csv")
    return Folder(path, written.get("time") or named[1], mode == "full")


class Results:
    """What the folders below `root` have."""

    def __init__(self, root, machine=None):
        self.root, self._machine = Path(root), machine

    @cached_property
    def folders(self):
        """Those of the one machine, the newest first."""
        found = [folder(path) for path in sorted(self.root.glob("*/*")) if path.is_dir()]
        found = sorted(filter(None, found), key=lambda one: one.time, reverse=True)
        whole = [one for one in found if one.full] or found
        machine = self._machine or (whole[0].machine if whole else None)
        return [one for one in found if one.machine == machine]

    def of(self, name):
        """The newest folder that has the file."""
        for one in self.folders:
            if (one.path / name).is_file():
                return one
        raise NotRecorded(name)

    def path(self, name, folder=None):
        """The newest file of that name, or that of the folder."""
        if folder is None:
            return self.of(name).path / name
        for one in self.folders:
            if one.path.name == folder:
                return one.path / name
        raise NotRecorded(f"{folder}/{name}")

    def has(self, name):
        """Whether the file was recorded."""
        return any((one.path / name).is_file() for one in self.folders)

    def environment(self, name):
        """The environment that the file was recorded in."""
        one = self.of(name)
        return one.json("env.json") or first_row(one.path / "figures.csv")
