"""The peer with its table, and the speaker that gives it the table and then changes it."""

import json
import struct
import subprocess
import sys
import time
from pathlib import Path

from daemons import BIRD_PEER, COLLECTOR, Bird, wait_for
from outcome import Failed, say

SPEAKER = Path(__file__).with_name("speaker.py")

# Seconds from the beginning of a piece of churn to what is done in the midst of it.
MIDST = 0.3


class Feed:
    """Both of them, and what the peer's table is."""

    def __init__(self, net, folder, routes, patience):
        self.routes, self.patience, self.marks = routes, patience, 0
        self.progress, self.log = folder / "progress", folder / "speaker.log"
        table, updates = routes.write(folder)
        self.peer = Bird(net.peer, folder, "peer", BIRD_PEER)
        words = (sys.executable, SPEAKER, "10.4.0.2", "10.4.0.1", COLLECTOR, table, updates)
        with self.log.open("w") as out:
            self.speaker = net.collector.start(
                *words, self.progress, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out,
                text=True, bufsize=1,
            )
        self.answer()

    def answer(self):
        line = self.speaker.stdout.readline()
        said = json.loads(line) if line else {"error": self.log.read_text().strip()[-400:]}
        if "error" in said:
            raise Failed(f"the speaker: {said['error']}")
        return said

    def load(self):
        """Gives the peer the table. Returns how long that took."""
        say(f"giving the peer a table of {len(self.routes.table)} routes")
        begun = time.monotonic()
        self.speaker.stdin.write("table\n")
        self.answer()
        wanted = len(self.routes.table)
        wait_for(
            f"{wanted} routes at the peer", lambda: self.peer.imported("collector") == wanted,
            self.patience,
        )
        return time.monotonic() - begun

    def churn(self, count, rate, meanwhile=None):
        """Sends the next updates, at so many a second or as fast as possible (None), and does
        something else in the midst of it. Returns what the speaker says of it when all are sent."""
        begin, end = self.routes.take(count)
        if begin == end:
            raise Failed("there are no more updates")
        self.speaker.stdin.write(f"churn {begin} {end} {rate or 'max'}\n")
        if meanwhile:
            time.sleep(MIDST)
            meanwhile()
        return {**self.answer(), "begin": begin, "end": end}

    def mark(self):
        """Announces a route of either family that was never there. Returns how many these are."""
        self.marks += 1
        marks = (f"198.18.{self.marks}.0/24", f"2001:2:0:{self.marks:x}::/64")
        for text in marks:
            self.routes.table[text] = 1
        self.speaker.stdin.write(f"mark {' '.join(marks)}\n")
        self.answer()
        return len(marks)

    def times(self, sent):
        """When each update of a piece of churn was sent, in nanoseconds of the monotonic clock."""
        times = []
        for when, end in struct.iter_unpack("QQ", self.progress.read_bytes()):
            if end > sent["begin"]:
                times += [when] * (min(end, sent["end"]) - sent["begin"] - len(times))
        return times
