"""Draws figures from recorded rows.

usage: draw.py FOLDER [--only NAME]... [--out DIR]
       draw.py --list

FOLDER has the rows and env.json; the figures go to FOLDER/plots, and the ratios between rates of
lookups to FOLDER/ratios.csv. A name is a figure's, or its first
letters. A figure whose experiment was not recorded is left out; one that cannot be drawn is named at
the end, and the status is 1. Of neither an earlier picture stays.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import figures  # noqa: E402, F401  registers them
import ratios  # noqa: E402
import style  # noqa: E402
from registry import FIGURES, Run  # noqa: E402


def wanted(names):
    """The figures of these names, all without any."""
    found = [f for f in FIGURES.values() if not names or any(f.name.startswith(n) for n in names)]
    for name in names:
        if not any(figure.name.startswith(name) for figure in found):
            sys.exit(f"draw: no figure is called {name}; --list names them")
    return found


def draw(folder, names, out):
    """Draws figures; returns those drawn and those that failed, with why."""
    run, drawn, failed = Run(folder), [], []
    for figure in wanted(names):
        if not run.has(figure.experiment):
            continue
        try:
            made = figure.draw(run)
            if made is None:
                continue
            plot, title, note = made
            note = " · ".join(filter(None, (note, run.troubles(figure.experiment, figure.family))))
            style.finish(plot, run, title, note, out, figure.name)
        except Exception as error:  # noqa: BLE001  the other figures are still to be drawn
            failed.append((figure.name, f"{type(error).__name__}: {error}"))
            continue
        drawn.append(figure)
    return drawn, failed


def settle(drawn, names, out):
    """Removes earlier pictures of figures that were asked for and are not drawn any more, and writes
    down what all figures that are there ask and show."""
    path = out / "index.json"
    index = json.loads(path.read_text()) if path.is_file() else {}
    asked = {name for name in index if not names or any(name.startswith(n) for n in names)}
    for name in (asked | {f.name for f in wanted(names)}) - {f.name for f in drawn}:
        for suffix in style.SUFFIXES:
            (out / f"{name}.{suffix}").unlink(missing_ok=True)
        index.pop(name, None)
    index.update({f.name: {"question": f.question, "alt": f.alt} for f in drawn})
    if drawn or path.is_file():
        path.write_text(json.dumps(index, indent=1, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--list", action="store_true", help="names, experiments and questions")
    arguments = parser.parse_args()
    if arguments.list:
        for figure in FIGURES.values():
            print(f"{figure.name:<28} {figure.experiment:<12} {figure.question}")
        return 0
    if not arguments.folder:
        parser.error("a folder, or --list")
    out = arguments.out or arguments.folder / "plots"
    ratios.write(arguments.folder)
    drawn, failed = draw(arguments.folder, arguments.only, out)
    settle(drawn, arguments.only, out)
    print(f"{len(drawn)} figures in {out}")
    for name, why in failed:
        print(f"draw: {name}: {why}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
