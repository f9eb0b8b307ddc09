"""All numbers of the paper as one JSON file, which the paper reads and nothing else does.

`paper/numbers.toml` says where each comes from (`measures.py`) and in which form it is printed
(`printing.py`). A `[grid.NAME]` there is a number for each combination of what it varies, with the keys
joined by dots to its name; a combination that was not measured prints as a dash.
`paper/cited.toml` has the numbers of others, with the source that each was read in.
"""

import itertools
import json
import tomllib

from experiments import TABLES
from printing import FORMS
from measures import Measures, Unknown
from results import NotRecorded

NOT_MEASURED = "\u2013"


class Broken(Exception):
    """Numbers that cannot be computed, each on a line."""


def expand(name, entry):
    """The entries of a grid, with their names."""
    entry = dict(entry)
    columns = entry.pop("vary")
    for keys in itertools.product(*columns.values()):
        chosen = {column: columns[column][key] for column, key in zip(columns, keys, strict=True)}
        one = dict(entry, optional=True)
        if one["from"] in TABLES:
            one["where"] = one["where"] | chosen
        else:
            one.update(chosen)
        yield ".".join((name, *keys)), one


def entries(path):
    """All entries of the file by name."""
    known = tomllib.loads(path.read_text())
    found = {}
    for name, entry in known.pop("grid", {}).items():
        found.update(expand(name, entry))
    twice = found.keys() & known.keys()
    if twice:
        raise Broken(f"{path}: defined twice: {', '.join(sorted(twice))}")
    return found | known


def printed(value, form):
    """A value as the paper has it."""
    text = FORMS[form]
    marks = [word for word in ("disturbed", "starved") if getattr(value, word)]
    found = {
        "text": text(value.median), "low": text(value.low), "high": text(value.high),
        "value": value.median, "rounds": value.count, "marks": marks,
    }  # fmt: skip
    return found | ({"who": value.who} if value.who else {})


def compute(entries, measures):
    """The numbers, and the names of those whose files were not recorded with the name of the file."""
    numbers, absent, broken = {}, {}, []
    for name, entry in entries.items():
        try:
            numbers[name] = printed(measures.value(name, entry), entry["form"])
        except NotRecorded as error:
            absent[name] = error.name
        except Unknown as error:
            if entry.get("optional"):
                numbers[name] = {"text": NOT_MEASURED, "value": None, "marks": []}
            else:
                broken.append(str(error))
        except KeyError as error:
            broken.append(f"{name}: no such form or key: {error}")
    if broken:
        raise Broken("\n".join(broken))
    return numbers, absent


def provenance(results):
    """For each file of results the folder that it is taken from and its environment."""
    found = {}
    for name in (*TABLES, "figures", "misses"):
        file = f"{name}.csv"
        if results.has(file):
            one, env = results.of(file), results.environment(file)
            found[name] = {
                "folder": f"{one.machine}/{one.path.name}", "full": one.full,
                "env": {key: str(value) for key, value in env.items()},
            }  # fmt: skip
    return found


def write(top, results, out):
    """Writes the numbers to a file; returns them, and those that are absent."""
    paper = top / "paper"
    numbers, absent = compute(entries(paper / "numbers.toml"), Measures(results, top))
    cited = tomllib.loads((paper / "cited.toml").read_text())
    everything = {
        "numbers": numbers, "absent": absent, "cited": cited, "recorded": provenance(results),
    }  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(everything, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return numbers, absent
