"""What the lab does: tables learned in several ways, changed, lost, checked, and taken back."""

import json
import subprocess
import time

import traffic
from daemons import BIRD_FORWARDER, FPM_PORT, Bird, Frr, wait_for
from outcome import Failed, say

# A receive buffer that no burst fits in; the kernel makes a little more of it.
TINY = 4096
# How old the addresses that the followers' readers look up may be, and a little more.
MEMORY = 2.5
# Seconds in which something has to happen that is bound to.
SOON = 30


def measure(lab, _):
    """What the table costs a packet, in memory alone, with nothing else going on."""
    say("measure: what a lookup costs a packet")
    path = lab.routes.write(lab.folder / "measured.txt", lab.routes.table.items())
    words = [lab.rtalloc, "forward", "--measure", "--json", "--routes", path]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"measure: {done.stderr.strip()}")
    for family in json.loads(done.stdout)["families"]:
        name = {"IPv4": "v4", "IPv6": "v6"}[family["family"]]
        whole, constant, lookups = (
            family[key] for key in ("with_lookups", "with_constant", "lookups")
        )
        lab.report.add(
            "memory", f"measure {name}", family=name, routes=family["routes"],
            packet_ns=whole[1], packet_constant_ns=constant[1], packet_lookup_ns=lookups[1],
            quartiles={"packet_ns": whole, "packet_constant_ns": constant, "packet_lookup_ns": lookups},
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
    lab.withdraw("bird", follower, daemon.stop)
    follower.stop()


def losses(lab, bare):
    """A mirror whose buffer is too small, and that is stopped while its routes change, until the
    kernel has dropped something."""
    others = lab.net.listeners()
    follower = lab.follow("mirror", "--verify", "--buffer", TINY)
    follower.bare = bare

    def dropped():
        return sum(count for inode, count in lab.net.listeners().items() if inode not in others)

    def lose():
        wait_for("the kernel drops notifications of a reader that stands still", dropped, SOON)
        follower.resume()

    before = follower.last
    follower.pause()
    lab.churn("bird", follower, "losses", meanwhile=lose)
    lab.verified("losses", follower)
    last = follower.last
    forced = last["overruns"] - before["overruns"]
    if not forced or not last["settled"]:
        raise Failed(f"losses: {forced} were seen, settled: {last['settled']}: {last.said}")
    lab.report.amend(losses_forced=forced, losses_recovered=forced, notifications_dropped=dropped())
    follower.stop()


def frr(lab, _):
    """BIRD to FRR to the kernel to the mirror."""
    follower = lab.follow("mirror", "--verify", "--readers", 1)
    daemon = Frr(lab.net.forwarder, lab.folder, lab.programs, fpm=False)
    lab.load("frr", follower, daemon.learn)
    lab.churn("frr", follower)
    lab.verified("frr", follower)
    lab.withdraw("frr", follower, daemon.stop)
    follower.stop()


def fpm(lab, _):
    """BIRD to FRR to the listener; then the connection is cut, at rest and while routes change."""
    listen = f"127.0.0.1:{FPM_PORT}"
    follower = lab.follow("fpm", "--listen", listen, "--readers", 1)
    daemon = Frr(lab.net.forwarder, lab.folder, lab.programs, fpm=True)
    # It tells the routes to its own links first.
    follower.wait(
        "the daemon connects", lambda line: line["connected"] and min(line.routes) > 0, SOON
    )
    lab.load("fpm", follower, daemon.learn)
    lab.churn("fpm", follower)
    reconnect(lab, follower, daemon)
    reconnect_in_churn(lab, follower, daemon)
    # bgpd takes them back; without zebra they would stay, as nobody could tell that they are gone.
    lab.withdraw("fpm", follower, daemon.forget)
    daemon.stop()
    follower.stop()


def repeated(lab, follower, disconnects):
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
    line = repeated(lab, follower, before["disconnects"] + 1)
    lab.row("fpm", "reconnect", follower, before, begun, line)
    without_hole("reconnect", follower, before)


def reconnect_in_churn(lab, follower, daemon):
    """The same while routes change. None of them comes or goes, so that none may be missed."""
    say("fpm: reconnecting during churn")
    time.sleep(MEMORY)
    before, piece = follower.last, lab.routes.take(lab.plan.updates, replacing=True)

    def in_the_midst():
        enough = before["updates"] + 1
        follower.wait("changes come", lambda line: line["updates"] >= enough, SOON)
        daemon.reconnect_fpm()

    rate = len(piece) / lab.plan.seconds
    sent = lab.feed.churn(piece, rate, in_the_midst)
    repeated(lab, follower, before["disconnects"] + 1)
    line = lab.caught_up("fpm", follower)
    lab.row("fpm", "reconnect in churn", follower, before, sent["began"], line, sent=len(piece),
            rate=rate)
    without_hole("reconnect in churn", follower, before)


def without_hole(step, follower, before):
    """That since a line no lookup has missed its route, and that at no time there were fewer."""
    follower.check()
    missed = follower.last["readers"]["missed"] - before["readers"]["missed"]
    there = sum(before.routes)
    least = min((sum(line.routes) for line in follower.since(before.when)), default=there)
    if missed or least < there:
        raise Failed(f"fpm: a hole in {step}: {missed} lookups missed their route, "
                     f"{there - least} of {there} routes were gone")


# By the names that --only takes: what to run, together with others of the same function.
STEPS = {"measure": measure, "bird": bird, "losses": bird, "traffic": bird, "frr": frr, "fpm": fpm}


def run(lab, wanted):
    chosen = list(dict.fromkeys(STEPS[name] for name in STEPS if name in wanted))
    if measure in chosen:
        measure(lab, wanted)
        chosen.remove(measure)
    if chosen:
        lab.load_peer()
    for step in chosen:
        step(lab, wanted)
