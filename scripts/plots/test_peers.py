"""The looks of implementations."""

import re
import unittest
from pathlib import Path

import peers

IMPLEMENTATIONS = Path(__file__).parents[2] / "benches" / "src" / "implementations"


class Looks(unittest.TestCase):
    def test_nobody_in_a_group_looks_like_another(self):
        for group, _, names in peers.GROUPS:
            for what in ("colour", "marker"):
                looks = [getattr(peers.look(name), what) for name in names]
                self.assertEqual(len(set(looks)), len(names), f"{what} in {group}")

    def test_everybody_has_a_look_and_only_the_reference_is_black(self):
        names = [name for _, _, names in peers.GROUPS for name in names]
        self.assertEqual(sorted(names), sorted(peers.LOOKS))
        black = [name for name in names if peers.look(name).colour == peers.BLACK]
        self.assertEqual(black, [peers.REFERENCE])

    def test_everybody_who_is_measured_has_a_look(self):
        sources = "".join(path.read_text() for path in IMPLEMENTATIONS.rglob("*.rs"))
        names = re.findall(r'\b(?:name: |NAME: &str = )"([^"]+)"', sources)
        self.assertIn(peers.REFERENCE, names)
        self.assertEqual([name for name in names if name not in peers.LOOKS], [])

    def test_the_order_is_the_same_whatever_came_first(self):
        names = ["dir24-8", "rtalloc", "nobody knows", "bsd baseline", "rtalloc"]
        expected = ["rtalloc", "bsd baseline", "dir24-8", "nobody knows"]
        self.assertEqual(peers.ordered(names), expected)
        self.assertEqual(peers.ordered(reversed(names)), expected)

    def test_the_reference_is_in_each_group_and_unknown_ones_have_one(self):
        found = dict(peers.groups(["dir24-8", "rtalloc", "rtalloc on seize", "unknown"]))
        self.assertEqual(found["static layouts"], ["rtalloc", "dir24-8"])
        self.assertEqual(found[peers.OTHERS], ["rtalloc", "unknown"])
        self.assertEqual(found["rtalloc's ways"], ["rtalloc", "rtalloc on seize"])
        self.assertEqual(peers.groups(["rtalloc"]), [("rtalloc's ways", ["rtalloc"])])
        self.assertEqual(peers.groups([]), [])


if __name__ == "__main__":
    unittest.main()
