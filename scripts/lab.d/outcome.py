"""What a lab can come to beside success, it cannot run here or something in it is wrong, and how it
says so."""

import errno
import os
import re
import sys

# What a kernel says that does not let the lab do what it has to, or has no code for it. Everything
# else that goes wrong is a fault.
REFUSALS = {
    errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOSYS, errno.EOPNOTSUPP, errno.EAFNOSUPPORT,
    errno.EPROTONOSUPPORT, errno.ENODEV,
}
# The same in the words of `ip`.
WORDS = re.compile(
    "not permitted|Permission denied|Read-only file system|not implemented|not supported|"
    "Unknown device type|IPv6 is disabled"
)


class Skipped(Exception):
    """The lab, or a part of it, cannot run here. Says what the kernel does not allow."""


class Failed(Exception):
    """Something is not as it has to be. Says what, and where it was seen."""

    status = 1


def is_refusal(why):
    """Whether a kernel does not allow something, rather than something being wrong."""
    if isinstance(why, OSError):
        return why.errno in REFUSALS
    return bool(WORDS.search(str(why)))


def write(stream, text):
    """Writes a line. That nobody reads it any more does not change what it says, nor how the lab
    ends: from then on the stream leads nowhere."""
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def tell(text):
    """A result."""
    write(sys.stdout, text)


def say(*words):
    """Tells people how far it is. Standard output is for the results."""
    write(sys.stderr, " ".join(("lab:", *map(str, words))))
