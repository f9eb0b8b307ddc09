"""What a lab can come to beside success: it cannot run here, or something in it is wrong."""

import sys


class Skipped(Exception):
    """The lab, or a part of it, cannot run here. Says what is missing."""


class Failed(Exception):
    """Something is not as it has to be. Says what, and where it was seen."""


def say(*words):
    """Tells people how far it is. Standard output is for the results."""
    print("lab:", *words, file=sys.stderr, flush=True)
