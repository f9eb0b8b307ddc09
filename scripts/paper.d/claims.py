"""The paper's claims, each held against what was recorded.

A claim of `paper/claims.toml` has a list `holds` of conditions on numbers of `paper/numbers.toml`:

`{number, at_least}`, `{number, at_most}`, `{number, equals}`   one number and a bound
`{rising = [numbers]}`, `{falling = [numbers]}`                 each above, or below, the one before
`{even = [numbers], within}`                                    the greatest over the least

`tolerance`, a share, widens bounds and orders: what is noise on the machine at hand. It does not widen
`equals`. A claim holds if all its conditions do.
"""

import tomllib
from dataclasses import dataclass, field

HOLDS, FAILS, ABSENT = "holds", "DOES NOT HOLD", "not recorded"
KEYS = {
    "id", "sentence", "where", "command", "minutes", "tolerance", "holds",
}  # fmt: skip


class Malformed(Exception):
    """A claim that cannot be checked; says which and why."""


@dataclass(frozen=True)
class Verdict:
    """What became of a claim, and of each of its conditions in words."""

    claim: dict
    state: str
    words: list = field(default_factory=list)


def load(path):
    """The claims of the file, all with what they have to have."""
    claims = tomllib.loads(path.read_text())["claim"]
    names = [claim.get("id") for claim in claims]
    for claim in claims:
        missing = KEYS - claim.keys()
        if missing or names.count(claim["id"]) > 1:
            why = f"lacks {', '.join(sorted(missing))}" if missing else "is there twice"
            raise Malformed(f"{path}: claim {claim.get('id')} {why}")
    return claims


def named(condition):
    """The names of the numbers that a condition is of."""
    for key in ("rising", "falling", "even"):
        if key in condition:
            return condition[key]
    return [condition["number"]]


def judge(condition, values, tolerance):
    """Whether the condition holds, and what was compared with what."""
    got = [values[name] for name in named(condition)]
    shown = ", ".join(f"{name} = {values[name]:.4g}" for name in named(condition))
    if "at_least" in condition:
        bound = condition["at_least"]
        return got[0] >= bound * (1 - tolerance), f"{shown}, at least {bound:g}"
    if "at_most" in condition:
        bound = condition["at_most"]
        return got[0] <= bound * (1 + tolerance), f"{shown}, at most {bound:g}"
    if "equals" in condition:
        return got[0] == condition["equals"], f"{shown}, exactly {condition['equals']:g}"
    pairs = list(zip(got, got[1:], strict=False))
    if "rising" in condition:
        return all(b >= a * (1 - tolerance) for a, b in pairs), f"rising: {shown}"
    if "falling" in condition:
        return all(b <= a * (1 + tolerance) for a, b in pairs), f"falling: {shown}"
    if "even" in condition:
        apart = max(got) / min(got)
        bound = condition["within"]
        return apart <= bound * (1 + tolerance), f"{shown}: {apart:.3g} apart, at most {bound:g}"
    raise Malformed(f"no condition that is known: {condition}")


def verdict(claim, values, absent):
    """What becomes of a claim. `values` are numbers by name; `absent` are names whose files nobody
    recorded."""
    names = [name for condition in claim["holds"] for name in named(condition)]
    unknown = [name for name in names if name not in values and name not in absent]
    if unknown:
        raise Malformed(f"claim {claim['id']}: no number is called {', '.join(unknown)}")
    missing = sorted({absent[name] for name in names if name in absent})
    if missing:
        return Verdict(claim, ABSENT, [f"needs {', '.join(missing)}"])
    unmeasured = [name for name in names if values[name] is None]
    if unmeasured:
        return Verdict(claim, FAILS, [f"not measured: {', '.join(unmeasured)}"])
    found = [judge(condition, values, claim["tolerance"]) for condition in claim["holds"]]
    state = HOLDS if all(held for held, _ in found) else FAILS
    return Verdict(claim, state, [("" if held else "NOT: ") + words for held, words in found])
