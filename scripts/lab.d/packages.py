"""The programs that the lab needs: those that are installed, or Debian's packages in a folder of the
lab's own.

Nothing is installed into the system. What is missing is downloaded by apt-get, which checks it
against the lists that the archive has signed, and unpacked into a folder below `target`: no script
of a package is run, no daemon started, and none set up to start. If apt's own lists do not have the
packages, as on a fresh machine, others are kept in that folder.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from outcome import Failed, say

FRR = Path("/usr/lib/frr")
# Where programs may be that are not in an ordinary user's PATH.
PLACES = ("/usr/local/sbin", "/usr/sbin", "/sbin")
# What cannot be of one version beside programs of another.
LOADER = "libc6"
# What was fetched, in the folder.
LIST = "fetched"
# Seconds for apt-get to do one thing.
PATIENCE = 600
PLANNED = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ", re.MULTILINE)


class Missing(Failed):
    """Programs that are not here. Says how they could be."""

    # As sysexits.h has it, EX_UNAVAILABLE.
    status = 69

    def __init__(self, names, why):
        names = " ".join(names)
        super().__init__(
            f"missing programs, {why}. They are in the Debian packages {names}; as root:"
            f" apt-get install --no-install-recommends {names} (which also lets the routing daemons"
            " start with the system; systemctl disable bird frr)"
        )


class Programs:
    """Where the programs are: in the system, or else in folders that packages are unpacked in."""

    def __init__(self, *folders):
        self.folders = folders
        places = [top / name for top in folders for name in ("usr/sbin", "usr/bin", "sbin", "bin")]
        self.path = os.pathsep.join((os.environ.get("PATH", ""), *PLACES, *map(str, places)))
        self.fetched = []

    def which(self, *names):
        return all(shutil.which(name, path=self.path) for name in names)

    @property
    def frr(self):
        """The folder with FRR's daemons, or None."""
        for folder in (FRR, *(top / "usr/lib/frr" for top in self.folders)):
            if (folder / "zebra").exists() and (folder / "bgpd").exists():
                return folder
        return None

    @property
    def modules(self):
        """The folder with zebra's modules, or None if they are where it looks."""
        if self.frr == FRR:
            return None
        return next(self.frr.parent.glob("*/frr/modules"), None)

    def missing(self):
        """The packages whose programs are not here."""
        here = {
            "iproute2": self.which("ip"), "util-linux": self.which("nsenter"),
            "bird2": self.which("bird", "birdc"), "frr": self.frr and self.which("vtysh"),
        }
        return [name for name, is_here in here.items() if not is_here]

    def enter(self):
        """Lets everything that is started from now on find them, and the libraries they need. Those
        are in the folder only if they are not installed, so they stand in for none."""
        os.environ["PATH"] = self.path
        paths = [path for top in self.folders for name in ("usr/lib", "lib")
                 for path in top.glob(f"{name}/*-*")]
        paths += [path / "frr" for path in paths if (path / "frr").is_dir()]
        if paths:
            known = filter(None, [os.environ.get("LD_LIBRARY_PATH")])
            os.environ["LD_LIBRARY_PATH"] = os.pathsep.join((*map(str, paths), *known))

    def versions(self):
        zebra = self.frr and (str(self.frr / "zebra"), "--version")
        return {
            "bird": version("bird", "--version"),
            "frr": version(*zebra) if zebra else "",
            "iproute2": version("ip", "-V"),
            "fetched": self.fetched,
        }


def version(*words):
    """The first line that a program says about itself."""
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return next(iter((done.stdout + done.stderr).strip().splitlines()), "")


class Apt:
    """apt-get, with which nothing is changed but the folder."""

    def __init__(self, folder):
        self.folder = folder
        self.options = ["--quiet", "-o", "Debug::NoLocking=1"]

    def ask(self, *words):
        try:
            done = subprocess.run(
                ["apt-get", *self.options, *words], cwd=self.folder, capture_output=True, text=True,
                stdin=subprocess.DEVNULL, timeout=PATIENCE, env={**os.environ, "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"apt-get {words[0]} takes more than {PATIENCE} s") from None
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["it does not say why"])[-1]
            raise Failed(f"apt-get {words[0]}: {why}")
        return done.stdout

    def own_lists(self):
        """From now on with lists of one's own, which are fetched."""
        for name, below in (("State::Lists", "lists/partial"), ("Cache", "cache/archives/partial")):
            (self.folder / below).mkdir(parents=True)
            top = self.folder / below.split("/")[0]
            self.options += ("-o", f"Dir::{name}={top}")
        if os.geteuid() == 0:
            # The user as whom it fetches otherwise has no access to the folder.
            self.options += ("-o", "APT::Sandbox::User=root")
        self.ask("update")

    def download(self, names):
        """Downloads packages, and all that they need and is not installed. Returns their names and
        versions."""
        told = self.ask("install", "--simulate", "--no-install-recommends", *names)
        planned = PLANNED.findall(told)
        if any(name == LOADER for name, _ in planned):
            raise Failed(f"they need another {LOADER} than the one that is installed")
        self.ask("download", *(f"{name}={number}" for name, number in planned))
        return [f"{name} {number}" for name, number in planned]


def fetch(names, folder):
    """Unpacks packages into a folder, in the place of what it has. Returns which."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="packages-", dir=folder.parent) as scratch:
        scratch = Path(scratch)
        apt = Apt(scratch)
        try:
            fetched = apt.download(names)
        except Failed:
            apt.own_lists()
            fetched = apt.download(names)
        for package in sorted(scratch.glob("*.deb")):
            subprocess.run(("dpkg-deb", "--extract", package, scratch / "root"), check=True)
        (scratch / "root" / LIST).write_text("\n".join(fetched))
        shutil.rmtree(folder, ignore_errors=True)
        (scratch / "root").rename(folder)
    return fetched


def provide(top, may_fetch):
    """The programs. What is missing is fetched, if it may be, into a folder below `top` that is named
    after that, so that one of an earlier day is taken only if the same is missing still."""
    programs = Programs()
    lacking = programs.missing()
    if lacking:
        folder = top / "+".join(lacking)
        programs = Programs(folder)
        if programs.missing():
            unpack(programs, lacking, folder, may_fetch)
        programs.fetched = (folder / LIST).read_text().splitlines()
    programs.enter()
    return programs


def unpack(programs, lacking, folder, may_fetch):
    """Fetches what is lacking into the folder."""
    if not may_fetch:
        raise Missing(lacking, "and nothing is to be fetched")
    if not programs.which("apt-get", "dpkg-deb"):
        raise Missing(lacking, "and no apt-get and dpkg-deb to fetch them with")
    say(f"fetching {' '.join(lacking)} into {folder}; nothing is installed")
    try:
        fetched = fetch(lacking, folder)
    except (Failed, OSError, subprocess.CalledProcessError) as why:
        raise Missing(lacking, f"they could not be fetched ({why})") from None
    say(f"fetched {', '.join(fetched)}")
    still = programs.missing()
    if still:
        raise Missing(still, "they are in no package that was fetched")
