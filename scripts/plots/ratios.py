"""Writes how many times as fast as each other table rtalloc looks up, as ratios within a round.

usage: ratios.py FOLDER

FOLDER has the rows of the experiment `throughput`; the ratios go to FOLDER/ratios.csv, a line for
each other implementation and set of parameters: quartiles of the rounds' ratios, how many rounds,
and whether each of them was disturbed or its writer fell behind.
"""

import csv
import sys
from pathlib import Path

import peers
import rows as table

METRIC, ACHIEVED = "lookups_per_second", "updates_per_second"
PARAMETERS = ("family", "routes", "stream", "readers", "oversubscribed", "burst", "updates")
COLUMNS = (*PARAMETERS, "implementation", "low", "median", "high", "rounds", "disturbed", "starved")


def lines(rows):
    """The ratios of all rows, as the lines of the table."""
    rates = table.select(rows, metric=METRIC)
    rates = table.paced(rates, table.select(rows, metric=ACHIEVED))
    groups = table.by(rates, lambda row: tuple(getattr(row, name) for name in PARAMETERS))
    for parameters, own in groups.items():
        found = table.ratios(own, peers.REFERENCE)
        for name in peers.ordered(found):
            spread = found[name]
            quartiles = [f"{value:.4g}" for value in (spread.low, spread.median, spread.high)]
            flags = [spread.count, spread.disturbed, spread.starved]
            yield [*parameters, name, *quartiles, *flags]


def write(folder):
    """Writes the table of a folder of results, if it has the rows for it."""
    source = Path(folder) / "throughput.csv"
    if not source.is_file():
        return
    with open(Path(folder) / "ratios.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows(lines(table.read(source)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(sys.argv[1])
