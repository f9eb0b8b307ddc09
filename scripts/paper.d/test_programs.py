"""The programs as their callers see them."""

import csv
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from results import Results

TOP = Path(__file__).resolve().parent.parent.parent


def claims(*arguments):
    """Runs scripts/claims."""
    return subprocess.run(
        [TOP / "scripts" / "claims", *arguments], capture_output=True, text=True, check=False
    )


class Claims(unittest.TestCase):
    def test_committed_results_hold_what_is_claimed(self):
        found = claims()
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)
        self.assertIn("view-memory: holds", found.stdout)

    def test_a_result_that_breaks_a_claim_is_told_with_its_value(self):
        recorded = Results(TOP / "paper" / "results")
        with tempfile.TemporaryDirectory() as place:
            for one in recorded.folders:
                shutil.copytree(one.path, Path(place, one.machine, one.path.name))
            broken = Results(place).path("figures.csv")
            with open(broken, newline="") as file:
                table = csv.DictReader(file)
                rows = list(table)
            for row in rows:
                if row["figure"] == "lookup/v4/memory of the next-hop view":
                    row["value"] = "0.5"
            with open(broken, "w", newline="") as file:
                out = csv.DictWriter(file, table.fieldnames)
                out.writeheader()
                out.writerows(rows)
            found = claims("--results", place, "view-memory")
        self.assertEqual(found.returncode, 1)
        self.assertIn("view-memory: DOES NOT HOLD", found.stdout)
        self.assertIn("NOT: memory-view-share = 0.5, at most 0.1", found.stdout)

    def test_what_was_not_recorded_fails_if_it_must_not(self):
        with tempfile.TemporaryDirectory() as place:
            self.assertEqual(claims("--results", place, "view-memory").returncode, 0)
            found = claims("--results", place, "--strict", "view-memory")
        self.assertEqual(found.returncode, 1)
        self.assertIn("not recorded", found.stdout)

    def test_a_claim_that_nobody_made_is_an_error(self):
        found = claims("no-such-claim")
        self.assertEqual(found.returncode, 2)
        self.assertIn("no claim is called no-such-claim", found.stderr)

    def test_the_list_has_a_command_for_each(self):
        found = claims("--list")
        self.assertEqual(found.returncode, 0)
        self.assertIn("scripts/ci/waitfree", found.stdout)


if __name__ == "__main__":
    unittest.main()
