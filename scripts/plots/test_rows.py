"""Reading rows, and what is computed of them."""

import math
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import rows as table
from rows import COLUMNS, Malformed, Row


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

    def test_a_median_of_disturbed_samples_alone_says_so(self):
        rows = table.read(file(line("1", "true"), line("3", "true", 1)))
        ((_, spread),) = table.curve(rows, "readers")
        self.assertEqual((spread.median, spread.count, spread.disturbed), (2.0, 2, True))

    def test_ratios_are_of_values_of_one_round(self):
        rows = table.read(file(line("8", number=0), line("9", number=1), line("50", number=2)))
        rows = [replace(row, implementation="ours") for row in rows]
        rows += [
            replace(rows[0], implementation="other", value=value, round=number, disturbed=off)
            for number, value, off in ((0, 4.0, False), (1, 3.0, False), (2, 1.0, True), (3, 1.0, False))
        ]
        rows.append(replace(rows[0], implementation="late", round=7))
        found = table.ratios(rows, "ours")
        self.assertEqual(set(found), {"other"})
        spread = found["other"]
        self.assertEqual((spread.low, spread.high, spread.count), (2.25, 2.75, 2))
        self.assertFalse(spread.disturbed)
        (alone,) = table.ratios([rows[2], rows[5]], "ours").values()
        self.assertEqual((alone.median, alone.disturbed), (50.0, True))

    def test_a_sample_counts_once_whatever_it_has_rows_of(self):
        def some(experiment, **fields):
            made = dict.fromkeys(COLUMNS) | {
                "experiment": experiment,
                "disturbed": False,
                "round": 0,
            }
            return Row(**(made | fields))

        latency = [some("latency", x=x, metric="burst_latency") for x in (50.0, 99.0)]
        latency += [
            some("latency", metric="bursts"),
            some("latency", x=50.0, round=1, disturbed=True),
        ]
        self.assertEqual(table.samples(latency), table.Samples(2, 1, 0))
        threads = [
            some("build", case="threads", x=x, oversubscribed=x > 2) for x in (1.0, 2.0, 4.0)
        ]
        self.assertEqual(table.samples(threads), table.Samples(3, 0, 1))
        parts = [some("memory", case=case) for case in ("", "tree")]
        self.assertEqual(table.samples(parts).all, 1)

    def test_a_writer_that_makes_too_few_updates_is_seen(self):
        (asked,) = table.read(file(line("7")))
        asked = replace(asked, updates=1000.0)
        made = lambda value: replace(asked, metric="updates_per_second", value=value)  # noqa: E731
        for value, starved in ((949.0, True), (951.0, False)):
            (found,) = table.paced([asked], [made(value)])
            self.assertEqual(found.starved, starved)
            self.assertEqual(table.spread_of([found]).starved, starved)
        most = replace(asked, updates=math.inf)
        none = replace(asked, updates=0.0)
        found = table.paced(
            [most, none, asked], [replace(most, value=1.0), replace(none, value=0.0)]
        )
        self.assertFalse(any(row.starved for row in found))

    def test_a_percentile_needs_values_beyond_it(self):
        (row,) = table.read(file(line("7")))
        rows = [replace(row, experiment="latency", x=x) for x in (50.0, 99.0, 99.9, 100.0)]
        count = replace(rows[0], metric="bursts", x=None, value=1000.0)
        kept = [row.x for row in table.resolved(rows, [count])]
        self.assertEqual(kept, [50.0, 99.0, 100.0])
        self.assertEqual(table.resolved(rows, [replace(count, round=5)]), rows)

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
