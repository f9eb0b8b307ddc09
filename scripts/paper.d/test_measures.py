"""Values of numbers, from rows that nobody measured and files written here."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "plots"))

import synthetic  # noqa: E402

import numbers_of_paper  # noqa: E402
from experiments import EXPERIMENTS  # noqa: E402
from measures import Measures, Unknown  # noqa: E402
from results import NotRecorded, Results  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent
RATE = {"family": "v4", "stream": "routed", "readers": 1, "burst": 32, "updates": 0.0,
        "metric": "lookups_per_second"}  # fmt: skip


PLACE = tempfile.TemporaryDirectory()
RECORDED = Results(Path(PLACE.name))


def setUpModule():
    """A full run that nobody measured."""
    unittest.addModuleCleanup(PLACE.cleanup)
    synthetic.folder(RECORDED.root / "machine" / "2026-01-02-0123456", cores=2)


class Values(unittest.TestCase):
    measures = Measures(RECORDED, TOP)

    def value(self, **entry):
        return self.measures.value("it", entry)

    def test_a_median_of_rows(self):
        found = self.value(**{"from": "throughput", "where": RATE | {"implementation": "rtalloc"}})
        self.assertEqual(found.count, 5)
        self.assertTrue(found.low <= found.median <= found.high)

    def test_a_ratio_of_rounds(self):
        where = RATE | {"implementation": "rtalloc", "readers": 2}
        found = self.value(**{"from": "throughput", "where": where, "over": {"readers": 1}})
        self.assertAlmostEqual(found.median, 2**0.97, delta=0.3)

    def test_the_best_of_several_and_who_it_is(self):
        among = ["rotonda-store", "rwlock prefix-trie", "nobody"]
        entry = {"from": "throughput", "where": RATE, "among": among, "best": "greatest"}
        found = self.value(**entry, over={"implementation": "rtalloc"})
        self.assertEqual(found.who, "rwlock prefix-trie")
        self.assertTrue(0 < found.median < 1)

    def test_disturbed_samples_alone_are_marked(self):
        where = RATE | {"implementation": synthetic.ALWAYS}
        self.assertTrue(self.value(**{"from": "throughput", "where": where}).disturbed)

    def test_rows_that_are_not_there_are_an_error(self):
        with self.assertRaisesRegex(Unknown, "it: nothing in .*throughput.csv is .*nobody"):
            self.value(**{"from": "throughput", "where": RATE | {"implementation": "nobody"}})

    def test_a_file_that_is_not_there_is_another(self):
        with self.assertRaises(NotRecorded):
            self.value(
                **{"from": "misses", "family": "v4", "stream": "a", "candidate": "b", "column": "c"}
            )

    def test_a_misspelt_column_is_an_error(self):
        with self.assertRaisesRegex(Unknown, "it: AttributeError"):
            self.value(**{"from": "throughput", "where": {"famly": "v4"}})

    def test_rounds_of_a_figure(self):
        found = self.value(
            **{"from": "figures", "figure": "lookup/v4/memory", "against": "DIR24_8", "times": 2}
        )
        self.assertEqual(found.count, 3)
        self.assertAlmostEqual(found.median, 2 * 0.09 * (1 + 1 / 9))

    def test_what_fuzzers_did(self):
        with tempfile.TemporaryDirectory() as place:
            rows = Path(place) / "paper" / "results" / "fuzzing.csv"
            rows.parent.mkdir(parents=True)
            rows.write_text("target,executions\na,5\nb,7\n")
            measures = Measures(RECORDED, Path(place))

            def value(**entry):
                return measures.value("it", {"from": "fuzzing"} | entry).median

            self.assertEqual(value(column="executions"), 12)
            self.assertEqual(value(column="executions", target="a"), 5)
            self.assertEqual(value(reduce="many"), 2)
            with self.assertRaises(Unknown):
                value(column="executions", target="c")

    def test_a_run_of_the_ratios_alone_has_no_samples(self):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "machine" / "2026-01-03-0123456"
            folder.mkdir(parents=True)
            (folder / "run.json").write_text('{"mode": "full"}')
            (folder / "figures.csv").write_text("")
            measures = Measures(Results(Path(place)), TOP)
            with self.assertRaises(NotRecorded):
                measures.value("it", {"from": "run", "samples": "all"})
            synthetic.folder(Path(place) / "machine" / "2026-01-02-0123456", cores=2)
            measures = Measures(Results(Path(place)), TOP)
            self.assertGreater(measures.value("it", {"from": "run", "samples": "all"}).median, 0)

    def test_what_the_source_says(self):
        entry = {"from": "source", "file": "src/tree/shape.rs"}
        self.assertEqual(self.value(**entry, pattern=r"const STRIDE: u8 = (\d+);").median, 6)
        with self.assertRaisesRegex(Unknown, "nothing in source"):
            self.value(**entry, pattern=r"const STRIDES: u8 = (\d+);")

    def test_steps_and_executions_and_mutants(self):
        self.assertEqual(self.value(**{"from": "steps", "operation": "lookup, IPv4"}).median, 11)
        with self.assertRaises(Unknown):
            self.value(**{"from": "steps", "operation": "nothing"})
        many = self.value(**{"from": "executions", "reduce": "many"}).median
        self.assertGreater(self.value(**{"from": "executions", "reduce": "sum"}).median, many)
        of = {"from": "mutants"}
        killed, left = (self.value(**of, killed=by).median for by in ("any", "none"))
        self.assertEqual(self.value(**of).median, killed + left)


class Numbers(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = Path(place.name)

    def compute(self, text, full=True):
        path = self.root / "numbers.toml"
        path.write_text(text)
        results = RECORDED if full else Results(self.root / "empty")
        return numbers_of_paper.compute(numbers_of_paper.entries(path), Measures(results, TOP))

    STRIDE = '[stride]\nfrom = "source"\nfile = "src/tree/shape.rs"\npattern = \'const STRIDE: u8 = (\\d+);\'\n'
    GRID = (
        '[grid.rate]\nfrom = "throughput"\nform = "rate"\nwhere = { family = "v4", stream = "routed", '
        'readers = 1, burst = 32, updates = 0.0, metric = "lookups_per_second" }\n'
        '[grid.rate.vary.implementation]\nus = "rtalloc"\nnobody = "nobody"\n'
    )

    def test_a_number_is_printed_in_its_form(self):
        numbers, absent = self.compute(self.STRIDE + 'form = "word"\n', full=False)
        self.assertEqual((numbers["stride"]["text"], absent), ("six", {}))

    def test_a_grid_is_a_number_each_and_a_dash_where_nothing_is(self):
        numbers, _ = self.compute(self.GRID)
        self.assertGreater(numbers["rate.us"]["value"], 0)
        self.assertEqual(
            (numbers["rate.nobody"]["text"], numbers["rate.nobody"]["value"]), ("–", None)
        )

    def test_what_was_not_recorded_is_absent_with_the_name_of_its_file(self):
        numbers, absent = self.compute(self.GRID, full=False)
        self.assertEqual((numbers, absent["rate.us"]), ({}, "throughput.csv"))

    def test_all_that_is_broken_is_named(self):
        text = self.STRIDE.replace("STRIDE", "STRIDES") + 'form = "count"\n'
        text += self.STRIDE.replace("[stride]", "[other]") + 'form = "no such"\n'
        with self.assertRaises(numbers_of_paper.Broken) as raised:
            self.compute(text, full=False)
        first, second = str(raised.exception).splitlines()
        self.assertTrue(first.startswith("stride: nothing in source"))
        self.assertTrue(second.startswith("other: no such form"))

    def test_no_number_is_defined_twice(self):
        text = self.GRID + self.STRIDE.replace("[stride]", '["rate.us"]') + 'form = "count"\n'
        with self.assertRaisesRegex(numbers_of_paper.Broken, "defined twice: rate.us"):
            self.compute(text, full=False)


class Committed(unittest.TestCase):
    """The paper's own numbers, of committed results and of all experiments."""

    def test_committed_results_have_what_they_have_to(self):
        entries = numbers_of_paper.entries(TOP / "paper" / "numbers.toml")
        numbers, _ = numbers_of_paper.compute(
            entries, Measures(Results(TOP / "paper" / "results"), TOP)
        )
        self.assertIn("fib-v4-routed", numbers)

    def test_a_full_run_has_rows_for_the_numbers_of_its_experiments(self):
        entries = numbers_of_paper.entries(TOP / "paper" / "numbers.toml")
        measured = (*EXPERIMENTS, "run")
        of = {name: one for name, one in entries.items() if one["from"] in measured}
        numbers, absent = numbers_of_paper.compute(of, Measures(RECORDED, TOP))
        self.assertEqual((absent, numbers.keys()), ({}, of.keys()))


if __name__ == "__main__":
    unittest.main()
