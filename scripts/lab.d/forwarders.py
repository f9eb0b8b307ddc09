"""Who moves the packets: the kernel, which shows that the check itself is right, or `rtalloc
forward` by each of its ways to receive and send.

The latter follows the kernel's routes by a mirror of its own. It answers for the forwarder's
addresses on the links between source and sink, as the kernel, which does not forward meanwhile,
does too where packets come to both.
"""

import json
import os
import sys

import isolation
from daemons import Program, wait_for
from nodes import HOPS
from outcome import Failed, Skipped, is_refusal

LINKS = ("source", *(f"hop{number}" for number in range(1, HOPS + 1)))
# Seconds in which interfaces appear, after a whole table.
APPEARING = 60


class Kernel:
    name = "kernel"
    # How the sink's links are called, but for their number.
    links = "hop"

    def __init__(self, lab):
        self.net = lab.net

    def __enter__(self):
        self.net.forward(True)
        return self

    def __exit__(self, *_):
        self.net.forward(False)

    def check(self):
        pass

    def forwarded(self):
        """How many packets it says that it has forwarded, if it says so."""
        return None


class Forward:
    """`rtalloc forward` with ports of one kind."""

    links = "hop"

    def __init__(self, lab):
        self.net, self.log = lab.net, lab.folder / f"forward-{self.name}.log"
        self.words = [lab.rtalloc, "forward", "--mirror", "--json"]
        shown = json.loads(self.net.forwarder.run("ip", "-json", "addr", "show"))
        self.numbers = {link["ifname"]: link["ifindex"] for link in shown}
        for link in shown:
            if link["ifname"] not in LINKS:
                continue
            self.words += ("--port", self.port(link["ifname"]))
            for address in link["addr_info"]:
                own = f"{link['ifname']}={address['local']}/{address['prefixlen']}"
                if address["scope"] == "global":
                    self.words += ("--address", own)

    def port(self, link):
        return f"{link}={self.name}:{link}"

    def __enter__(self):
        self.program = Program(self.net.forwarder, self.log, *self.words)
        try:
            self.prepare()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def prepare(self):
        """What there is to do before packets come."""

    def __exit__(self, kind, *_):
        """Ends it. That it ends badly is a fault, unless there is one already."""
        if kind is None:
            self.program.stop(20)
        else:
            self.program.kill()

    def check(self):
        self.program.check()

    def forwarded(self):
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return json.loads(lines[-1])["forwarded"] if lines else 0


class Packet(Forward):
    name = "packet"


class Xdp(Forward):
    name = "xdp"

    def check(self):
        """In a user namespace it may end, whenever it asks for more than there is."""
        try:
            super().check()
        except Failed as why:
            if isolation.OWN_USERS in os.environ and is_refusal(why):
                raise Skipped(f"AF_XDP takes more than a user namespace gives: {why}") from None
            raise


class Tun(Forward):
    """Its interfaces are moved to the source and the sink. They have no addresses there, and need
    none; next hops name them by the numbers of the links whose place they take."""

    name = "tun"
    links = "t-hop"

    def port(self, link):
        return f"{link}@{self.numbers[link]}=tun:t-{link}"

    def prepare(self):
        made = [f"t-{link}" for link in LINKS]
        try:
            wait_for("TUN interfaces", lambda: self.check() or self.are_there(made), APPEARING)
        except Failed:
            if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
                raise Skipped("there is no /dev/net/tun for this user") from None
            raise
        for name in made:
            node = self.net.source if name == "t-source" else self.net.sink
            end = f"/proc/self/fd/{node.descriptor}"
            self.net.forwarder.run(
                "ip", "link", "set", name, "netns", end, pass_fds=(node.descriptor,)
            )
            node.run("ip", "link", "set", name, "up")
        self.route("replace", "dev", "t-source")

    def __exit__(self, *how):
        try:
            self.route("replace", "via")
        finally:
            super().__exit__(*how)

    def route(self, verb, *way):
        """Lets the source's packets leave by the interface, or by the link again."""
        for family, gateway in (("-4", "10.1.0.1"), ("-6", "2001:db8:1::1")):
            to = way if way[0] == "dev" else ("via", gateway)
            self.net.source.run("ip", family, "route", verb, "default", *to)

    def are_there(self, names):
        shown = json.loads(self.net.forwarder.run("ip", "-json", "link", "show"))
        return set(names) <= {link["ifname"] for link in shown}


ALL = (Kernel, Packet, Tun, Xdp)
