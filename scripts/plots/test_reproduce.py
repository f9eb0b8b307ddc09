"""`scripts/reproduce`, with a program in the place of rtalloc-bench that measures nothing."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from rows import COLUMNS

PLAN = Path(__file__).resolve().parents[2] / "benches" / "experiments.toml"
SCRIPT = Path(__file__).resolve().parent.parent / "reproduce"

PROGRAM = """#!{python}
import json, pathlib, sys
words = sys.argv[1:]
after = lambda option: pathlib.Path(words[words.index(option) + 1])
here = pathlib.Path(__file__).parent
if words[0] == "list":
    names = ["memory", "growth", "replay"]
    print(json.dumps([{{"name": n, "question": n + "?", "seconds": 1.0}} for n in names]))
elif words[0] == "env":
    known = {{"processor": "Some (R) Thing", "cores": 3, "commit": "abc", "time": "2026-01-02T0:0"}}
    kernel = here / "kernel"
    known["kernel"] = kernel.read_text() if kernel.exists() else "6.1"
    after("--out").write_text(json.dumps(known))
elif words[0] == "run":
    with open(here / "ran", "a") as ran:
        print(words[1], file=ran)
    if (here / ("break-" + words[1])).exists():
        sys.exit(3)
    rows = "no rows" if (here / ("garble-" + words[1])).exists() else {rows!r}
    (after("--out") / (words[1] + ".csv")).write_text(rows)
"""

# In the place of the program of ratios: writes half of its rows, and ends as it is told.
RATIOS = """#!{python}
import os, pathlib, signal, sys, time
print("half a table", flush=True)
pathlib.Path(sys.argv[sys.argv.index("--csv") + 1]).write_text("half of the rows")
if (pathlib.Path(__file__).parent / "interrupt").exists():
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(60)
    sys.exit(1)
"""

ROWS = (
    ",".join(COLUMNS)
    + """
memory,rtalloc,v4,9,,,false,,,tree,,0,bytes_per_prefix,bytes,1,false
memory,rtalloc,v4,9,,,false,,,cells,,0,bytes_per_prefix,bytes,1,false
memory,iptrie,v4,9,,,false,,,,,0,live_bytes_per_prefix,bytes,1,true
"""
)


class Reproduce(unittest.TestCase):
    def setUp(self):
        self.here = tempfile.TemporaryDirectory()
        self.addCleanup(self.here.cleanup)
        self.folder = Path(self.here.name)
        self.program, self.out = self.folder / "rtalloc-bench", self.folder / "out"
        self.program.write_text(PROGRAM.format(python=sys.executable, rows=ROWS))
        self.program.chmod(0o755)
        self.plan = self.folder / "plan.toml"
        shutil.copy(PLAN, self.plan)

    def reproduce(self, *words, out=True):
        place = ["--out", self.out] if out else []
        command = [sys.executable, SCRIPT, "--binary", self.program, "--experiments", self.plan]
        # Who runs the tests in the background may ignore interrupts.
        heeding = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        return subprocess.run(
            [*command, "--no-plots", *place, *words], capture_output=True, text=True,
            env={"PATH": "/usr/bin:/bin", "CARGO_TARGET_DIR": str(self.folder / "target")},
            preexec_fn=heeding,
        )  # fmt: skip

    def ran(self):
        path = self.folder / "ran"
        names = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return names

    def test_a_plan_runs_nothing(self):
        done = self.reproduce("--plan", "--quick")
        self.assertEqual((done.returncode, self.ran()), (0, []))
        self.assertIn("3 s", done.stdout)
        self.assertFalse(self.out.exists())

    def test_a_failure_is_named_and_the_rest_runs_and_only_it_runs_again(self):
        (self.folder / "break-growth").touch()
        done = self.reproduce("--quick")
        self.assertEqual((done.returncode, self.ran()), (1, ["memory", "growth", "replay"]))
        self.assertIn("FAILED: growth (status 3)", done.stderr)
        (self.folder / "break-growth").unlink()
        done = self.reproduce("--quick")
        self.assertEqual((done.returncode, self.ran()), (0, ["growth"]))
        self.assertEqual((self.reproduce("--quick").returncode, self.ran()), (0, []))
        state = json.loads((self.out / "run.json").read_text())
        self.assertEqual(state["mode"], "quick")
        self.assertEqual({e["status"] for e in state["experiments"].values()}, {"done"})
        self.assertEqual(state["experiments"]["memory"]["samples"], 2)
        self.assertEqual(state["experiments"]["memory"]["disturbed"], 1)

    def test_rows_that_cannot_be_read_are_a_failure(self):
        (self.folder / "garble-growth").touch()
        done = self.reproduce("--quick")
        self.assertEqual((done.returncode, self.ran()), (1, ["memory", "growth", "replay"]))
        self.assertIn("FAILED: growth (", done.stderr)
        self.assertFalse((self.out / "growth.csv").exists())

    def test_what_an_interrupted_program_of_ratios_wrote_does_not_stay(self):
        ratios = self.folder / "figures"
        ratios.write_text(RATIOS.format(python=sys.executable))
        ratios.chmod(0o755)
        (self.folder / "interrupt").touch()
        done = self.reproduce("--quick")
        self.assertEqual(done.returncode, 1)
        self.assertIn("interrupted", done.stderr)
        self.assertEqual(list(self.out.glob("figures*")), [])
        (self.folder / "interrupt").unlink()
        self.assertEqual(self.reproduce("--quick").returncode, 0)
        names = sorted(path.name for path in self.out.glob("figures*"))
        self.assertEqual(names, ["figures.csv", "figures.txt"])

    def test_another_mode_plan_program_or_machine_has_a_folder_of_its_own(self):
        folders = []

        def run(*words):
            done = self.reproduce(*words, out=False)
            self.assertEqual((done.returncode, self.ran()), (0, ["memory", "growth", "replay"]))
            folders.append(Path(done.stdout.strip()).name)

        run("--quick")
        run("--check")
        self.plan.write_text("[memory]\n# another\n")
        run("--check")
        self.program.write_text(self.program.read_text() + "# another\n")
        run("--check")
        run("--check", "--again")
        (self.folder / "kernel").write_text("6.2")
        run("--check")
        other = "abc-check-another-plan"
        names = ["abc-quick", "abc-check", other, f"{other}-2", f"{other}-2", f"{other}-3"]
        self.assertEqual(folders, [f"2026-01-02-{name}" for name in names])

    def test_results_of_different_runs_are_not_mixed(self):
        self.assertEqual(self.reproduce("--quick").returncode, 0)
        done = self.reproduce("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("another", done.stderr)
        self.assertEqual(json.loads((self.out / "run.json").read_text())["mode"], "quick")

    def test_a_full_run_of_another_plan_is_marked_and_not_published(self):
        self.plan.write_text("[memory]\n")
        done = self.reproduce("--full", out=False)
        folder = Path(done.stdout.strip())
        self.assertTrue(folder.is_relative_to(self.folder / "target" / "results"), folder)
        mode = json.loads((folder / "run.json").read_text())["mode"]
        self.assertEqual(mode, "full, another plan")

    def test_the_folder_has_the_machine_the_day_the_commit_and_the_mode(self):
        done = self.reproduce("--quick", out=False)
        folder = Path(done.stdout.strip())
        expected = "target/results/some-r-thing-3-cores/2026-01-02-abc-quick"
        self.assertEqual(folder, self.folder / expected)
        self.assertEqual(json.loads((folder / "env.json").read_text())["cores"], 3)
        again = self.reproduce("--quick", out=False)
        self.assertEqual(again.stdout, done.stdout)
        self.assertEqual(self.ran(), ["memory", "growth", "replay"])

    def test_without_anything_asked_it_says_what_can_be(self):
        done = self.reproduce()
        self.assertEqual((done.returncode, self.ran()), (2, []))
        self.assertIn("--full", done.stderr)

    def test_a_missing_program_is_a_problem_and_no_trace(self):
        self.program.unlink()
        done = self.reproduce("--quick")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not there", done.stderr)
        self.assertNotIn("Traceback", done.stderr)


if __name__ == "__main__":
    unittest.main()
