"""Sets the paper.

usage: typeset.py SOURCE OUT.pdf [PAGES]

PAGES is a folder for the pages as pictures. Fonts are those that typst has and those in target/fonts,
which the figures are drawn with; the system's are left out, so that every machine makes the same pages.
A warning of typst's, of a reference or a font that is not there, is an error.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import typst

TOP = Path(__file__).resolve().parent.parent.parent


def compiled(source, **more):
    """The paper in a format, without warnings."""
    made, warnings = typst.compile_with_warnings(
        source, root=str(TOP), font_paths=[str(TOP / "target" / "paper" / "fonts")],
        ignore_system_fonts=True, timestamp=datetime(2026, 1, 1, tzinfo=UTC), **more,
    )  # fmt: skip
    for warning in warnings:
        print(f"typst: warning: {warning.message}", file=sys.stderr)
        for line in (*(warning.hints or ()), *(warning.trace or ())):
            print(f"    {line}", file=sys.stderr)
    if warnings:
        sys.exit(1)
    return made


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    source, out = sys.argv[1:3]
    try:
        Path(out).write_bytes(compiled(source, format="pdf"))
        if len(sys.argv) == 4:
            folder = Path(sys.argv[3])
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("*.png"):
                old.unlink()
            pages = compiled(source, format="png", ppi=110)
            for number, page in enumerate(pages if isinstance(pages, list) else [pages], 1):
                (folder / f"{number:02}.png").write_bytes(page)
    except typst.TypstError as error:
        print(f"typst: {error.message}", file=sys.stderr)
        for line in (*(error.hints or ()), *(error.trace or ())):
            print(f"    {line}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
