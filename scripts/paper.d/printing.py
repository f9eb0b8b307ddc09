"""Numbers as prose has them. A form that chooses the unit writes it too; the others leave it to the
sentence."""

import math

import words

SPACE = "\u202f"


def significant(value, digits=3):
    """So many significant digits, without an exponent."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    # Rounding may add a digit: 9.996 is 10.0.
    places = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(places, 0)}f}"


def _scaled(value, units, digits=3):
    factor, unit = next((one for one in units if abs(value) >= one[0] * 0.9995), units[-1])
    scaled = value / factor
    text = f"{scaled:,.0f}" if scaled == round(scaled) else significant(scaled, digits)
    return f"{text}{SPACE}{unit}"


TIMES = ((1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "bytes"))
RATES = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"), (1, ""))

FORMS = {
    "times": lambda value: f"{value:.2f}" if 0.095 <= value < 9.995 else significant(value, 2),
    "percent": lambda value: f"{significant(100 * value, 2 if abs(value) < 1 else 3)}{SPACE}%",
    "seconds": lambda value: _scaled(value, TIMES, 2),
    "size": lambda value: _scaled(value, SIZES),
    "rate": lambda value: _scaled(value, RATES).strip(),
    "count": lambda value: f"{value:,.0f}",
    "one place": lambda value: f"{value:,.1f}",
    "two places": lambda value: f"{value:,.2f}",
    "significant": significant,
    "plain": lambda value: f"{value:g}",
    "word": lambda value: words.cardinal(round(value)),
    "Word": lambda value: words.cardinal(round(value)).capitalize(),
}
