"""Packets through a forwarder while its routes change, and whether each took the right way.

The source sends small UDP packets to addresses in the peer's table, and the sink notes by which of
its links each came, which is the next hop that it took. `ways.py` says which are right. What the
sink's own sockets had no room for would look like a forwarder's loss, so one that drops anything
makes the whole piece void.

When all is at rest again, one more round of packets is held against the kernel's own answers.
"""

import ipaddress
import math
import random
import re
import subprocess
import sys
import time
import zlib
from pathlib import Path

import forwarders
from daemons import wait_for
from follower import largest_lag
from nodes import HOPS
from outcome import Failed, Skipped, say
from packets import NOTE
from ways import COUNTED, WRONG, History, judge

PACKETS = Path(__file__).with_name("packets.py")
# So many packets have to have come before they are judged: then neighbours are known.
WARM = 64
# Routes that are turned before that, and an address in each: when packets go the new way the
# forwarder's own mirror follows, and does not dump. No real table has them.
MARKS = {"198.18.0.0/24": "198.18.0.1", "2001:2:0:1::/64": "2001:2:0:1::1"}
# Seconds at rest after the last packet, in which a forwarder says what it has counted, and slack for
# clocks and scheduling.
REST, SLACK = 2.0, 0.5


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
                sys.executable, PACKETS, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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


def turned(notes, addresses, turn):
    """Whether packets to the marks have come by their next hops."""
    data = notes.read_bytes()
    came = {(number % len(addresses), hop)
            for number, hop, _ in NOTE.iter_unpack(data[: len(data) // NOTE.size * NOTE.size])}
    return all((addresses.index(MARKS[text]), hop) in came for text, hop in turn)


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
    some = choose(routes.table, routes.upcoming(plan.updates), plan.addresses)
    addresses = [*MARKS.values(), *some]
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
    # Interfaces that came or went, as those of TUN do, make mirrors dump everything.
    turn = [(text, routes.table.get(text, 0) % HOPS + 1) for text in MARKS]
    routes.send(turn)
    lab.feed.churn(turn, None)
    wait_for(
        f"{name} follows", lambda: forwarder.check() or turned(notes, addresses, turn), plan.patience,
    )
    follower.wait("it is settled", lambda line: line["settled"], plan.patience)
    lab.settled(follower)
    time.sleep(SLACK)
    judged = time.monotonic_ns()
    before = follower.last
    # Not earlier: a forwarder may turn out not to work here.
    table, piece = dict(routes.table), routes.take(plan.updates)
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
    # The forwarder's table may be slower than the follower's: updates may take twice as long as any
    # did there.
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
