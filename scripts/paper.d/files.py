"""Values of numbers from tables and texts that are no experiment's; `measures.py` says what an entry
has. Each function takes the `place` with the results and the top of the repository.
"""

import csv
import re
import statistics
from fnmatch import fnmatchcase
from functools import cache

from experiments import EXPERIMENTS, samples, table
from results import NotRecorded
from value import Value, exactly


@cache
def _records(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def _of_figure(records, entry):
    """The rounds of a figure; what it is against may be a pattern, that one name has to fit."""
    own = [
        one
        for one in records
        if one["figure"] == entry["figure"]
        and fnmatchcase(one["against"], entry.get("against", ""))
    ]
    names = {one["against"] for one in own}
    if len(names) > 1:
        raise ValueError(f"{entry['figure']} is against several: {', '.join(sorted(names))}")
    return own


def _figures(place, entry):
    records = _records(place.results.path("figures.csv", entry.get("folder")))
    own = _of_figure(records, entry)
    if not own:
        return None
    if "side" in entry:
        remark = re.match(r"([0-9.]+) against ([0-9.]+) (M/s|us)", own[0]["remark"])
        factor = {"M/s": 1e6, "us": 1e-6}[remark[3]]
        return exactly(float(remark[entry["side"]]) * factor)
    if "within" in entry:
        return exactly(float(re.search(entry["within"], own[0]["remark"])[1]))
    values = {one["round"]: float(one["value"]) for one in own}
    if "over" in entry:
        others = _of_figure(records, entry | entry["over"])
        theirs = {one["round"]: float(one["value"]) for one in others}
        values = {key: value / theirs[key] for key, value in values.items() if key in theirs}
    found = table.spread(list(values.values()))
    return Value(found.low, found.median, found.high, found.count, own[0]["against"])


def _misses(place, entry):
    keys = ("family", "stream", "candidate")
    for one in _records(place.results.path("misses.csv")):
        if all(one[key] == entry[key] for key in keys):
            return exactly(float(one[entry["column"]]))
    return None


def _fuzzing(place, entry):
    own = _records(place.top / "paper" / "results" / "fuzzing.csv")
    if "target" in entry:
        own = [one for one in own if one["target"] == entry["target"]]
    if entry.get("reduce") == "many":
        return exactly(len(own))
    return exactly(sum(float(one[entry["column"]]) for one in own)) if own else None


def _mutants(place, entry):
    own = _records(place.top / "paper" / "results" / "mutants.csv")
    if "edges" in entry:
        own = [one for one in own if one["edge"].rstrip("0123456789") in entry["edges"]]
    if "run_with" in entry:
        own = [one for one in own if entry["run_with"] in one["run"].split()]
    if "reasons" in entry:
        own = [one for one in own if one["reason"].startswith(tuple(entry["reasons"]))]
    if entry.get("unexplained"):
        own = [one for one in own if not one["reason"]]
    killers = ("killed_by_loom", "killed_by_shuttle")
    kept = {
        "": own,
        "none": [one for one in own if not any(one[key] for key in killers)],
        "any": [one for one in own if any(one[key] for key in killers)],
        "loom": [one for one in own if one["killed_by_loom"]],
        "shuttle": [one for one in own if one["killed_by_shuttle"]],
    }[entry.get("killed", "")]
    return exactly(len(kept))


def _executions(place, entry):
    lines = (place.top / "loom-tests" / "executions.txt").read_text().splitlines()
    models = {name: int(count) for name, count in (line.split() for line in lines)}
    if "model" in entry:
        return exactly(models[entry["model"]]) if entry["model"] in models else None
    of = {"sum": sum, "greatest": max, "many": len, "median": statistics.median}
    return exactly(of[entry["reduce"]](models.values()))


def _steps(place, entry):
    text = (place.top / "src" / "docs" / "wait_freedom.rs").read_text()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.removeprefix("//!").split("|")]
        if len(cells) > 3 and cells[1] == entry["operation"] and cells[2].isdigit():
            return exactly(int(cells[2]))
    return None


def _environment(place, entry):
    env = place.results.environment(entry["file"])
    for field in entry["fields"]:
        if field in env:
            return exactly(float(str(env[field]).split(" and ")[entry.get("part", 0)]))
    return None


def _run(place, entry):
    # A full run of the ratios alone has no samples.
    for one in place.results.folders:
        paths = [one.path / f"{name}.csv" for name in EXPERIMENTS]
        paths = [path for path in paths if path.is_file()]
        if one.full and paths:
            return exactly(getattr(samples(paths), entry["samples"]))
    raise NotRecorded("run.json")


def _source(place, entry):
    text = (place.top / entry["file"]).read_text()
    found = re.search(entry["pattern"], text)
    if not found:
        return None
    return exactly(float(found[1].replace("_", "").replace(",", "")))


ORIGINS = {
    "figures": _figures,
    "misses": _misses,
    "fuzzing": _fuzzing,
    "mutants": _mutants,
    "executions": _executions,
    "steps": _steps,
    "environment": _environment,
    "run": _run,
    "source": _source,
}
