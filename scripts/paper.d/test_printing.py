"""Numbers in print."""

import unittest

from printing import FORMS, significant
from words import cardinal


class Forms(unittest.TestCase):
    def test_significant_digits(self):
        for value, text in (
            (0, "0"), (1.4949, "1.49"), (9.996, "10.0"), (0.0894, "0.0894"), (18.41, "18.4"),
            (1393421, "1,390,000"), (-0.5, "-0.500"),
        ):  # fmt: skip
            self.assertEqual(significant(value), text)

    def test_units_are_chosen_by_the_value(self):
        for value, text in (
            (4.2e-6, "4.2\u202fµs"),
            (9.999e-4, "1.0\u202fms"),
            (1.83e-9, "1.8\u202fns"),
        ):
            self.assertEqual(FORMS["seconds"](value), text)
        for value, text in (
            (1 << 30, "1\u202fGiB"),
            (524288, "512\u202fKiB"),
            (12.5, "12.5\u202fbytes"),
        ):
            self.assertEqual(FORMS["size"](value), text)
        for value, text in (
            (152.6e6, "153\u202fmillion"),
            (950, "950"),
            (2500, "2.50\u202fthousand"),
        ):
            self.assertEqual(FORMS["rate"](value), text)

    def test_ratios_and_shares(self):
        for value, text in ((51.82, "52"), (1.487, "1.49"), (0.389, "0.39")):
            self.assertEqual(FORMS["times"](value), text)
        self.assertEqual(FORMS["percent"](0.089), "8.9\u202f%")
        self.assertEqual(FORMS["percent"](0.945), "94\u202f%")

    def test_words(self):
        for number, word in (
            (0, "zero"),
            (2, "two"),
            (19, "nineteen"),
            (31, "thirty-one"),
            (1234, "1,234"),
        ):
            self.assertEqual(cardinal(number), word)


if __name__ == "__main__":
    unittest.main()
