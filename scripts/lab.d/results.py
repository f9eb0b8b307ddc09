"""What came of it as rows with the columns of every experiment (paper/results/README.md), and where
it was found."""

import csv
import hashlib
import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from outcome import Failed

COLUMNS = (
    "experiment", "implementation", "family", "routes", "stream", "readers", "oversubscribed",
    "burst", "updates", "case", "x", "round", "metric", "unit", "value", "disturbed",
)
# The rows of a run in which all was well, with the machine's description beside them; and those of
# one that has failed, which are for whoever looks for the reason.
KEPT, FAILED, ENVIRONMENT = "lab.csv", "lab.failed.csv", "env.json"
# Addresses that a follower's reader looks up at once.
BURST = 32
# What a row of the report says, by the names that it has there: metric and unit.
METRICS = {
    "seconds": ("seconds", "s"), "started": ("seconds_until_first", "s"),
    "sent": ("updates_sent", "1"), "updates": ("updates_followed", "1"),
    "per_second": ("updates_per_second", "1/s"),
    "followed_per_second": ("updates_followed_per_second", "1/s"),
    "dumped": ("routes_dumped", "1"), "resyncs": ("resyncs", "1"), "overruns": ("overruns", "1"),
    "swept": ("routes_swept", "1"), "losses_forced": ("losses_forced", "1"),
    "losses_recovered": ("losses_recovered", "1"),
    "notifications_dropped": ("notifications_dropped", "1"),
    "generation": ("generation", "1"), "compared": ("answers_compared", "1"),
    "late": ("answers_late", "1"), "wrong": ("answers_wrong", "1"),
    "unclear": ("answers_unclear", "1"), "lookups": ("lookups", "1"),
    "missed": ("lookups_missed", "1"), "p99_9_ns": ("lookup_p99_9", "ns"),
    "lag_seconds": ("largest_lag", "s"), "sink_drops": ("packets_dropped_by_sink", "1"),
    **{name: (name, "1") for name in (
        "packets_sent", "packets_received", "packets_forwarded", "packets_lost",
        "packets_misrouted", "packets_twice", "packets_one_way", "packets_against_kernel",
    )},
    "packet_ns": ("packet_whole_path", "ns"), "packet_constant_ns": ("packet_without_lookups", "ns"),
    "packet_lookup_ns": ("packet_lookups", "ns"),
}
# Of a table that is learned, the time until all of it is there.
FULL = {"load": "seconds_until_full"}


def rows_of(found):
    """The rows of a row of the report."""
    case = found["what"].split()[0] if "quartiles" in found else found["what"]
    base = dict.fromkeys(COLUMNS, "") | {
        "experiment": "lab", "implementation": found["how"], "family": found.get("family", "both"),
        "routes": found.get("routes", 0), "readers": 1 if found.get("lookups") else "",
        "oversubscribed": "false", "updates": found.get("rate") or ("inf" if found.get("sent") else ""),
        "case": case, "round": 0, "disturbed": "false",
    }
    # Who moves the packets is what such a row is of.
    if found["how"] == "traffic":
        base |= {"implementation": found["what"], "case": "traffic"}

    def row(name, value, **others):
        metric, unit = METRICS[name]
        if name == "seconds":
            metric = FULL.get(case, metric)
        burst = BURST if name == "p99_9_ns" else ""
        shown = f"{value:.9g}" if isinstance(value, float) else value
        return base | {"metric": metric, "unit": unit, "value": shown, "burst": burst} | others

    for name in METRICS:
        if found.get(name) is None:
            continue
        if name in found.get("quartiles", {}):
            for share, value in zip((0.25, 0.5, 0.75), found["quartiles"][name]):
                yield row(name, value, x=share)
            continue
        yield row(name, found[name])
    for family, of in found.get("of_families", {}).items():
        if of["seconds"] is not None:
            yield row("seconds", of["seconds"], family=family, routes=of["routes"])
    for family, of in found.get("packets_of_families", {}).items():
        routes = found["of_families"][family]["routes"]
        for name, value in of.items():
            yield row(name, value, family=family, routes=routes)


def reserve(folder):
    """Makes the folder, which must not have results of anything else."""
    for name in (KEPT, ENVIRONMENT):
        if (folder / name).exists():
            raise Failed(f"{folder} has results already: {name}")
    folder.mkdir(parents=True, exist_ok=True)


def write(folder, name, report):
    """Keeps the rows and, if all was well, where they were found."""
    with (folder / name).open("w", newline="") as out:
        rows = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        rows.writeheader()
        for found in report.rows:
            rows.writerows(rows_of(found))
    if name == KEPT:
        (folder / FAILED).unlink(missing_ok=True)
        text = json.dumps(report.environment, indent=2, sort_keys=True) + "\n"
        (folder / ENVIRONMENT).write_text(text)


def said(*words):
    """What a program prints, or None if it is not there or fails."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def line_of(path, pattern):
    """What a pattern finds in a file of the system, or None."""
    try:
        found = re.search(pattern, Path(path).read_text(), re.MULTILINE)
    except OSError:
        return None
    return found.group(1).strip() if found else None


def environment(top):
    """The machine and the sources, by the names that all results have."""
    git = ("git", "-C", str(top))
    changed = said(*git, "status", "--porcelain", "--untracked-files=no")
    huge = "/sys/kernel/mm/transparent_hugepage/"
    cpu = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
    return {
        "architecture": platform.machine(),
        "commit": said(*git, "rev-parse", "HEAD"),
        "dirty": changed is not None,
        "cores": len(os.sched_getaffinity(0)),
        "governor": line_of(cpu, "(.*)"),
        "huge_pages": line_of(huge + "enabled", r"\[(\w+)\]"),
        "huge_pages_defrag": line_of(huge + "defrag", r"\[([\w+]+)\]"),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "processor": line_of("/proc/cpuinfo", r"^model name\s*: (.*)$") or platform.machine(),
        "profile": "release",
        "python": platform.python_version(),
        "rustc": said("rustc", "--version"),
        "rustflags": os.environ.get("RUSTFLAGS"),
        "time": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        "virtual": bool(line_of("/proc/cpuinfo", r"^flags\s*:.*\b(hypervisor)\b")),
    }


def table_of(routes):
    """What the table is, by the names that all results have; the checksum is the lab's own."""
    v4, v6 = routes.counts()
    text = "\n".join(sorted(routes.table))
    return {
        "routes_v4": v4, "routes_v6": v6,
        "prefixes_sha256": hashlib.sha256(text.encode()).hexdigest()[:16],
    }
