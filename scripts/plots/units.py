"""Values in the units that axes have, whatever the rows are in."""

from dataclasses import replace

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class UnknownUnit(Exception):
    """A unit that is none of time."""


def in_seconds(rows):
    """The rows, their times in seconds."""
    converted = []
    for row in rows:
        if row.unit not in SECONDS:
            raise UnknownUnit(f"{row.experiment}/{row.metric}: {row.unit!r} is no unit of time")
        converted.append(replace(row, value=row.value * SECONDS[row.unit], unit="s"))
    return converted
