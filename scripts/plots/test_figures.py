"""The figures, drawn from rows that nobody measured."""

import csv
import json
import re
import shutil
import tempfile
import unittest
import warnings
from dataclasses import replace
from pathlib import Path

import draw
import figures  # noqa: F401  registers them
import forms
import matplotlib.pyplot as plt
import peers
import ratios
import rows as table
import style
import synthetic
from figures.garbage import over_time
from figures.latency import LONGEST, place, tail
from figures.targets import distance
from registry import FIGURES, Run, origin, quality
from rows import Row

# The figures that are named in what the benchmarks are to show.
NAMED = (
    "throughput-readers", "throughput-updates", "throughput-burst", "throughput-ratios", "latency-tail",
    "reader-allocations", "garbage-over-time", "updates-rate", "reclaim-time",
    "handles-by-threads", "memory-by-part", "build-time", "lookup-growth", "replay", "figures-table",
)  # fmt: skip


def row(**fields):
    known = dict.fromkeys(Row.__dataclass_fields__) | {
        "round": 0, "value": 0.0, "disturbed": False, "routes": 1, "starved": False,
    }  # fmt: skip
    return Row(**(known | fields))


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        synthetic.folder(cls.folder, cores=2, mode="quick")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_a_value_of_zero_leaves_the_layout_as_it_is(self):
        def panel(least):
            plot, ax = plt.subplots(layout="constrained", figsize=(4, 3))
            ax.set_yscale("log")
            last = replace(table.spread([least]), disturbed=True)
            forms.line(ax, "rtalloc", [(0, table.spread([20.0])), (1, table.spread([100.0])), (2, last)])
            ax.set_ylim(10, 1000)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                plot.canvas.draw()
            place = ax.get_position().bounds
            plt.close(plot)
            return place

        self.assertEqual(panel(0.0), panel(100.0))

    def test_ratios_are_written_down_for_each_other_table(self):
        ratios.write(self.folder)
        with open(self.folder / "ratios.csv", newline="") as file:
            lines = list(csv.DictReader(file))
        self.assertTrue({"rwlock prefix-trie", "dpdk rte_fib"} <= {one["implementation"] for one in lines})
        self.assertFalse(any(one["implementation"] == peers.REFERENCE for one in lines))
        for one in lines:
            self.assertTrue(0 < float(one["low"]) <= float(one["median"]) <= float(one["high"]))

    def test_every_experiment_has_its_figures_and_each_is_drawn(self):
        drawn, failed = draw.draw(self.folder, [], self.folder / "plots")
        self.assertEqual(failed, [])
        names = [figure.name for figure in drawn]
        for named in NAMED:
            self.assertTrue(any(name.startswith(named) for name in names), named)
        for name in names:
            for suffix in ("svg", "png"):
                self.assertTrue((self.folder / "plots" / f"{name}.{suffix}").stat().st_size > 5000)
        text = (self.folder / "plots" / "throughput-readers-v4.svg").read_text()
        for words in ("quick", "threads that look up", "lookups a second", "2 cores", "2026-01-02"):
            self.assertTrue(words in text, words)
        self.assertTrue(re.search(r"[1-9]\d* of \d+ samples \([1-9]\d*%\) disturbed", text))
        self.assertTrue("synthetic tables" in text, "the caption does not say what the table is")
        for words in (
            "hollow: [1-9]",
            "half-filled: [1-9]",
            "[1-9]\\d* had more threads than cores",
        ):
            self.assertTrue(re.search(words, text), words)
        self.assertTrue(all(name in text for name in peers.LOOKS), "a legend lacks somebody")

    def test_no_text_of_a_figure_leaves_it_or_lies_on_another(self):
        for figure in (FIGURES["throughput-readers-v4"], FIGURES["memory-by-part-v4"]):
            plot, _, _ = figure.draw(Run(self.folder))
            plot.canvas.draw()
            for ax in plot.axes:
                for axis in (ax.xaxis, ax.yaxis):
                    shown = [
                        tick.label1 for tick in axis.get_major_ticks() if tick.label1.get_visible()
                    ]
                    boxes = [text.get_window_extent() for text in shown if text.get_text()]
                    for one, next_ in zip(boxes, boxes[1:], strict=False):
                        self.assertFalse(one.overlaps(next_), f"{figure.name}: labels of an axis")
                    for box in boxes:
                        self.assertGreaterEqual(box.x0, 0, figure.name)
            plt.close(plot)

    def test_a_figure_that_cannot_be_drawn_is_named_and_the_others_are_drawn(self):
        folder = Path(tempfile.mkdtemp())
        shutil.copy(self.folder / "memory.csv", folder)
        (folder / "replay.csv").write_text("no,rows\n1,2\n")
        drawn, failed = draw.draw(folder, [], folder / "plots")
        self.assertEqual([figure.name for figure in drawn], ["memory-by-part-v4"])
        self.assertEqual({name for name, _ in failed}, {"replay-v4", "replay-v6"})
        self.assertIn("implementation", failed[0][1])
        shutil.rmtree(folder)

    def test_wrong_answers_and_failures_are_in_the_caption(self):
        folder = Path(tempfile.mkdtemp())
        writer = synthetic.Writer(folder, "growth")
        for routes in (10, 100):
            writer.add("rtalloc", "nanoseconds", "ns", 1.0, routes=routes)
        writer.add("iptrie", "wrong_answers", "answers", 3, 1)
        writer.add("poptrie", "failed", "", 1, 1, case="it panicked")
        writer.add("dpdk rte_fib", "refused", "updates", 9, 1)
        writer.add("dpdk rte_lpm", "refused", "updates", 0, 1)
        writer.add("dpdk rte_lpm", "left_out", "", 1, 1, case="too slow")
        writer.write()
        expected = "wrong answers: iptrie", "failed: poptrie"
        expected += ("refused updates, which are not counted: dpdk rte_fib",)
        expected += ("left out at 1,000 routes, too slow: dpdk rte_lpm",)
        self.assertEqual(Run(folder).troubles("growth", "v4"), " · ".join(expected))
        self.assertEqual(Run(folder).troubles("growth", "v6"), "")
        draw.draw(folder, ["lookup-growth-v4"], folder)
        text = (folder / "lookup-growth-v4.svg").read_text()
        self.assertTrue("wrong answers: iptrie" in text, "the caption lacks it")
        shutil.rmtree(folder)

    def test_no_picture_stays_of_a_figure_that_is_no_longer_drawn(self):
        folder = Path(tempfile.mkdtemp())
        shutil.copy(self.folder / "memory.csv", folder)
        out, names = (
            folder / "plots",
            ("growth-of-old.svg", "replay-v4.png", "memory-by-part-v6.svg"),
        )
        out.mkdir()
        for name in (*names, "mine.svg"):
            (out / name).touch()
        index = out / "index.json"
        index.write_text(json.dumps({"growth-of-old": {}, "replay-v4": {}}))

        def again(*only):
            drawn, _ = draw.draw(folder, only, out)
            draw.settle(drawn, only, out)
            return sorted(json.loads(index.read_text())), {path.name for path in out.iterdir()}

        known, files = again("memory-by-part")
        self.assertEqual(known, ["growth-of-old", "memory-by-part-v4", "replay-v4"])
        self.assertEqual(files & set(names), set(names[:2]))
        known, files = again()
        self.assertEqual(known, ["memory-by-part-v4"])
        drawn = {"memory-by-part-v4.svg", "memory-by-part-v4.png"}
        self.assertEqual(files, drawn | {"index.json", "mine.svg"})
        shutil.rmtree(folder)

    def test_of_every_point_that_was_measured_there_is_a_mark(self):
        rows = Run(self.folder).rows("throughput", metric="lookups_per_second", burst=32)
        rows = [row for row in rows if row.implementation == synthetic.ALWAYS]
        self.assertTrue(all(row.disturbed for row in rows if row.readers == 1))
        points = table.curve([row for row in rows if row.updates == 1000], "readers")
        self.assertEqual([spread.disturbed for _, spread in points], [True, False, False])
        plot, ax = plt.subplots()
        forms.line(ax, synthetic.ALWAYS, points)
        hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
        self.assertEqual([list(line.get_xdata()) for line in hollow], [[1]])
        plt.close(plot)

    def test_results_that_do_not_say_how_they_were_made_are_marked(self):
        folder = Path(tempfile.mkdtemp())
        self.assertNotEqual(Run(folder).mode, "full")
        (folder / "run.json").write_text(json.dumps({"mode": "full"}))
        self.assertEqual(Run(folder).mode, "full")
        shutil.rmtree(folder)

    def test_the_page_on_benchmarks_has_every_figure_and_no_other(self):
        page = (Path(__file__).parents[2] / "src" / "docs" / "benchmarks.rs").read_text()
        page = page.split("# The experiments and their figures")[1].split("# Instructions")[0]
        experiments = {figure.experiment for figure in FIGURES.values()}
        self.assertEqual(set(re.findall(r"^//! \*\*(\w+)\*\*:", page, re.MULTILINE)), experiments)
        named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page)) | {"replay"}
        without_family = {re.sub(r"-v[46]$", "", name) for name in FIGURES}
        parts = {name for name in without_family if name.startswith("figures-table-")}
        self.assertEqual(named, without_family - parts | {"figures-table"})

    def test_every_figure_says_what_it_asks_and_shows(self):
        for figure in FIGURES.values():
            self.assertTrue(figure.question.endswith("?"), figure.name)
            self.assertTrue(len(figure.alt) > 40, figure.name)
            self.assertTrue(re.fullmatch(r"[a-z0-9-]+", figure.name), figure.name)


class Parts(unittest.TestCase):
    def test_notes_of_several_runs_belong_together_by_their_number(self):
        rows = [row(x=0.01 * step + 0.001 * run, value=10.0 * step + run, round=run)
                for run in range(3) for step in range(2)]  # fmt: skip
        points = over_time(rows)
        self.assertEqual([value for _, value in points], [1.0, 11.0])
        self.assertAlmostEqual(points[1][0], 0.011)

    def test_what_was_disturbed_or_not_judged_or_starved_is_said(self):
        rows = [
            row(implementation="iptrie", disturbed=True), row(implementation="rtalloc", x=1.0),
            row(implementation="rtalloc", x=2.0, disturbed=True, starved=True),
            row(implementation="rtalloc", x=3.0, oversubscribed=True),
            row(implementation="rtalloc", x=3.0, disturbed=True, round=1),
        ]  # fmt: skip
        disturbed, judged, hollow, starved = quality(rows)
        self.assertEqual(disturbed, "3 of 5 samples (60%) disturbed")
        self.assertTrue(judged.startswith("1 had"), judged)
        self.assertTrue(hollow.startswith("hollow: 2 points"), hollow)
        self.assertTrue(starved.startswith("half-filled: 1 points"), starved)
        self.assertEqual(quality(rows[1:2]), ["none of 1 samples disturbed"])

    def test_only_tables_of_the_size_of_a_real_day_are_real(self):
        run = Run("nowhere")
        run.env = {"day": "real", "routes_v4": 7}
        real, made_up = row(family="v4", routes=7), row(family="v4", routes=8)
        self.assertTrue(origin(run, [real]).startswith("a real table"))
        self.assertTrue(origin(run, [made_up]).startswith("synthetic"))
        self.assertTrue(origin(run, [real, made_up]).startswith("some"))
        run.env = {"day": "synthetic", "routes_v4": 7}
        self.assertTrue(origin(run, [real]).startswith("synthetic"))
        run.env = {}
        self.assertEqual(origin(run, [real]), "")

    def test_the_end_of_a_tail_is_the_longest_of_all_rounds(self):
        rows = [row(x=x, value=value, round=number) for x in (50.0, 100.0)
                for number, value in enumerate((1.0, 2.0, 9.0))]  # fmt: skip
        middle, longest = tail(rows)
        self.assertEqual((middle[1].median, longest[1].median), (2.0, 9.0))
        self.assertEqual((longest[0], longest[1].low), (LONGEST, 9.0))

    def test_each_further_nine_has_as_much_room(self):
        places = [place(percentile) for percentile in (90, 99, 99.9, 99.99, 100)]
        for found, expected in zip(places, (1, 2, 3, 4, 5), strict=True):
            self.assertAlmostEqual(found, expected)

    def test_twice_as_good_as_the_target_is_two_whichever_way_is_good(self):
        self.assertEqual(distance(4.0, ("AtLeast", 2.0)), 2.0)
        self.assertEqual(distance(1.0, ("AtMost", 2.0)), 2.0)
        self.assertIsNone(distance(0.0, ("AtMost", 2.0)))

    def test_captions_break_between_parts(self):
        self.assertEqual(style.fold(["one two", "three", "four"], 12), ["one two", "three · four"])
        self.assertEqual(style.fold(["one two three"], 8), ["one two", "three"])

    def test_numbers_have_words(self):
        self.assertEqual([style.short(v) for v in (0, 500, 1500, 2e7)], ["0", "500", "1.5k", "20M"])
        words = [style.duration(v) for v in (2e-8, 1e-6, 0.0015, 3)]
        self.assertEqual(words, ["20 ns", "1 µs", "1.5 ms", "3 s"])
        self.assertEqual(style.size(1500), "1.5 kB")


if __name__ == "__main__":
    unittest.main()
