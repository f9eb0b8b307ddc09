"""The paper's figures, from rows that nobody measured."""

import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import column
import column_forms
import synthetic

POINTS = 72
WIDTHS = {round(column_forms.COLUMN * POINTS), round(column_forms.PAGE * POINTS)}


class Columns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        cls.rows, cls.out = Path(cls.place.name, "rows"), Path(cls.place.name, "out")
        synthetic.folder(cls.rows, cores=2)
        cls.out.mkdir()
        cls.drawn, cls.failed = column.draw([cls.rows], cls.out)

    def test_every_figure_is_drawn(self):
        self.assertEqual(self.failed, [])
        self.assertEqual(set(self.drawn), {name for name in column.FIGURES if name.endswith("-v4")})

    def test_a_figure_is_as_wide_as_a_column_or_the_page(self):
        for name in self.drawn:
            width = xml.parse(self.out / f"{name}.svg").getroot().get("width")
            self.assertIn(round(float(width.removesuffix("pt"))), WIDTHS, name)

    def test_figures_are_of_the_first_folder_that_has_the_rows(self):
        with tempfile.TemporaryDirectory() as place:
            empty, out = Path(place, "empty"), Path(place, "out")
            empty.mkdir()
            out.mkdir()
            one = ["column-handles-v4"]
            self.assertEqual(column.draw([empty, self.rows], out, one), (one, []))
            self.assertEqual(column.draw([empty], out), ([], []))

    def test_rows_that_cannot_be_drawn_are_named(self):
        with tempfile.TemporaryDirectory() as place:
            Path(place, "handles.csv").write_text("experiment\nhandles\n")
            drawn, failed = column.draw([Path(place)], Path(place))
            self.assertEqual(drawn, [])
            self.assertEqual(
                {name for name, _ in failed}, {"column-handles-v4", "column-handles-v6"}
            )

    def test_the_stall_is_the_plans(self):
        start, end = column.stall("full")
        self.assertTrue(0 < start < end)
        self.assertEqual(column.stall("another plan"), (0, 0))


if __name__ == "__main__":
    unittest.main()
