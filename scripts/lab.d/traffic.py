"""Packets through a forwarder while its routes change, and whether each took the right way.

The source sends small UDP packets to addresses in the peer's table, and the sink notes by which of
its links each came, which is the next hop that it took. What is right is known beforehand, from the
updates and from when the speaker sent them: for each prefix that covers an address there is a list
of what it said when. An update counts as in force, perhaps, from the moment when it is sent, and
its predecessor, perhaps, until twice as much later as the last update took to reach the follower's
table.
A packet has to take the next hop that the longest prefix has had within that time; where that
prefix may have been gone, that of the next one counts too, and where all may have been gone the
packet may be lost. For most packets that leaves exactly one way. A packet that comes twice is wrong,
and each of its copies has to have come the right way. What the sink's own sockets had no room for
would look like a forwarder's loss, so one that drops anything makes the whole piece void.

When all is at rest again, one more round of packets is held against the kernel's own answers.
"""

import array
import bisect
import ipaddress
import math
import random
import re
import selectors
import socket
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

import forwarders
from daemons import wait_for
from follower import FAMILIES, largest_lag
from nodes import HOPS
from outcome import Failed, Skipped, say

# The payload: a mark, and the packet's number.
MARK = 0x7274_616C
PAYLOAD = struct.Struct("!IQ")
PORT = 9
NOTE = struct.Struct("=QBQ")
# ETH_P_ALL: packets of every protocol.
ALL = 3
# What a socket of the sink may hold, in bytes, also where the administrator allows less; and how it
# tells what it has dropped: packets and, of them, drops, since it was asked last.
ROOM, SO_RCVBUFFORCE = 1 << 25, 33
SOL_PACKET, PACKET_STATISTICS, STATISTICS = 263, 6, struct.Struct("II")
# So many packets have to have come before they are judged: then neighbours are known.
WARM = 64
# Seconds at rest after the last packet, in which a forwarder says what it has counted, and slack for
# clocks and scheduling.
REST, SLACK = 2.0, 0.5


def send(addresses, times, rate):
    """Sends to each address in turn until standard input ends; writes when each packet was sent."""
    targets = [(line, ":" in line) for line in Path(addresses).read_text().split()]
    sockets = {}
    for family, v6 in ((socket.AF_INET, False), (socket.AF_INET6, True)):
        sockets[v6] = socket.socket(family, socket.SOCK_DGRAM)
    sent, rate = array.array("Q"), float(rate)
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    print("sending", flush=True)
    began = time.monotonic()
    while not waiting.select(0.001):
        due = int((time.monotonic() - began) * rate)
        while len(sent) < due:
            number = len(sent)
            address, v6 = targets[number % len(targets)]
            sent.append(time.monotonic_ns())
            try:
                sockets[v6].sendto(PAYLOAD.pack(MARK, number), (address, PORT))
            except OSError:
                # What an earlier packet met with, such as an ICMP error. It is not this one's.
                sockets[v6].sendto(PAYLOAD.pack(MARK, number), (address, PORT))
    Path(times).write_bytes(sent.tobytes())
    print("sent", flush=True)


def number_of(packet):
    """The number in a packet that the source sent, or None."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 40 and packet[9] == socket.IPPROTO_UDP:
        payload = packet[(packet[0] & 15) * 4 + 8:]
    elif version == 6 and len(packet) >= 60 and packet[6] == socket.IPPROTO_UDP:
        payload = packet[48:]
    else:
        return None
    if len(payload) < PAYLOAD.size:
        return None
    mark, number = PAYLOAD.unpack_from(payload)
    return number if mark == MARK else None


def sink(interface):
    """A socket for everything that comes by an interface. It receives nothing before it is bound."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    # In a user namespace some kernels do not let it.
    with suppress(PermissionError):
        link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    link.bind((interface, ALL))
    link.setblocking(False)
    return link


def dropped(link):
    """How many packets the socket had no room for."""
    found = link.getsockopt(SOL_PACKET, PACKET_STATISTICS, STATISTICS.size)
    return STATISTICS.unpack(found)[1]


def receive(notes, prefix):
    """Notes every packet that comes by one of the links until standard input ends; then says how many
    more there were."""
    waiting = selectors.DefaultSelector()
    links = [sink(f"{prefix}{hop}") for hop in range(1, HOPS + 1)]
    for hop, link in enumerate(links, 1):
        waiting.register(link, selectors.EVENT_READ, hop)
    waiting.register(sys.stdin, selectors.EVENT_READ, None)
    print("receiving", flush=True)
    with open(notes, "wb") as out:
        while True:
            for key, _ in waiting.select():
                if key.data is None:
                    print(sum(map(dropped, links)), flush=True)
                    return
                for _ in range(256):
                    try:
                        packet, (_, _, kind, *_) = key.fileobj.recvfrom(256)
                    except BlockingIOError:
                        break
                    number = number_of(packet)
                    if number is not None and kind != socket.PACKET_OUTGOING:
                        out.write(NOTE.pack(number, key.data, time.monotonic_ns()))
                out.flush()


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


def choose(table, upcoming, count):
    """Addresses to send to, half of them in prefixes that are going to change."""
    chance = random.Random(4271)
    changing = sorted({text for text, _ in upcoming})
    some = chance.sample(changing, min(count // 2, len(changing)))
    some += chance.sample(sorted(table), min(count - len(some), len(table)))
    addresses = []
    for text in some:
        network = ipaddress.ip_network(text)
        inside = zlib.crc32(text.encode()) % min(network.num_addresses, 1 << 31)
        addresses.append(str(network[inside]))
    return addresses


def kernels_answers(node, addresses):
    """The next hop that the kernel has for each address, 0 for none."""
    answers = {}
    for option in ("-4", "-6"):
        asked = [one for one in addresses if (":" in one) == (option == "-6")]
        lines = "".join(f"route get {address}\n" for address in asked)
        # It says by its status whether all addresses have routes.
        said = node.run("ip", option, "-force", "-batch", "-", input=lines, check=False)
        for address, hop in re.findall(r"^(\S+) .*\bdev hop(\d+)\b", said, re.MULTILINE):
            answers[ipaddress.ip_address(address)] = int(hop)
    return [answers.get(ipaddress.ip_address(address), 0) for address in addresses]


class Worker:
    """The sender or the receiver, at its node."""

    def __init__(self, node, log, *words):
        self.log = log
        with log.open("w") as out:
            self.process = node.start(
                sys.executable, __file__, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=out, text=True,
            )
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"traffic: {self.log.read_text().strip()[-400:]}")
        return line.strip()

    def stop(self):
        """Ends it. Returns the last that it says."""
        self.process.stdin.close()
        last = self.answer()
        status = self.process.wait()
        if status:
            raise Failed(f"traffic: {status}: {self.log.read_text().strip()[-400:]}")
        return last


def run(lab, follower):
    for forwarder in forwarders.ALL:
        try:
            with forwarder(lab) as at_work:
                through(lab, follower, at_work)
        except Skipped as why:
            say(f"traffic: not through {forwarder.name}: {why}")
            lab.report.skip("traffic", forwarder.name, str(why))


def through(lab, follower, forwarder):
    """Packets through one forwarder during one piece of churn."""
    name = forwarder.name
    plan, routes, folder = lab.plan, lab.routes, lab.folder
    say(f"traffic: through {name} during churn")
    table, piece = dict(routes.table), routes.take(plan.updates)
    addresses = choose(table, piece, plan.addresses)
    targets, sent_at, notes = (folder / word for word in ("targets", "sent", "notes"))
    targets.write_text("\n".join(addresses))
    links = forwarder.links
    receiver = Worker(lab.net.sink, folder / "receiver.log", "receive", notes, links)
    rate = plan.packets
    sender = Worker(lab.net.source, folder / "sender.log", "send", targets, sent_at, rate)
    wait_for(
        f"packets through {name}",
        lambda: forwarder.check() or notes.stat().st_size >= WARM * NOTE.size, plan.patience,
    )
    time.sleep(SLACK)
    judged = time.monotonic_ns()
    before = follower.last
    # Slow enough that there are packets during it.
    pace = plan.rate or len(piece) / plan.seconds
    sent = lab.feed.churn(piece, pace)
    line = lab.caught_up("traffic", follower)
    at_rest = time.monotonic_ns()
    time.sleep(len(addresses) / rate + SLACK)
    sender.stop()
    time.sleep(REST)
    drops = int(receiver.stop())
    answers = kernels_answers(lab.net.forwarder, addresses)

    times = lab.feed.times()
    # The forwarder's table may be slower than the follower's.
    largest = largest_lag([before, *follower.since(before.when)], times)
    lag = 2 * largest + SLACK
    changes = [(*update, int(when * 1e9)) for update, when in zip(piece, times, strict=True)]
    history = History(addresses, table, changes)
    families = judge(history, sent_at.read_bytes(), notes.read_bytes(), lag, judged, at_rest, answers)
    verdict = {key: sum(family[key] for family in families.values()) for key in COUNTED}
    verdict["packets_forwarded"] = counted = forwarder.forwarded()
    lab.row("traffic", name, follower, before, sent["began"], line, sent=len(piece), rate=pace,
            lag_seconds=largest, packets_of_families=families, sink_drops=drops, **verdict)
    if drops:
        raise Failed(f"traffic through {name}: void, as the sink itself has dropped {drops} packets;"
                     f" give it more of the machine, or send fewer: {verdict}")
    if any(verdict[key] for key in WRONG):
        raise Failed(f"traffic through {name}: {verdict}")
    if (math.inf if counted is None else counted) < verdict["packets_received"]:
        raise Failed(f"traffic: {name} has not forwarded what came: {verdict}")
    lab.verified("traffic", follower)


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


if __name__ == "__main__":
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
