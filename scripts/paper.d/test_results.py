"""Which folders are published from."""

import json
import tempfile
import unittest
from pathlib import Path

from results import NotRecorded, Results


class Folders(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = Path(place.name)

    def make(self, name, time, mode=None, files=()):
        folder = self.root / name
        folder.mkdir(parents=True)
        (folder / "env.json").write_text(json.dumps({"time": time, "cores": 2}))
        if mode:
            (folder / "run.json").write_text(json.dumps({"mode": mode}))
        for file in files:
            (folder / file).write_text("")
        return folder

    def test_each_file_is_of_the_newest_folder_that_has_it(self):
        old = self.make(
            "a/2026-01-01-0123456", "2026-01-01T00", "full", ["misses.csv", "figures.csv"]
        )
        new = self.make("a/2026-01-02-0123457", "2026-01-02T00", "full", ["figures.csv"])
        results = Results(self.root)
        self.assertEqual(results.path("figures.csv").parent, new)
        self.assertEqual(results.path("misses.csv").parent, old)
        self.assertEqual(results.environment("misses.csv")["cores"], 2)

    def test_the_time_decides_between_folders_of_a_day(self):
        self.make("a/2026-01-01-ffffffa", "2026-01-01T08", files=["figures.csv"])
        later = self.make("a/2026-01-01-000000a", "2026-01-01T09", files=["figures.csv"])
        self.assertEqual(Results(self.root).path("figures.csv").parent, later)

    def test_one_machine_is_published_that_of_the_newest_full_run(self):
        full = self.make("a/2026-01-01-0123456", "2026-01-01T00", "full", ["figures.csv"])
        self.make("b/2026-01-05-0123456", "2026-01-05T00", None, ["figures.csv", "misses.csv"])
        results = Results(self.root)
        self.assertEqual(results.path("figures.csv").parent, full)
        self.assertFalse(results.has("misses.csv"))
        self.assertTrue(Results(self.root, "b").has("misses.csv"))

    def test_neither_changed_sources_nor_short_runs_are_published(self):
        self.make("a/2026-01-01-0123456-dirty", "2026-01-01T00", "full", ["figures.csv"])
        self.make("a/2026-01-02-0123456-quick", "2026-01-02T00", "quick", ["figures.csv"])
        self.make("a/2026-01-03-0123456", "2026-01-03T00", "quick", ["figures.csv"])
        self.make("a/2026-01-04-0123456", "2026-01-04T00", "full, another plan", ["figures.csv"])
        with self.assertRaises(NotRecorded) as raised:
            Results(self.root).path("figures.csv")
        self.assertIn("figures.csv", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
