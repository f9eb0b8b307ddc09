"""Figures that somebody typed."""

import unittest

from prose import bare


class Prose(unittest.TestCase):
    def test_a_figure_with_a_unit_is_found_with_its_line(self):
        self.assertEqual(bare("one\nit took 4.2 ms to"), [(2, "4.2 ms")])
        for text in (
            "1.5 times",
            "3 million",
            "64 bytes",
            "95 %",
            "12~routes",
            "1,042,325 prefixes",
            "8 MiB",
        ):
            self.assertTrue(bare(f"it is {text} here"), text)

    def test_what_is_no_figure_is_not(self):
        for text in (
            '#n("rate") lookups', "10.0.0.0/8 routes", "a /24 routes", "AVX-512 code", "version 0.9.21",
            "IPv4 prefixes", "`64 bytes`", "// 64 bytes", "```\n64 bytes\n```", "11 May 2026",
            "two cores", "$2^18$ words", "64-bit period", "bursts of 64, then",
        ):  # fmt: skip
            self.assertEqual(bare(text), [], text)

    def test_an_address_of_a_page_is_no_comment(self):
        self.assertEqual(bare("https://example.org 7 ms"), [(1, "7 ms")])


if __name__ == "__main__":
    unittest.main()
