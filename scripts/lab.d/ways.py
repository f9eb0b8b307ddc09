"""Which way a packet may take while routes change, and what became of each.

What is right is known beforehand, from the updates and from when the speaker sent them: for each
prefix that covers an address there is a list of what it said when. An update counts as in force,
perhaps, from the moment when it is sent, and its predecessor, perhaps, for so much longer as updates
may take. A packet has to take the next hop that the longest prefix has had within that time; where
that prefix may have been gone, that of the next one counts too, and where all may have been gone the
packet may be lost. For most packets that leaves exactly one way. A packet that comes twice is wrong,
and each of its copies has to have come the right way.
"""

import array
import bisect
import ipaddress
import socket
from collections import Counter, defaultdict

from follower import FAMILIES
from nodes import HOPS
from packets import NOTE

# What is counted of packets, and of that, what must not be.
WRONG = ("packets_lost", "packets_misrouted", "packets_twice")
COUNTED = ("packets_sent", "packets_received", "packets_one_way", "packets_against_kernel", *WRONG)


class History:
    """What the prefixes over each address have said, and when."""

    def __init__(self, addresses, table, changes):
        """`changes` are (prefix, next hop or 0, when)."""
        self.addresses = addresses
        over, self.said = {}, []
        for place, address in enumerate(addresses):
            packed = ipaddress.ip_address(address)
            width = packed.max_prefixlen
            for length in range(width + 1):
                shift = width - length
                over.setdefault((width, int(packed) >> shift << shift, length), []).append(place)
            self.said.append({})
        for text, hop in table.items():
            self.note(over, text, hop, 0)
        for text, hop, when in changes:
            self.note(over, text, hop, when)

    def note(self, over, text, hop, when):
        address, _, length = text.partition("/")
        v6 = ":" in address
        packed = socket.inet_pton(socket.AF_INET6 if v6 else socket.AF_INET, address)
        key = (len(packed) * 8, int.from_bytes(packed, "big"), int(length))
        for place in over.get(key, ()):
            self.said[place].setdefault(int(length), [(0, 0)] if when else []).append((when, hop))

    def allowed(self, place, since, until):
        """The next hops that a packet may have taken from `since` to `until`; 0 for none."""
        hops = set()
        for length in sorted(self.said[place], reverse=True):
            said = self.said[place][length]
            first = bisect.bisect_right(said, (since, HOPS + 1)) - 1
            last = bisect.bisect_right(said, (until, HOPS + 1))
            here = {hop for _, hop in said[max(first, 0):last]}
            hops |= here - {0}
            if 0 not in here:
                return hops
        return hops | {0}


def judge(history, sent_at, notes, lag, judged, at_rest, answers):
    """What became of the packets of either family that were sent from a time on."""
    sent, came = array.array("Q", sent_at), defaultdict(list)
    for number, hop, when in NOTE.iter_unpack(notes[: len(notes) // NOTE.size * NOTE.size]):
        came[number].append((hop, when))
    slack = int(lag * 1e9)
    counts = {family: Counter(dict.fromkeys(COUNTED, 0)) for family in FAMILIES}
    for number in range(bisect.bisect_left(sent, judged), len(sent)):
        place = number % len(history.addresses)
        count = counts["v6" if ":" in history.addresses[place] else "v4"]
        copies = came.get(number, [])
        count["packets_sent"] += 1
        count["packets_received"] += bool(copies)
        count["packets_twice"] += len(copies) > 1
        count["packets_against_kernel"] += sent[number] >= at_rest
        # What did not come may have had no route for as long.
        ways = [
            (hop, {answers[place]} if sent[number] >= at_rest
             else history.allowed(place, sent[number] - slack, when))
            for hop, when in copies or [(0, sent[number] + slack)]
        ]
        count["packets_one_way"] += all(len(allowed) == 1 for _, allowed in ways)
        wrong = [hop for hop, allowed in ways if hop not in allowed]
        count["packets_lost"] += 0 in wrong
        count["packets_misrouted"] += any(wrong)
    return {family: dict(count) for family, count in counts.items()}
