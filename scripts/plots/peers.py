"""Everything that is measured: its name in rows, its group, and what it looks like in every figure.

The order here is the order in legends and on axes. The colours are those of Okabe and Ito, which
people with any kind of colour vision tell apart, and a grey; within a group no two implementations
have the same colour or the same marker, and groups differ in the style of their lines. `rtalloc` is
black, thick, and stands in every panel as the reference.
"""

from dataclasses import dataclass

BLACK, GREY = "#000000", "#8a8a8a"
ORANGE, SKY, GREEN, BLUE = "#e69f00", "#56b4e9", "#009e73", "#0072b2"
VERMILLION, PURPLE = "#d55e00", "#cc79a7"
COLOURS = (ORANGE, BLUE, GREEN, VERMILLION, PURPLE, SKY, GREY)
MARKERS = ("s", "^", "D", "v", "P", "X", "<")

REFERENCE = "rtalloc"

# Name of the group, style of its lines, its implementations.
GROUPS = (
    (
        "rtalloc's ways",
        "-",
        (
            "rtalloc",
            "rtalloc entries",
            "rtalloc references",
            "rtalloc on crossbeam-epoch",
            "rtalloc on crossbeam-epoch, repin",
            "rtalloc on seize",
        ),
    ),
    (
        "locks",
        "--",
        (
            "rwlock prefix-trie",
            "parking_lot prefix-trie",
            "rwlock treebitmap",
            "parking_lot treebitmap",
            "poptrie",
            "arc clones",
            "bsd baseline",
        ),
    ),
    (
        "copies, snapshots, no lock",
        "-.",
        (
            "arc-swap prefix-trie",
            "arc-swap treebitmap",
            "left-right prefix-trie",
            "left-right treebitmap",
            "rotonda-store",
            "ts_bart",
        ),
    ),
    (
        "static layouts",
        ":",
        ("dir24-8", "poptrie layout", "planb layout", "iptrie"),
    ),
    (
        "DPDK",
        (0, (5, 1, 1, 1, 1, 1)),
        (
            "dpdk rte_lpm",
            "dpdk rte_fib",
            "dpdk rte_fib avx512",
            "dpdk rte_fib6",
            "dpdk rte_fib6 avx512",
        ),
    ),
)
OTHERS = "others"


@dataclass(frozen=True)
class Look:
    """How an implementation is drawn, and where."""

    group: str
    place: int
    colour: str
    marker: str
    line: object
    width: float = 1.2


def _looks():
    looks = {REFERENCE: Look(GROUPS[0][0], 0, BLACK, "o", "-", 2.0)}
    for group, line, names in GROUPS:
        others = [name for name in names if name != REFERENCE]
        for name, colour, marker in zip(others, COLOURS, MARKERS, strict=False):
            looks[name] = Look(group, len(looks), colour, marker, line)
    return looks


LOOKS = _looks()


def look(name):
    """The look of an implementation; those that this file does not know share one."""
    return LOOKS.get(name, Look(OTHERS, len(LOOKS), GREY, ".", (0, (1, 3))))


def ordered(names):
    """The names in the order of the groups, each once."""
    return sorted(set(names), key=lambda name: (look(name).place, name))


def groups(names):
    """The groups that have any of the names: pairs of a group's name and its members, the reference
    first in each if it is there. Its own group alone is none."""
    names = ordered(names)
    reference = [REFERENCE] if REFERENCE in names else []
    known = [group for group, _, _ in GROUPS] + [OTHERS]
    found = []
    for group in known:
        members = [name for name in names if look(name).group == group and name != REFERENCE]
        if members:
            found.append((group, reference + members))
    return found or [(GROUPS[0][0], reference)] if names else []
