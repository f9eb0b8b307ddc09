"""The command under test, `rtalloc mirror` or `rtalloc fpm`, and what it says of itself."""

import contextlib
import json
import signal
import subprocess
import threading
import time

from outcome import Failed

MAIN = 254
# Milliseconds between two of its lines.
EVERY = 50


class Line:
    """What it said at a time."""

    def __init__(self, when, said):
        self.when, self.said = when, said
        table = next((one for one in said["tables"] if one["table"] == MAIN), None)
        families = [table[name] for name in ("inet", "inet6")] if table else []
        self.routes = tuple(family["routes"] for family in families) or (0, 0)
        self.generation = sum(family["generation"] for family in families)

    def __getitem__(self, name):
        return self.said[name]

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
            line = Line(time.monotonic(), said)
            with self.arrived:
                if not self.lines or line.activity() != self.lines[-1].activity():
                    self.changes.append(line)
                # Of the others the last one says all.
                self.lines = [*self.lines[-1:], line]
                self.arrived.notify_all()

    @property
    def last(self):
        with self.arrived:
            return self.lines[-1]

    def told(self):
        return " / ".join(self.log.read_text(errors="replace").strip().splitlines()[-5:])

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
                        raise Failed(f"`rtalloc {self.words[0]}` has ended: {self.told()}")
                    if left <= 0:
                        seen = self.lines[-1].said if self.lines else "nothing"
                        raise Failed(f"`rtalloc {self.words[0]}`: {what}, not within {seconds} s:"
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
        """Ends it. Returns the last that it said."""
        if self.process.poll() is not None:
            raise Failed(f"`rtalloc {self.words[0]}` has ended: {self.told()}")
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.thread.join()
        return self.last
