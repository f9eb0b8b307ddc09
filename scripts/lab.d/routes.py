"""The table that the peer is given, and how it changes.

A table comes from files, from a folder with a day of one peer (v4-initial.txt, v4-updates.txt and
the same of v6, or those compressed by gzip), or it is the command's synthetic Internet. The changes
are the day's, in order, the two families mixed as if each came evenly; without a day they are made
up with a real day's proportions.

None of these name next hops. A prefix gets one of the lab's by the CRC-32 of its text, and each
announcement turns it to the following one, so that every announcement changes the forwarder's
routes. Most real ones change a path only, so this is the hardest that the same stream can be.
"""

import gzip
import random
import re
import subprocess
import zlib

from nodes import HOPS
from outcome import Failed

DAY = 86_400
# What a day of one peer brings, for tables that come without one.
UPDATES_A_DAY_AND_ROUTE = 2.04
# Of the synthetic updates: withdrawals, as many announcements of what was withdrawn, and of the
# rest those that are of the busiest hundredth of the prefixes.
WITHDRAWN, BUSY, BUSY_SHARE = 0.027, 0.01, 0.4

# What a peer's table has no business with: the lab's own networks, those of its marks, what no
# router takes, and whatever is so short that such a thing may be inside.
SHORTEST = {4: 8, 6: 16}
UNUSABLE_V4 = re.compile(r"(0|10|127|22[4-9]|2[345]\d)\.|169\.254\.|198\.1[89]\.")
USABLE_V6 = re.compile(r"[23]\w{3}:(?<!2001:)|2001:(?!db8:|2:)")


def usable(text):
    """Whether a prefix can be in the peer's table."""
    address, _, length = text.partition("/")
    if ":" in address:
        return int(length) >= SHORTEST[6] and bool(USABLE_V6.match(address))
    return int(length) >= SHORTEST[4] and not UNUSABLE_V4.match(address)


def turned(text, times):
    """The number of the next hop that a prefix has after so many announcements."""
    return (zlib.crc32(text.encode()) + times) % HOPS + 1


def lines_of(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode().splitlines()


def of_day(folder, name):
    for path in (folder / f"{name}.txt.gz", folder / f"{name}.txt"):
        if path.exists():
            return lines_of(path)
    return []


def mixed(one, other):
    """Two lists as one, in the order of their elements' relative places."""
    if not one or not other:
        return one or other
    places = [(index / len(one), line) for index, line in enumerate(one)]
    places += [(index / len(other), line) for index, line in enumerate(other)]
    return [line for _, line in sorted(places, key=lambda place: place[0])]


def shown(rtalloc, arguments):
    """The prefixes of a table that the command reads or makes."""
    prefixes = []
    for everything in ("0.0.0.0/0", "::/0"):
        words = [rtalloc, "show", *arguments, "--longer", everything]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode not in (0, 2):
            raise Failed(f"the table cannot be read: {done.stderr.strip()}")
        prefixes += (line.partition("\t")[0] for line in done.stdout.splitlines())
    return prefixes


class Routes:
    """The peer's table as it is now, and the updates that are still to come."""

    def __init__(self, prefixes, updates, real, a_day):
        # The next hop of each prefix that is in the table.
        self.table = {text: turned(text, 0) for text in prefixes}
        # Of all updates, those that have been sent are a front part.
        self.updates = self.with_hops(updates)
        self.sent = 0
        # Whether these were recorded, and how many there are a day.
        self.real, self.a_day = real, a_day

    @classmethod
    def of(cls, rtalloc, tables, most, updates):
        """Reads the table, or makes one; of `most` prefixes, about, if it is larger."""
        day = tables[0] if len(tables) == 1 and tables[0].is_dir() else None
        families = []
        if day:
            prefixes = of_day(day, "v4-initial") + of_day(day, "v6-initial")
            families = [of_day(day, "v4-updates"), of_day(day, "v6-updates")]
        else:
            files = [word for path in tables for word in ("--table", str(path))]
            prefixes = shown(rtalloc, files or ["--synthetic"])
        prefixes = sorted(filter(usable, set(prefixes)))
        share = max(1, len(prefixes) // most) if most else 1

        def kept(text):
            # By a hash, so that the updates of the same prefixes can be told.
            return share == 1 or zlib.crc32(text.encode()) // HOPS % share == 0

        prefixes = [text for text in prefixes if kept(text)]
        if not prefixes:
            raise Failed("the table is empty")
        families = [
            [line for line in lines if kept(line[2:]) and usable(line[2:])] for lines in families
        ]
        a_day = sum(map(len, families))
        real = a_day > 0
        if real:
            front = min(1, updates / a_day)
            lines = mixed(*(lines[: int(len(lines) * front)] for lines in families))
        else:
            a_day = int(len(prefixes) * UPDATES_A_DAY_AND_ROUTE)
            lines = synthetic(prefixes, updates)
        return cls(prefixes, lines, real, a_day)

    @staticmethod
    def with_hops(lines):
        """Updates as (prefix, number of its next hop, or 0 if it is withdrawn)."""
        times, updates = {}, []
        for line in lines:
            text = line[2:]
            if line[0] == "W":
                updates.append((text, 0))
            else:
                times[text] = times.get(text, 0) + 1
                updates.append((text, turned(text, times[text])))
        return updates

    def counts(self):
        """How many prefixes of IPv4 and of IPv6 there are."""
        v6 = sum(":" in text for text in self.table)
        return len(self.table) - v6, v6

    def upcoming(self, count):
        """The next updates, which are not sent yet."""
        return self.updates[self.sent:self.sent + count]

    def take(self, count, replacing=False):
        """The next updates, which are sent now, as (prefix, number of the next hop or 0). If they are
        to be `replacing` ones, only those of them that change a route: no prefix comes or goes."""
        taken = self.upcoming(count)
        self.sent += len(taken)
        if replacing:
            taken = [(text, hop) for text, hop in taken if hop and text in self.table]
        if not taken:
            raise Failed("there are no more updates")
        self.send(taken)
        return taken

    def send(self, updates):
        """Notes that these are sent."""
        for text, hop in updates:
            if hop:
                self.table[text] = hop
            else:
                self.table.pop(text, None)

    @staticmethod
    def write(path, routes):
        """Some of them for the speaker, a line each."""
        with path.open("w") as out:
            out.writelines(f"{text} {hop}\n" for text, hop in routes)
        return path

    def differing(self, found):
        """Where other routes than these were found, in words, as far as they are few; empty if they
        are the same."""
        if found == self.table:
            return ""
        texts = [text for text in found.keys() | self.table.keys()
                 if found.get(text) != self.table.get(text)]
        shown = (f"{text}: {found.get(text, 'no route')} instead of {self.table.get(text, 'none')}"
                 for text in sorted(texts)[:3])
        return f"{len(texts)} routes, of which {'; '.join(shown)}"


def synthetic(prefixes, count):
    """Updates with the proportions of a real day, the same for the same prefixes."""
    chance = random.Random(4271)
    busy = chance.sample(prefixes, max(1, int(len(prefixes) * BUSY)))
    gone, lines = [], []
    for _ in range(count):
        draw = chance.random()
        if draw < WITHDRAWN:
            text = chance.choice(prefixes)
            gone.append(text)
            lines.append(f"W {text}")
        elif draw < 2 * WITHDRAWN and gone:
            lines.append(f"A {gone.pop(chance.randrange(len(gone)))}")
        else:
            among = busy if chance.random() < BUSY_SHARE else prefixes
            lines.append(f"A {chance.choice(among)}")
    return lines
