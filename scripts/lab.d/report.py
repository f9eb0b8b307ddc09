"""What came of it: for people a table, for programs JSON, and for records CSV with where it ran."""

import csv
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import packages

# Of each row what people are shown, under which heading and in which form.
ROUTES = (
    ("routes", "routes", "{:,}"), ("seconds", "seconds", "{:.2f}"),
    ("sent", "sent", "{:,}"), ("updates", "followed", "{:,}"),
    ("per_second", "a second", "{:,.0f}"),
    ("resyncs", "resyncs", "{}"), ("overruns", "overruns", "{}"),
    ("generation", "generation", "{}"), ("compared", "compared", "{:,}"),
    ("wrong", "wrong", "{}"), ("missed", "missed", "{:,}"), ("p99_9_ns", "p99.9 ns", "{:,}"),
)
PACKETS = (
    ("packets_sent", "packets", "{:,}"), ("packets_received", "received", "{:,}"),
    ("packets_forwarded", "forwarded", "{:,}"),
    ("packets_lost", "lost", "{:,}"), ("packets_misrouted", "misrouted", "{:,}"),
    ("packets_one_way", "one way only", "{:,}"), ("packets_against_kernel", "beside kernel", "{:,}"),
)
LEGEND = (
    "sent: updates by the speaker; followed: routes told and withdrawn, as the follower counts "
    "them; a second: of those sent, if any, until all were in the table. compared: answers held "
    "against the kernel's. missed: lookups whose route had been withdrawn within 2 s, since the "
    "follower began. p99.9: a burst of 32 lookups. one way only: packets for which there was one "
    "right way; beside kernel: those compared with the kernel's own answers; forwarded: what the "
    "forwarder itself counts, from its first packet on."
)


def tabulated(rows, columns):
    """Lines of a table that has those of the rows that say anything in the columns."""
    rows = [row for row in rows if any(row.get(name) is not None for name, _, _ in columns)]
    if not rows:
        return []
    cells = [["how", "what", *(heading for _, heading, _ in columns)]]
    for row in rows:
        values = ((form, row.get(name)) for name, _, form in columns)
        shown = ["" if value is None else form.format(value) for form, value in values]
        cells.append([row["how"], row["what"], *shown])
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [
        "  ".join(cell.ljust(width) if place < 2 else cell.rjust(width)
                  for place, (cell, width) in enumerate(zip(line, widths))).rstrip()
        for line in cells
    ]


def revision(top):
    words = ("git", "-C", str(top), "describe", "--always", "--dirty", "--abbrev=12")
    return subprocess.run(words, capture_output=True, text=True).stdout.strip() or None


def environment(top, about):
    processor = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "processor": processor.group(1) if processor else platform.machine(),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "load_average_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "commit": revision(top),
        **packages.versions(),
        **about,
    }


class Report:
    def __init__(self, top, about):
        self.environment = environment(top, about)
        self.rows = []

    def add(self, how, what, **found):
        """A row: how the routes came, what was done, and what was found."""
        count = found.get("sent")
        if count and found.get("seconds"):
            found["per_second"] = count / found["seconds"]
        elif found.get("updates") and found.get("seconds"):
            found["per_second"] = found["updates"] / found["seconds"]
        self.rows.append({"how": how, "what": what, **found})

    def skip(self, how, what, why):
        """Notes what could not be done here."""
        self.environment.setdefault("skipped", {})[f"{how} {what}"] = why

    def print(self, as_json):
        if as_json:
            print(json.dumps({"environment": self.environment, "rows": self.rows}))
            return
        for columns in (ROUTES, PACKETS):
            lines = tabulated(self.rows, columns)
            if lines:
                print("\n".join(lines), end="\n\n")
        if self.rows:
            print(LEGEND)
        sys.stdout.flush()

    def write(self, folder):
        """Keeps the rows and where they were found."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lab.csv").open("w", newline="") as out:
            rows = csv.writer(out, lineterminator="\n")
            rows.writerow(("how", "what", "quantity", "value"))
            for row in self.rows:
                for name, value in row.items():
                    if name not in ("how", "what") and value is not None:
                        shown = f"{value:.6g}" if isinstance(value, float) else value
                        rows.writerow((row["how"], row["what"], name, shown))
        text = json.dumps(self.environment, indent=2) + "\n"
        (folder / "lab-env.json").write_text(text)
