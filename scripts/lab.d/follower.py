"""The command under test, `rtalloc mirror` or `rtalloc fpm`, and what it says of itself."""

import json
import signal
import subprocess
import threading
import time

from outcome import Failed

MAIN = 254
# Milliseconds between two of its lines.
EVERY = 50
# Seconds that it has to end in.
LAST = 10
FAMILIES = ("v4", "v6")
# Counts of what must never come, and of answers that are not the kernel's.
FAULTS = ("malformed", "bad_frames", "refused")


class Line:
    """What it said at a time, and since when that may be so: the time of the line before."""

    def __init__(self, when, said, since):
        self.when, self.said, self.since = when, said, since
        table = next((one for one in said["tables"] if one["table"] == MAIN), None)
        families = [table[name] for name in ("inet", "inet6")] if table else []
        self.routes = tuple(family["routes"] for family in families) or (0, 0)
        self.generations = tuple(family["generation"] for family in families) or (0, 0)

    def __getitem__(self, name):
        return self.said[name]

    @property
    def generation(self):
        return sum(self.generations)

    @property
    def wrong(self):
        """Answers that are not the kernel's, if they are compared."""
        return (self.said.get("verified") or {}).get("wrong", 0)

    def faults(self):
        """What it says that must not be."""
        found = {name: self.said[name] for name in FAULTS if self.said[name]}
        return found | ({"wrong": self.wrong} if self.wrong else {})

    def activity(self):
        """What changes when it takes something."""
        return self.routes, self.said["updates"], self.said["changes"], self.said["dumped"]


class Follower:
    def __init__(self, node, rtalloc, log, *words):
        self.words, self.log, self.lines = words, log, []
        self.arrived = threading.Condition()
        # Lines of when something changed, the first one included.
        self.changes = []
        with log.open("w") as out:
            self.process = node.start(
                rtalloc, *words, "--json", "--every", EVERY, stdout=subprocess.PIPE, stderr=out,
                text=True,
            )
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        # The routes that are there without the peer's.
        self.bare = (0, 0)
        self.wait("its first line", lambda line: True, 30)

    def read(self):
        for text in self.process.stdout:
            said = json.loads(text)
            if "tables" not in said:
                continue
            now = time.monotonic()
            with self.arrived:
                last = self.lines[-1] if self.lines else None
                line = Line(now, said, last.when if last else now)
                if not last or line.activity() != last.activity():
                    self.changes.append(line)
                # Of the others the last one says all.
                self.lines = [line]
                self.arrived.notify_all()

    @property
    def last(self):
        with self.arrived:
            return self.lines[-1]

    @property
    def name(self):
        return f"`rtalloc {self.words[0]}`"

    def told(self):
        return " / ".join(self.log.read_text(errors="replace").strip().splitlines()[-5:])

    def check(self):
        """That it runs, and has met with nothing that must not be."""
        if self.process.poll() is not None:
            raise Failed(f"{self.name} has ended with {self.process.returncode}: {self.told()}")
        sound(self.name, self.last, self.told())

    def wait(self, what, holds, seconds):
        """Waits for a line of which something holds."""
        end = time.monotonic() + seconds
        with self.arrived:
            while True:
                if self.lines and holds(self.lines[-1]):
                    return self.lines[-1]
                left = end - time.monotonic()
                if left <= 0 or not self.arrived.wait(min(left, 1)):
                    if self.process.poll() is not None:
                        raise Failed(f"{self.name} has ended: {self.told()}")
                    if left <= 0:
                        seen = self.lines[-1].said if self.lines else "nothing"
                        raise Failed(f"{self.name}: {what}, not within {seconds} s:"
                                     f" {seen} {self.told()}")

    def is_quiet(self, quiet):
        """Whether nothing has changed for so many seconds."""
        return self.lines[-1].when - self.changes[-1].when >= quiet

    def rest(self, quiet):
        """Waits until nothing changes. What is there then is there without the peer."""
        self.wait("nothing changes", lambda line: self.is_quiet(quiet), 30)
        self.bare = self.last.routes

    def settle(self, routes, quiet, seconds):
        """Waits until it has so many routes of the peer, and nothing has changed for a while.
        Returns the line since which that is so."""
        wanted = tuple(a + b for a, b in zip(routes, self.bare))

        def settled(line):
            return line.routes == wanted and self.is_quiet(quiet)

        self.wait(f"{wanted} routes and nothing more to do", settled, seconds)
        with self.arrived:
            return self.changes[-1]

    def since(self, when):
        """The lines of changes from a time on."""
        with self.arrived:
            return [line for line in self.changes if line.when >= when]

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """Ends it, and holds the last that it said against what may be."""
        self.check()
        self.process.terminate()
        try:
            self.process.wait(LAST)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed(f"{self.name} does not end") from None
        self.thread.join()
        if self.process.returncode not in (0, -signal.SIGTERM):
            raise Failed(f"{self.name} has ended with {self.process.returncode}: {self.told()}")
        sound(self.name, self.last, self.told())


def sound(name, line, told):
    """That a line says of nothing that must not be."""
    faults = line.faults()
    if faults:
        raise Failed(f"{name}: {faults}: {told} {line.said}")


def moved(lines):
    """When each family's table last changed in some lines of changes, the first being what was
    before; None if it did not."""
    times = dict.fromkeys(FAMILIES)
    for one, other in zip(lines, lines[1:]):
        for place, family in enumerate(FAMILIES):
            before, after = ((line.routes[place], line.generations[place]) for line in (one, other))
            if before != after:
                times[family] = other.when
    return times


def largest_lag(lines, times):
    """For how long at most an update that was sent was not in the table yet.

    `lines` are the changes of a piece of churn, the first one being what was before; `times` is when
    each update was sent. A daemon passes over what a later update has made void, so fewer come than
    are sent, and each is taken to stand for as many of those: a daemon or a table that stands still
    in the midst of it shows as it would at the end.
    """
    before = lines[0]["updates"]
    came = lines[-1]["updates"] - before
    largest = 0.0
    for one, other in zip(lines, lines[1:]):
        place = (one["updates"] - before) * len(times) // came if came else 0
        if place < len(times):
            largest = max(largest, other.when - times[place])
    return largest
