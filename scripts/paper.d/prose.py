"""Finds figures with units that somebody typed into the paper's prose, instead of a number that is
computed from what was recorded."""

import re

UNITS = (
    "ns", "µs", "us", "ms", "s", "seconds?", "milliseconds?", "microseconds?", "nanoseconds?",
    "minutes?", "hours?", "%", "percent", "[KMGT]i?B", "kB", "bytes?", "bits?", "words?", "lines?",
    "times", "×", "M/s", "G/s", "[Mkb]*pps", "Mlps", "[MG]bps", "[MG]Hz", "lookups?", "updates?",
    "routes?", "prefixes", "entries", "executions?", "mutants?", "models?", "schedules?", "threads?",
    "cores?", "readers?", "cycles?", "instructions?", "steps?", "loads?", "stores?", "slots?",
    "misses", "million", "billion", "thousand", "allocations?", "frees?", "rounds?", "samples?",
    "addresses", "ranges", "orders? of magnitude",
)  # fmt: skip
# A number of its own: no part of a name, of a prefix as 10.0.0.0/8, or of a version.
FIGURE = re.compile(
    rf"(?<![\w./#:-])\d[\d,.]*(?:[\s~\u202f]|#h\([^)]*\))?(?:{'|'.join(UNITS)})(?![\w-])"
)
COMMENT = re.compile(r"(?<!:)//.*$", re.M)
CODE = re.compile(r"```.*?```|`[^`]*`", re.S)


def blanked(pattern, text):
    """The text with what the pattern finds as blanks, so that lines stay what they are."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def bare(text):
    """The figures with units: pairs of a line number and the figure."""
    for pattern in (CODE, COMMENT):
        text = blanked(pattern, text)
    return [(text.count("\n", 0, one.start()) + 1, one[0]) for one in FIGURE.finditer(text)]


def check(files):
    """What is wrong with the files, a line each."""
    return [
        f"{path}:{line}: a bare figure: {figure!r}; numbers come from paper/numbers.toml"
        for path in files
        for line, figure in bare(path.read_text())
    ]
