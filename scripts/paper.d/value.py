"""A value of one of the paper's numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A value with the quartiles that it lies between, whose it is if that was to be found, and what
    speaks against it."""

    low: float
    median: float
    high: float
    count: int = 1
    who: str = ""
    disturbed: bool = False
    starved: bool = False


def exactly(number):
    """A value that has no spread."""
    return Value(number, number, number)
