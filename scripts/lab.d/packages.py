"""The programs that the lab needs, from Debian packages."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from outcome import Skipped, say

FRR = Path("/usr/lib/frr")
POLICY = Path("/usr/sbin/policy-rc.d")

# Where a program may be that is not in an ordinary user's PATH.
PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))

PACKAGES = {
    "iproute2": lambda: shutil.which("ip", path=PLACES),
    "util-linux": lambda: shutil.which("nsenter", path=PLACES),
    "bird2": lambda: shutil.which("bird", path=PLACES) and shutil.which("birdc", path=PLACES),
    "frr": lambda: (FRR / "zebra").exists() and (FRR / "bgpd").exists(),
}


@contextlib.contextmanager
def no_daemons():
    """Keeps packages from starting what they install."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def missing():
    return [name for name, here in PACKAGES.items() if not here()]


def apt(*words):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(
        ["apt-get", "--quiet", *words], env=environment, capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode == 0, (done.stderr.strip().splitlines() or [""])[-1]


def provide(install):
    """Installs what is missing, if it may; says otherwise what to do."""
    os.environ["PATH"] = PLACES
    lacking = missing()
    if not lacking:
        return
    names = " ".join(lacking)
    hint = f"install {names} (apt-get install --no-install-recommends {names})"
    if not install:
        raise Skipped(f"missing programs: {hint}")
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Skipped(f"missing programs, and no root with apt-get to install them: {hint}")
    say(f"installing {names}")
    with no_daemons():
        if not apt("install", "--yes", "--no-install-recommends", *lacking)[0]:
            apt("update")
            done, why = apt("install", "--yes", "--no-install-recommends", *lacking)
            if not done:
                raise Skipped(f"{names} could not be installed: {why}")
    if missing():
        raise Skipped(f"{names} are installed and yet not to be found")


def version(*words):
    """The first line that a program says about itself."""
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return next(iter((done.stdout + done.stderr).strip().splitlines()), "")


def versions():
    return {
        "bird": version("bird", "--version"),
        "frr": version(str(FRR / "zebra"), "--version"),
        "iproute2": version("ip", "-V"),
    }
