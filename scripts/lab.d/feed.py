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
NOTE = struct.Struct("QQ")


class Feed:
    """Both of them, and what the peer's table is."""

    def __init__(self, net, folder, routes, patience):
        self.folder, self.routes, self.patience = folder, routes, patience
        self.progress, self.log = folder / "progress", folder / "speaker.log"
        self.peer = Bird(net.peer, folder, "peer", BIRD_PEER)
        words = (sys.executable, SPEAKER, "10.4.0.2", "10.4.0.1", COLLECTOR, self.progress)
        with self.log.open("w") as out:
            self.speaker = net.collector.start(
                *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True,
                bufsize=1,
            )
        self.answer()

    def ask(self, *words):
        """Tells the speaker what to do. It answers when it is done."""
        try:
            self.speaker.stdin.write(" ".join(map(str, words)) + "\n")
        except BrokenPipeError:
            raise Failed(f"the speaker has ended: {self.told()}") from None

    def told(self):
        return self.log.read_text(errors="replace").strip()[-400:]

    def answer(self):
        line = self.speaker.stdout.readline()
        said = json.loads(line) if line else {"error": self.told()}
        if "error" in said:
            raise Failed(f"the speaker: {said['error']}")
        return said

    def load(self):
        """Gives the peer the table. Returns how long that took."""
        say(f"giving the peer a table of {len(self.routes.table)} routes")
        path = self.routes.write(self.folder / "table.txt", self.routes.table.items())
        self.ask("table", path)
        said = self.answer()
        wanted = len(self.routes.table)
        wait_for(
            f"{wanted} routes at the peer", lambda: self.peer.imported("collector") == wanted,
            self.patience,
        )
        return time.monotonic() - said["began"]

    def churn(self, piece, rate, meanwhile=None):
        """Sends updates, at so many a second or as fast as possible (None), and does something else
        in the midst of it. Returns what the speaker says of it when all are sent."""
        self.ask("churn", rate or "max", self.routes.write(self.folder / "piece.txt", piece))
        if meanwhile:
            meanwhile()
        return self.answer()

    def times(self):
        """When each update of the last piece was sent, in seconds of the monotonic clock."""
        return times(self.progress.read_bytes())


def times(notes):
    """When each update was sent, from what the speaker has noted."""
    found = []
    for when, end in NOTE.iter_unpack(notes):
        found += [when / 1e9] * (end - len(found))
    return found
