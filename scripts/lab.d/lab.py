"""The lab as its steps use it: the nodes, the peer with its table, and how patient one is."""

import time

from feed import Feed
from follower import FAMILIES, Follower, moved
from nodes import network
from outcome import Failed, say

# Seconds for which a kernel may have other routes than were sent while nothing changes: so long may
# a daemon think.
THOUGHT = 30


class Lab:
    def __init__(self, folder, rtalloc, programs, routes, plan, report):
        self.folder, self.rtalloc, self.programs = folder, rtalloc, programs
        self.routes, self.plan, self.report = routes, plan, report
        self.net = network()
        self.feed = Feed(self.net, folder, routes, plan.patience)
        self.logs = 0

    def load_peer(self):
        seconds = self.feed.load()
        self.report.add("peer", "load", routes=sum(self.routes.counts()), seconds=seconds)

    def follow(self, *words):
        self.logs += 1
        log = self.folder / f"rtalloc-{self.logs}.log"
        return Follower(self.net.forwarder, self.rtalloc, log, *words)

    def settled(self, follower, nothing=False):
        """Waits until the follower has the peer's table, or nothing of it."""
        wanted = (0, 0) if nothing else self.routes.counts()
        return follower.settle(wanted, self.plan.quiet, self.plan.patience)

    def load(self, name, follower, start):
        """Starts what teaches the forwarder, and waits until the follower has everything.

        The time counts from the last moment at which nothing had come: how long a daemon takes to
        start, and the two to meet, is told beside it.
        """
        say(f"{name}: learning the table")
        follower.rest(self.plan.quiet)
        before, begun = follower.last, time.monotonic()
        started = start()
        line = self.caught_up(name, follower)
        first = max(follower.since(begun)[0].since, begun)
        self.row(name, "load", follower, before, first, line, started=first - begun)
        return started

    def churn(self, name, follower, step="churn", meanwhile=None):
        """Changes the peer's table, doing something else in the midst of it, and waits until the
        follower has taken that."""
        say(f"{name}: {step}")
        before, piece = follower.last, self.routes.take(self.plan.updates)
        sent = self.feed.churn(piece, self.plan.rate, meanwhile)
        line = self.caught_up(name, follower)
        self.row(name, step, follower, before, sent["began"], line, sent=len(piece),
                 rate=self.plan.rate)

    def caught_up(self, name, follower):
        """Waits until the follower has as many routes as the peer and the kernel exactly those of the
        peer. Returns the line since which the follower has not changed.

        That nothing changes any more may mean that somebody between them thinks; what the kernel has
        tells.
        """
        while True:
            line = self.settled(follower)
            differing = self.routes.differing(self.net.routes())
            if not differing:
                return self.settled(follower)
            if follower.last.when - line.when > THOUGHT:
                raise Failed(f"{name}: the kernel has other routes than were sent: {differing}")
            time.sleep(self.plan.quiet)

    def verified(self, name, follower):
        """Waits until the mirror has been compared with the kernel for a while at rest."""
        enough = follower.last["verified"]["compared"] + self.plan.compared
        follower.wait(
            f"{name}: {enough} answers compared",
            lambda line: line["verified"]["compared"] >= enough or line.wrong,
            self.plan.patience,
        )
        follower.check()

    def row(self, name, step, follower, before, begun, line, **others):
        """Reports what was followed from a time on, after a line and up to another one."""
        follower.check()
        last = follower.last
        readers, verified = last["readers"] or {}, last.said.get("verified") or {}
        others.setdefault("routes", sum(self.routes.counts()))
        moves = moved([before, *follower.since(before.when)])
        self.report.add(
            name, step, seconds=line.when - begun,
            updates=line["updates"] - before["updates"], dumped=line["dumped"] - before["dumped"],
            of_families={
                family: {"routes": line.routes[place] - follower.bare[place],
                         "seconds": moves[family] and max(moves[family] - begun, 0)}
                for place, family in enumerate(FAMILIES)
            },
            resyncs=last["resyncs"] - before["resyncs"],
            overruns=last["overruns"] - before["overruns"], swept=last["swept"] - before["swept"],
            generation=last.generation, compared=verified.get("compared"),
            late=verified.get("late"), wrong=verified.get("wrong"), unclear=verified.get("unclear"),
            lookups=readers.get("lookups"), missed=readers.get("missed"),
            p99_9_ns=readers.get("burst", {}).get("p99.9_ns"), **others,
        )

    def withdraw(self, name, follower, stop):
        """Stops what has taught the forwarder, and waits until the follower has nothing of it."""
        say(f"{name}: taking the table back")
        before, begun = follower.last, time.monotonic()
        stop()
        line = self.settled(follower, nothing=True)
        if before.said.get("verified"):
            self.verified(name, follower)
        left = self.net.routes()
        if left:
            raise Failed(f"{name}: {len(left)} routes are left over, one of them {min(left)}")
        self.row(name, "withdraw", follower, before, begun, line, routes=0)
