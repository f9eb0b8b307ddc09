"""Claims that hold, that do not, and that nobody can judge yet."""

import tempfile
import unittest
from pathlib import Path

import claims


def claim(*holds, tolerance=0.0):
    return {"id": "c", "sentence": "s", "tolerance": tolerance, "holds": list(holds)}


def state(values, *holds, tolerance=0.0, absent=()):
    return claims.verdict(claim(*holds, tolerance=tolerance), values, dict(absent)).state


class Conditions(unittest.TestCase):
    def test_bounds_and_their_tolerance(self):
        least, most = {"number": "x", "at_least": 2.0}, {"number": "x", "at_most": 2.0}
        self.assertEqual(state({"x": 2.0}, least), claims.HOLDS)
        self.assertEqual(state({"x": 1.9}, least), claims.FAILS)
        self.assertEqual(state({"x": 1.9}, least, tolerance=0.1), claims.HOLDS)
        self.assertEqual(state({"x": 2.1}, most), claims.FAILS)
        self.assertEqual(state({"x": 2.1}, most, tolerance=0.1), claims.HOLDS)

    def test_equality_knows_no_tolerance(self):
        none = {"number": "x", "equals": 0}
        self.assertEqual(state({"x": 0.0}, none), claims.HOLDS)
        self.assertEqual(state({"x": 0.1}, none, tolerance=0.5), claims.FAILS)

    def test_orders(self):
        values = {"a": 1.0, "b": 2.0, "c": 1.9}
        self.assertEqual(state(values, {"rising": ["a", "b"]}), claims.HOLDS)
        self.assertEqual(state(values, {"rising": ["a", "b", "c"]}), claims.FAILS)
        self.assertEqual(state(values, {"rising": ["a", "b", "c"]}, tolerance=0.1), claims.HOLDS)
        self.assertEqual(state(values, {"falling": ["b", "c", "a"]}), claims.HOLDS)
        self.assertEqual(state(values, {"falling": ["a", "b"]}), claims.FAILS)

    def test_even(self):
        values = {"a": 1.0, "b": 1.3}
        self.assertEqual(state(values, {"even": ["a", "b"], "within": 1.5}), claims.HOLDS)
        self.assertEqual(state(values, {"even": ["a", "b"], "within": 1.2}), claims.FAILS)

    def test_all_conditions_have_to_hold(self):
        good, bad = {"number": "x", "at_least": 1.0}, {"number": "x", "at_most": 1.0}
        found = claims.verdict(claim(good, bad), {"x": 2.0}, {})
        self.assertEqual(found.state, claims.FAILS)
        self.assertEqual([words.startswith("NOT: ") for words in found.words], [False, True])


class Missing(unittest.TestCase):
    CONDITION = {"number": "x", "at_least": 1.0}

    def test_what_was_not_recorded_is_not_judged(self):
        found = claims.verdict(claim(self.CONDITION), {}, {"x": "latency.csv"})
        self.assertEqual((found.state, found.words), (claims.ABSENT, ["needs latency.csv"]))

    def test_what_a_recorded_file_lacks_does_not_hold(self):
        self.assertEqual(state({"x": None}, self.CONDITION), claims.FAILS)

    def test_a_name_that_nobody_defined_is_an_error(self):
        with self.assertRaisesRegex(claims.Malformed, "no number is called x"):
            state({}, self.CONDITION)

    def test_a_condition_that_nobody_knows_is_an_error(self):
        with self.assertRaisesRegex(claims.Malformed, "no condition"):
            state({"x": 1.0}, {"number": "x", "above": 0.5})


class File(unittest.TestCase):
    WHOLE = '[[claim]]\nid = "a"\nsentence = ""\nwhere = ""\ncommand = ""\nminutes = 1\ntolerance = 0\nholds = []\n'

    def load(self, text):
        with tempfile.TemporaryDirectory() as place:
            path = Path(place, "claims.toml")
            path.write_text(text)
            return claims.load(path)

    def test_a_claim_has_everything(self):
        self.assertEqual(len(self.load(self.WHOLE)), 1)
        with self.assertRaisesRegex(claims.Malformed, "claim a lacks tolerance"):
            self.load(self.WHOLE.replace("tolerance = 0\n", ""))

    def test_no_name_is_there_twice(self):
        with self.assertRaisesRegex(claims.Malformed, "is there twice"):
            self.load(self.WHOLE * 2)


if __name__ == "__main__":
    unittest.main()
