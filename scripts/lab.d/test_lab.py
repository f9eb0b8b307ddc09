"""Tests of what the lab computes itself: that its checks fail when they should, and how it ends."""

import contextlib
import csv
import errno
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import isolation  # noqa: E402
import nodes  # noqa: E402
import packages  # noqa: E402
import results  # noqa: E402
from follower import Line, largest_lag, moved, sound  # noqa: E402
from outcome import Failed, Skipped, is_refusal  # noqa: E402
from report import Report, tabulated  # noqa: E402
from steps import without_hole  # noqa: E402


def line(when, routes=(5, 5), generation=1, updates=0, since=0.0, **said):
    """A line of a follower."""
    inet, inet6 = ({"routes": count, "generation": generation} for count in routes)
    said = {"updates": updates, "changes": updates, "dumped": 0, "malformed": 0, "bad_frames": 0,
            "refused": 0, "verified": None, "readers": {"missed": 0}} | said
    tables = [{"table": 254, "inet": inet, "inet6": inet6}]
    return Line(when, {"tables": tables, **said}, since)


class Following(unittest.TestCase):
    def test_the_largest_lag_counts_also_if_the_last_one_is_small(self):
        times = [10.0, 10.1, 10.2, 10.3]
        steady = [line(9.0), *(line(10.01 + 0.1 * n, updates=n + 1) for n in range(4))]
        self.assertAlmostEqual(largest_lag(steady, times), 0.01)
        # It stands still for a while, and is quick again.
        times.append(20.0)
        stalled = [line(9.0), line(10.01, updates=1), line(13.0, updates=4), line(20.01, updates=5)]
        self.assertAlmostEqual(largest_lag(stalled, times), 2.9)
        # Of four, two are all that come: each stands for two.
        merged = [line(9.0, updates=7), line(10.2, updates=8), line(10.31, updates=9)]
        self.assertAlmostEqual(largest_lag(merged, times[:4]), 0.2)
        self.assertEqual(largest_lag([line(9.0)], times), 0.0)

    def test_each_family_has_its_own_time(self):
        lines = [line(1), line(2, (6, 5)), line(3, (6, 6)), line(4, (6, 7))]
        self.assertEqual(moved(lines), {"v4": 2, "v6": 4})
        self.assertEqual(moved(lines[:2]), {"v4": 2, "v6": None})
        self.assertEqual(moved(lines[:1]), {"v4": None, "v6": None})

    def test_answers_that_are_wrong_and_messages_that_are_none_fail_at_any_time(self):
        sound("x", line(1), "")
        for fault in ({"malformed": 1}, {"bad_frames": 1}, {"refused": 1},
                      {"verified": {"wrong": 1}}):
            with self.assertRaises(Failed):
                sound("x", line(1, **fault), "")

    def test_a_hole_is_found_by_what_is_missed_and_by_what_is_gone(self):
        def follower(*lines):
            return SimpleNamespace(
                last=lines[-1], check=lambda: None, since=lambda when: list(lines),
            )

        before = line(1)
        without_hole("x", follower(before, line(2)), before)
        with self.assertRaises(Failed):
            without_hole("x", follower(before, line(2, readers={"missed": 1})), before)
        with self.assertRaises(Failed):
            without_hole("x", follower(before, line(2, (4, 5)), line(3)), before)


class Ends(unittest.TestCase):
    def status(self, error):
        def work():
            raise error

        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            return isolation.status_of(work)

    def test_only_a_refusal_is_skipped_and_a_broken_pipe_is_a_failure(self):
        self.assertEqual(isolation.status_of(lambda: 0), 0)
        self.assertEqual(self.status(Skipped("x")), 77)
        self.assertEqual(self.status(packages.Missing(["x"], "y")), 69)
        for error in (Failed("x"), BrokenPipeError(), OSError(errno.ENOENT, "x"), KeyError("x")):
            self.assertEqual(self.status(error), 1)
        self.assertEqual(self.status(isolation.Interrupted()), 130)

    def test_what_a_kernel_does_not_allow_is_told_from_what_is_wrong(self):
        for number in (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP):
            self.assertTrue(is_refusal(OSError(number, "x")))
        for number in (errno.ENOENT, errno.EINVAL, errno.EEXIST, errno.ENOMEM):
            self.assertFalse(is_refusal(OSError(number, "x")))
        for words in ("RTNETLINK answers: Operation not permitted", "Error: Unknown device type."):
            self.assertTrue(is_refusal(Failed(f"`ip link add` at peer: {words}")))
        for words in ("RTNETLINK answers: File exists", "Error: either \"dev\" is duplicate"):
            self.assertFalse(is_refusal(Failed(f"`ip link add` at peer: {words}")))

    def test_a_network_that_is_wrong_is_no_skip(self):
        for why, outcome in ((Failed("File exists"), Failed), (OSError(errno.ENOENT, "x"), Failed),
                             (OSError(errno.EPERM, "x"), Skipped),
                             (Failed("Operation not supported"), Skipped)):
            with mock.patch.object(nodes, "Net", side_effect=why), self.assertRaises(outcome):
                nodes.network()

    def test_a_failure_is_one_also_if_nobody_reads_the_results(self):
        script = (
            f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
            "import isolation\nfrom outcome import Failed\nfrom report import Report\n"
            "def work():\n"
            "    report = Report({}); report.add('a', 'b', seconds=1.0)\n"
            "    try:\n        raise Failed('it is wrong')\n"
            "    finally:\n        report.print(False); print('more', flush=True)\n"
            "sys.exit(isolation.status_of(work))\n"
        )
        read, write = os.pipe()
        os.close(read)
        words = [sys.executable, "-B", "-c", script]
        done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (1, "lab: FAILED: it is wrong\n"))


class Fetching(unittest.TestCase):
    def test_what_apt_would_install_is_read(self):
        told = ("Inst libyang2 (2.1.30-2 Debian:12.1/stable [amd64])\n"
                "Inst frr [8.4.3-1] (8.4.4-1.1~deb12u2 Debian:12.1/stable [amd64])\n"
                "Conf libyang2 (2.1.30-2 Debian:12.1/stable [amd64])\nRemv quagga [1.2]\n")
        found = [("libyang2", "2.1.30-2"), ("frr", "8.4.4-1.1~deb12u2")]
        self.assertEqual(packages.PLANNED.findall(told), found)

    def test_missing_programs_fail_with_the_command_that_brings_them(self):
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(packages, "FRR", Path(folder) / "none"), \
                mock.patch.object(packages, "PLACES", ()), \
                mock.patch.dict(os.environ, PATH=folder):
            with self.assertRaisesRegex(Failed, "apt-get install .* iproute2 util-linux bird2 frr"):
                packages.provide(Path(folder) / "packages", may_fetch=False)
            # Nor with anything to fetch them with.
            with self.assertRaisesRegex(Failed, "no apt-get"):
                packages.provide(Path(folder) / "packages", may_fetch=True)
            self.assertEqual(os.listdir(folder), [])


class Shown(unittest.TestCase):
    def test_rows_that_say_nothing_are_not_shown(self):
        columns = (("routes", "routes", "{:,}"), ("other", "other", "{}"))
        rows = [{"how": "a", "what": "b", "routes": 1234}, {"how": "c", "what": "d"}]
        shown = ["how  what  routes", "a    b      1,234"]
        self.assertEqual(tabulated(rows, columns, "routes"), shown)
        self.assertEqual(tabulated(rows[1:], columns, "routes"), [])

    def test_results_have_the_columns_of_every_experiment(self):
        sys.path.append(str(HERE.parent / "plots"))
        import rows as table

        self.assertEqual(results.COLUMNS, table.COLUMNS)
        report = Report({"commit": "x"})
        report.add(
            "bird", "load", routes=3, seconds=2.0, updates=3, p99_9_ns=900, lookups=5,
            of_families={"v4": {"routes": 2, "seconds": 1.5}, "v6": {"routes": 1, "seconds": None}},
        )
        report.add(
            "traffic", "tun", routes=3, seconds=1.0, sent=10, rate=10.0, packets_lost=0,
            of_families={"v4": {"routes": 2, "seconds": None}, "v6": {"routes": 1, "seconds": None}},
            packets_of_families={"v4": {"packets_lost": 0}},
        )
        report.add("memory", "measure v4", family="v4", routes=3, packet_ns=2.0,
                   quartiles={"packet_ns": [1.0, 2.0, 3.0]})
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder) / "new"
            results.reserve(folder)
            results.write(folder, results.FAILED, report)
            results.reserve(folder)
            results.write(folder, results.KEPT, report)
            self.assertEqual(sorted(os.listdir(folder)), ["env.json", "lab.csv"])
            with self.assertRaises(Failed):
                results.reserve(folder)
            found = table.read(folder / "lab.csv")
            with (folder / "lab.csv").open() as text:
                self.assertEqual(next(csv.reader(text)), list(table.COLUMNS))

        def values(**wanted):
            return [one.value for one in table.select(found, **wanted)]

        of_bird = {"implementation": "bird", "case": "load"}
        self.assertEqual(values(**of_bird, metric="seconds_until_full", family="both"), [2.0])
        self.assertEqual(values(**of_bird, metric="seconds_until_full", family="v4"), [1.5])
        self.assertEqual(values(**of_bird, metric="seconds_until_full", family="v6"), [])
        self.assertEqual(values(**of_bird, metric="updates_followed_per_second"), [1.5])
        self.assertEqual(values(**of_bird, metric="lookup_p99_9", burst=32), [900])
        of_tun = {"implementation": "tun", "case": "traffic", "updates": 10}
        self.assertEqual(values(**of_tun, metric="packets_lost"), [0, 0])
        self.assertEqual(values(case="measure", metric="packet_whole_path", x=0.5), [2.0])


if __name__ == "__main__":
    unittest.main()
