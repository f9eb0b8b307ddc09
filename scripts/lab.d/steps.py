"""What the lab does: tables learned in several ways, changed, lost, checked, and taken back."""

import time

import traffic
from daemons import BIRD_FORWARDER, FPM_PORT, Bird, Frr
from feed import Feed
from follower import Follower
from nodes import Net
from outcome import Failed, Skipped, say

# A receive buffer that no burst fits in; the kernel makes a little more of it.
TINY = 4096
# How old the addresses that the followers' readers look up may be, and a little more.
MEMORY = 2.5


class Lab:
    """The nodes, the peer with its table, and how patient one is."""

    def __init__(self, folder, rtalloc, routes, plan, report):
        self.folder, self.rtalloc, self.plan, self.report = folder, rtalloc, plan, report
        try:
            self.net = Net()
        except (Failed, OSError) as why:
            raise Skipped(f"this kernel does not allow the network of the lab: {why}") from None
        self.routes = routes
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
        """Starts what teaches the forwarder, and waits until the follower has everything."""
        say(f"{name}: learning the table")
        follower.rest(self.plan.quiet)
        begun = time.monotonic()
        started = start()
        line = self.settled(follower)
        self.row(name, "load", follower, line.when - begun, line["updates"] + line["dumped"])
        return started

    def churn(self, name, follower, step="churn", meanwhile=None):
        """Changes the peer's table, and waits until the follower has taken that."""
        say(f"{name}: {step}")
        before = follower.last
        sent = self.feed.churn(self.plan.updates, self.plan.rate, meanwhile)
        line = self.caught_up(follower)
        followed = follower.last["updates"] - before["updates"]
        self.row(name, step, follower, line.when - sent["began"], followed, sent=sent["sent"])

    def caught_up(self, follower):
        """Waits until the follower has everything that the speaker has sent. Returns the line since
        which it has.

        That nothing changes any more may mean that somebody between them thinks. So routes that
        were never there are sent after the others, and they have to come through. If others come
        with them it was so, and the time counts until then.
        """
        line = self.settled(follower)
        marks = self.feed.mark()
        marked = self.settled(follower)
        alone = marked["updates"] - line["updates"] <= 2 * marks
        return line if alone else marked

    def verified(self, name, follower):
        """Waits until the mirror has been compared with the kernel for a while at rest."""
        enough = follower.last["verified"]["compared"] + self.plan.compared
        follower.wait(
            f"{enough} answers compared",
            lambda line: line["verified"]["compared"] >= enough or line["verified"]["wrong"],
            self.plan.patience,
        )
        wrong = follower.last["verified"]["wrong"]
        if wrong:
            raise Failed(f"{name}: {wrong} answers are not the kernel's: {follower.told()}")

    def row(self, name, step, follower, seconds, updates, **others):
        last = follower.last
        if last["malformed"] or last["bad_frames"] or last["refused"]:
            raise Failed(f"{name}: {last.said}")
        readers, verified = last["readers"] or {}, last.said.get("verified") or {}
        self.report.add(
            name, step, routes=sum(self.routes.counts()), seconds=seconds, updates=updates,
            resyncs=last["resyncs"], overruns=last["overruns"], swept=last["swept"],
            generation=last.generation, compared=verified.get("compared"),
            late=verified.get("late"), wrong=verified.get("wrong"),
            lookups=readers.get("lookups"), missed=readers.get("missed"),
            p99_9_ns=readers.get("burst", {}).get("p99.9_ns"), **others,
        )

    def withdraw(self, name, follower, daemon):
        say(f"{name}: taking the table back")
        before, begun = follower.last, time.monotonic()
        daemon.stop()
        line = self.settled(follower, nothing=True)
        followed = follower.last["updates"] - before["updates"]
        self.report.add(
            name, "withdraw", routes=0, seconds=line.when - begun, updates=followed,
            resyncs=line["resyncs"], overruns=line["overruns"], generation=line.generation,
        )


def bird(lab, wanted):
    """BIRD to BIRD to the kernel to the mirror; then losses, and packets."""
    follower = lab.follow("mirror", "--verify", "--readers", 1)
    daemon = lab.load("bird", follower, lambda: Bird(
        lab.net.forwarder, lab.folder, "forwarder", BIRD_FORWARDER
    ))
    if "bird" in wanted:
        lab.churn("bird", follower)
        lab.verified("bird", follower)
    bare = follower.bare
    if "losses" in wanted:
        follower.stop()
        losses(lab, bare)
        follower = lab.follow("mirror", "--verify", "--readers", 1)
        follower.bare = bare
    if "traffic" in wanted:
        traffic.run(lab, follower)
    lab.withdraw("bird", follower, daemon)
    follower.stop()


def losses(lab, bare):
    """A mirror whose buffer is too small, and that is stopped while its routes change."""
    follower = lab.follow("mirror", "--verify", "--buffer", TINY)
    follower.bare = bare
    follower.pause()
    lab.churn("bird", follower, "losses", meanwhile=follower.resume)
    lab.verified("losses", follower)
    if not follower.last["overruns"]:
        raise Failed(f"losses: nothing was lost: {follower.last.said}")
    follower.stop()


def frr(lab, _):
    """BIRD to FRR to the kernel to the mirror."""
    follower = lab.follow("mirror", "--verify", "--readers", 1)
    daemon = Frr(lab.net.forwarder, lab.folder, fpm=False)
    lab.load("frr", follower, daemon.learn)
    lab.churn("frr", follower)
    lab.verified("frr", follower)
    lab.withdraw("frr", follower, daemon)
    follower.stop()


def fpm(lab, _):
    """BIRD to FRR to the listener; then the connection is cut, at rest and while routes change."""
    listen = f"127.0.0.1:{FPM_PORT}"
    follower = lab.follow("fpm", "--listen", listen, "--readers", 1)
    daemon = Frr(lab.net.forwarder, lab.folder, fpm=True)
    # It tells the routes to its own links first.
    follower.wait(
        "the daemon connects", lambda line: line["connected"] and min(line.routes) > 0, 30
    )
    lab.load("fpm", follower, daemon.learn)
    lab.churn("fpm", follower)
    reconnect(lab, follower, daemon)
    lab.churn("fpm", follower, "reconnect in churn", meanwhile=daemon.reconnect_fpm)
    again(lab, follower, 2)
    daemon.stop()
    follower.stop()


def again(lab, follower, disconnects):
    """Waits until the daemon has connected again, and repeated everything."""
    follower.wait(
        "the daemon connects again and repeats its routes",
        lambda line: line["disconnects"] >= disconnects and line["connected"]
        and not line["unconfirmed"],
        lab.plan.patience,
    )
    return lab.settled(follower)


def reconnect(lab, follower, daemon):
    """While the connection is cut and everything comes again, no reader may miss a route."""
    say("fpm: reconnecting")
    # What was withdrawn before is not looked up any more.
    time.sleep(MEMORY)
    before, begun = follower.last, time.monotonic()
    daemon.reconnect_fpm()
    line = again(lab, follower, 1)
    lab.row("fpm", "reconnect", follower, line.when - begun,
            follower.last["updates"] - before["updates"])
    missed = follower.last["readers"]["missed"] - before["readers"]["missed"]
    least = min((sum(line.routes) for line in follower.since(begun)), default=sum(before.routes))
    if missed or least < sum(before.routes):
        raise Failed(f"fpm: a hole after reconnecting: {missed} lookups missed their route, "
                     f"{sum(before.routes) - least} of {sum(before.routes)} routes were gone")


# By the names that --only takes: what to run, together with others of the same function.
STEPS = {"bird": bird, "losses": bird, "traffic": bird, "frr": frr, "fpm": fpm}


def run(lab, wanted):
    lab.load_peer()
    for step in dict.fromkeys(STEPS[name] for name in STEPS if name in wanted):
        step(lab, wanted)
