"""Reading rows, and what is computed of them."""

import tempfile
import unittest
from pathlib import Path

import rows as table
from rows import COLUMNS, Malformed


def file(*lines):
    path = Path(tempfile.mkdtemp()) / "rows.csv"
    path.write_text("\n".join((",".join(COLUMNS), *lines)) + "\n")
    return path


LINE = (
    'throughput,"a, b",v4,1000,routed,2,true,32,inf,,,{round},lookups_per_second,1/s,{value},{off}'
)


def line(value, off="false", number=0):
    return LINE.format(round=number, value=value, off=off)


class Rows(unittest.TestCase):
    def test_absent_values_are_none_and_infinity_is_a_number(self):
        (row,) = table.read(file(line("1.5")))
        self.assertEqual((row.implementation, row.readers, row.x), ("a, b", 2, None))
        self.assertEqual((row.updates, row.value, row.oversubscribed), (float("inf"), 1.5, True))

    def test_a_malformed_line_is_named(self):
        with self.assertRaisesRegex(Malformed, r"rows\.csv:3: .*perhaps"):
            table.read(file(line("1"), line("1", "perhaps")))

    def test_a_missing_column_is_named(self):
        path = file()
        path.write_text("experiment,value\na,1\n")
        with self.assertRaisesRegex(Malformed, "implementation"):
            table.read(path)

    def test_quartiles_lie_between_values_by_their_distance(self):
        spread = table.spread([4.0, 1.0, 2.0, 3.0])
        self.assertEqual((spread.low, spread.median, spread.high), (1.75, 2.5, 3.25))
        self.assertEqual(table.spread([7.0]).low, 7.0)

    def test_disturbed_samples_do_not_count(self):
        rows = table.read(file(line("1", number=0), line("100", "true", 1), line("3", number=2)))
        ((readers, spread),) = table.curve(rows, "readers")
        self.assertEqual((readers, spread.median, spread.count), (2, 2.0, 2))

    def test_selection_takes_one_value_or_any_of_several(self):
        rows = table.read(file(line("1"), line("2")))
        self.assertEqual(
            len(table.select(rows, family="v4", metric=("lookups_per_second", "x"))), 2
        )
        self.assertEqual(table.select(rows, family="v6"), [])

    def test_cases_have_an_order_of_their_own(self):
        rows = table.read(file(line("1", number=2), line("2", number=0), line("3", number=7)))
        self.assertEqual(
            [value for value, _ in table.in_order(rows, "round", (7, 5, 0))], [7, 0, 2]
        )


if __name__ == "__main__":
    unittest.main()
