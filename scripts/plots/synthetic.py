"""Rows that nobody measured, in every form that experiments write: for tests, and to look at figures.

usage: synthetic.py FOLDER
"""

import csv
import json
import random
import sys
from pathlib import Path

import peers
from rows import COLUMNS

ALL = [name for _, _, names in peers.GROUPS for name in names]
STATIC = set(peers.GROUPS[3][2])
INFINITE = float("inf")
# Whose samples at one thread are all disturbed.
ALWAYS = "rtalloc entries"
PERCENTILES = (50, 75, 90, 95, 99, 99.9, 99.95, 99.99, 100)


class Writer:
    """Collects the rows of an experiment and writes them."""

    def __init__(self, folder, experiment):
        self.path, self.experiment, self.rows = Path(folder) / f"{experiment}.csv", experiment, []
        self.random = random.Random(experiment)

    def add(self, implementation, metric, unit, value, rounds=5, disturbed=0.05, **parameters):
        """As many rounds of a value, a few percent apart; such a share disturbed. All values of a
        sample are, or none."""
        for number in range(rounds):
            sample = [parameters[name] for name in sorted(parameters) if name != "x"]
            luck = random.Random(f"{implementation} {number} {sample}").random()
            noise = self.random.gauss(1, 0.04)
            row = dict.fromkeys(COLUMNS, "")
            row.update(
                experiment=self.experiment, implementation=implementation, family="v4", routes=1000,
                oversubscribed="false", round=number, metric=metric, unit=unit, value=value * noise,
                disturbed="true" if rounds > 1 and luck < disturbed else "false",
            )  # fmt: skip
            row.update(parameters)
            self.rows.append(row)

    def write(self):
        with open(self.path, "w", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows(self.rows)


def speed(name):
    """A rate that differs by implementation."""
    return 2e8 / (1 + peers.look(name).place) ** 0.7


def thread_counts(cores):
    """Powers of two up to twice the cores."""
    return [2**power for power in range(cores.bit_length() + 1)]


def throughput(folder, cores):
    writer = Writer(folder, "throughput")
    locked = peers.GROUPS[1][2]
    for name in ALL:
        for rate in (0.0, 1000.0, 1e5, INFINITE):
            if rate and name in STATIC:
                continue
            for readers in thread_counts(cores):
                scale = min(readers, cores) ** (0.2 if name in locked else 0.97)
                value = speed(name) * scale * (0.7 if rate == INFINITE else 1)
                for burst in (1, 32, 256) if readers == 1 else (32,):
                    for stream in (
                        ("uniform", "routed", "zipf", "hot") if rate == 0 else ("routed",)
                    ):
                        threads = readers + (rate > 0)
                        shared = {
                            "stream": stream, "burst": burst, "readers": readers, "updates": rate,
                            "oversubscribed": str(threads > cores).lower(),
                            "disturbed": 1 if name == ALWAYS and readers == 1 else 0.05,
                        }  # fmt: skip
                        rate_ = value * burst**0.25
                        writer.add(name, "lookups_per_second", "1/s", rate_, **shared)
                        made = min(rate, speed(name) / 500 * (0.5 if name in locked else 1))
                        writer.add(name, "updates_per_second", "1/s", made, **shared)
    writer.write()


def latency(folder):
    writer = Writer(folder, "latency")
    for name in ALL:
        for rate in (0.0, 1e5, INFINITE):
            for number, percentile in enumerate(PERCENTILES):
                value = 32e9 / speed(name) * (1.3 + 0.2 * (rate > 0)) ** number
                if not (rate and name in STATIC):
                    writer.add(
                        name, "burst_latency", "ns", value, x=percentile, burst=32, readers=1,
                        updates=rate, stream="routed",
                    )  # fmt: skip
            if not (rate and name in STATIC):
                shared = {"burst": 32, "readers": 1, "updates": rate, "stream": "routed"}
                writer.add(name, "bursts", "bursts", 30_000, **shared)
                writer.add(name, "updates_per_second", "1/s", min(rate, 9e4), **shared)
    writer.write()


def readers(folder):
    writer = Writer(folder, "readers")
    for name in (name for name in ALL if name not in STATIC):
        frees = 0 if name in peers.GROUPS[0][2] else 10 * peers.look(name).place
        for metric in ("allocations_per_million_lookups", "frees_per_million_lookups"):
            for rate in (1e5, INFINITE):
                writer.add(name, metric, "1/M", frees, readers=1, updates=rate, burst=32)
    writer.write()


def garbage(folder):
    writer = Writer(folder, "garbage")
    for name in (name for name in ALL if name not in STATIC):
        for case in ("normal", "stalled reader", "held handles"):
            for step in range(60):
                at = step / 20
                garbage = 3e4 * (1 + peers.look(name).place)
                if case == "stalled reader" and 1 <= at <= 2:
                    garbage *= 1 + 200 * (at - 1)
                shared = {"case": case, "x": at, "updates": 1e5, "readers": 2, "burst": 32}
                if name in peers.GROUPS[0][2]:
                    writer.add(name, "waiting_bytes", "bytes", garbage, rounds=3, **shared)
                # Whoever frees more than it takes ends below where it began.
                growth = -garbage if name == "rotonda-store" else garbage * 2
                writer.add(name, "live_bytes_growth", "bytes", growth, rounds=3, **shared)
                writer.add(name, "updates_per_second", "1/s", 1e5, rounds=3, **shared)
    writer.write()


def updates(folder):
    writer = Writer(folder, "updates")
    cases = ("replay", "withdraw and announce", "flap", "bring-up", "bring-up in batches")
    for name in (name for name in ALL if name not in STATIC):
        for factor, case in enumerate(cases):
            value = speed(name) / 50 * (1 + factor)
            writer.add(name, "updates_per_second", "1/s", value, case=case, updates=INFINITE)
    writer.add("dpdk rte_fib", "refused", "updates", 900, 1, case="bring-up")
    writer.add("dpdk rte_lpm", "refused", "updates", 0, 1, case="bring-up")
    for factor, name in enumerate(
        ("rtalloc entries", "rtalloc on crossbeam-epoch", "rtalloc on seize")
    ):
        for number, percentile in enumerate(PERCENTILES):
            value = 1e4 * 1.8**number * (1 + factor)
            writer.add(
                name,
                "reclaim_latency",
                "ns",
                value,
                case="reclaim",
                x=percentile,
                readers=1,
                burst=32,
            )
        for metric, value in (("removals", 3e4), ("not_freed", 30)):
            writer.add(name, metric, "entries", value, case="reclaim", readers=1, burst=32)
    writer.write()


def handles(folder, cores):
    writer = Writer(folder, "handles")
    tiers = (
        "Arc", "borrowed", "slot", "section and slot", "counted", "bsd borrowed",
        "bsd RouteCache hit", "bsd rtalloc and rtfree", "locks and a count",
    )  # fmt: skip
    for threads in thread_counts(cores):
        shared = {"readers": threads, "x": threads, "oversubscribed": str(threads > cores).lower()}
        for number, tier in enumerate(tiers):
            slower = threads if tier in ("Arc", "counted", "locks and a count") else 1
            writer.add("rtalloc", "nanoseconds", "ns", (3 + number) * slower, case=tier, **shared)
        for name in (*peers.GROUPS[0][2], "arc clones", "bsd baseline", "arc-swap prefix-trie"):
            slower = threads if name not in peers.GROUPS[0][2] else 1
            value = (20 + peers.look(name).place) * slower
            writer.add(name, "nanoseconds", "ns", value, case="take", **shared)
    writer.write()


def memory(folder):
    writer = Writer(folder, "memory")
    parts = (
        "tree",
        "cells",
        "forwarding view",
        "numbers of next hops",
        "entries",
        "ordered map",
        "writer",
    )
    for name in ALL:
        whole = 60 + 9 * peers.look(name).place
        if name in peers.GROUPS[0][2]:
            for part in parts:
                writer.add(name, "bytes_per_prefix", "bytes", whole / 6, 1, case=part)
        writer.add(name, "live_bytes_per_prefix", "bytes", whole, 1)
        writer.add(name, "resident_bytes_per_prefix", "bytes", whole * 1.1, 1)
    writer.write()


def build(folder, cores):
    writer = Writer(folder, "build")
    for name in ALL:
        for routes in (1000, 10_000, 100_000, 1_000_000):
            value = routes * 1e-7 * (1 + peers.look(name).place)
            writer.add(name, "seconds", "s", value, case="size", routes=routes)
    for routes in (1000, 10_000, 100_000, 1_000_000):
        value = routes * 1e-7 / cores**0.5
        writer.add("rtalloc", "seconds", "s", value, case="size, all cores", routes=routes)
    for threads in thread_counts(cores):
        value = 0.1 / min(threads, cores)
        writer.add(
            "rtalloc", "seconds", "s", value, case="threads", x=threads, routes=1_000_000,
            oversubscribed=str(threads > cores).lower(),
        )  # fmt: skip
    writer.add("dpdk rte_lpm", "left_out", "", 1, 1, case="too slow", routes=1_000_000)
    writer.write()


def growth(folder):
    writer = Writer(folder, "growth")
    for name in ALL:
        for power, routes in enumerate((1000, 10_000, 100_000, 1_000_000)):
            value = 1e9 / speed(name) * 1.5**power
            shared = {"routes": routes, "x": routes, "burst": 32, "stream": "routed"}
            writer.add(name, "nanoseconds", "ns", value, **shared)
            writer.add(name, "ratio_to_rtalloc", "times", value / 5, **shared)
    writer.write()


def replay(folder):
    writer = Writer(folder, "replay")
    for name in (name for name in ALL if name not in STATIC):
        writer.add(name, "updates_per_second", "1/s", speed(name) / 50)
        writer.add(name, "updates_made", "updates", 1e4)
        for number, percentile in enumerate(PERCENTILES):
            value = 5e10 / speed(name) * 1.7**number
            writer.add(name, "publication_latency", "ns", value, x=percentile)
    writer.write()


def targets(folder):
    with open(Path(folder) / "figures.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("figure", "against", "unit", "round", "value", "target", "remark"))
        for name, target, value in (
            ("lookup/v4/next hops x64", "AtLeast(2.0)", 1.9),
            ("lookup/v4/memory", "AtMost(0.1)", 0.09),
            ("updates/v4/replay", "AtLeast(1.0)", 3.0),
            ("memory/v4/all", "", 90.0),
        ):
            for number in range(3):
                table.writerow(
                    (name, "DIR24_8", "times", number, value * (1 + number / 9), target, "")
                )


def folder(path, cores=8, mode="full"):
    """Writes a folder of results."""
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    env = {
        "processor": "A Processor of No Machine 9999", "cores": str(cores),
        "time": "2026-01-02T03:04:05+00:00", "commit": "0123456789abcdef", "dirty": "false",
        "day": "synthetic",
    }  # fmt: skip
    (path / "env.json").write_text(json.dumps(env))
    (path / "run.json").write_text(json.dumps({"mode": mode}))
    throughput(path, cores)
    latency(path)
    readers(path)
    garbage(path)
    updates(path)
    handles(path, cores)
    memory(path)
    build(path, cores)
    growth(path)
    replay(path)
    targets(path)


if __name__ == "__main__":
    folder(sys.argv[1])
