"""The lab's nodes: network namespaces with links between them.

    collector - peer - forwarder - source
                           |
                          sink (one link for each next hop)

The collector is where the table and its changes come from. The peer runs BIRD and tells the
forwarder. The source sends packets through the forwarder, and by which of its links the sink gets
them tells which next hop they have taken.
"""

import os
import re
import subprocess
from pathlib import Path

import isolation
from outcome import Failed, Skipped, is_refusal

# Links from the forwarder to the sink, each a next hop for IPv4 and for IPv6.
HOPS = 4

# Of the routes that `ip` shows: the prefix, without its length for a host's, and the next hop. Those
# of the nodes' own links have no gateway.
ROUTE = re.compile(r"^(\S+) (?:nhid \d+ )?via \S+ dev hop(\d+) ", re.MULTILINE)


def hop4(number):
    return f"10.2.{number}.2"


def hop6(number):
    return f"2001:db8:2:{number}::2"


class Node:
    """A network namespace, and how to run programs in it."""

    def __init__(self, name):
        self.name = name
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        isolation.unshare(isolation.NEWNET)
        self.descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            # Addresses are there at once, not after somebody has looked for others that have them.
            for scope in ("all", "default"):
                self.set(f"ipv6/conf/{scope}/accept_dad", 0)
        finally:
            isolation.setns(home)
            os.close(home)
        self.run("ip", "link", "set", "lo", "up")

    @staticmethod
    def set(key, value):
        Path("/proc/sys/net", key).write_text(str(value))

    def command(self, words):
        """A command line that runs here, for a process that has `descriptor`."""
        return ["nsenter", f"--net=/proc/self/fd/{self.descriptor}", "--", *map(str, words)]

    def start(self, *words, **options):
        """Starts a program here."""
        descriptors = (self.descriptor, *options.pop("pass_fds", ()))
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(self.command(words), pass_fds=descriptors, **options)

    def run(self, *words, input=None, pass_fds=(), check=True):
        """Runs a program here to its end, and returns what it has printed. Unless `check` is off, it
        has to say by its status that all went well."""
        done = subprocess.run(
            self.command(words), pass_fds=(self.descriptor, *pass_fds), input=input,
            stdin=None if input is not None else subprocess.DEVNULL,
            capture_output=True, text=True,
        )
        if check and done.returncode:
            raise Failed(f"`{' '.join(map(str, words))}` at {self.name}: {done.stderr.strip()}")
        return done.stdout


def network():
    """The nodes with their links, if the kernel allows that."""
    if not Path("/proc/sys/net/ipv6").exists():
        raise Skipped("this kernel has no IPv6")
    try:
        return Net()
    except (Failed, OSError) as why:
        if is_refusal(why):
            raise Skipped(f"this kernel does not allow the network of the lab: {why}") from None
        raise Failed(f"the network of the lab: {why}") from why


class Net:
    """All nodes and links."""

    def __init__(self):
        for name in ("collector", "peer", "forwarder", "source", "sink"):
            setattr(self, name, Node(name))
        self.link(self.forwarder, self.source, "source", "10.1.0", "2001:db8:1")
        self.link(self.forwarder, self.peer, "peer", "10.3.0", "2001:db8:3")
        self.link(self.peer, self.collector, "collector", "10.4.0", "2001:db8:4")
        for number in range(1, HOPS + 1):
            name, v4, v6 = f"hop{number}", f"10.2.{number}", f"2001:db8:2:{number}"
            self.link(self.forwarder, self.sink, name, v4, v6)
        # Whether that is possible is better known now than in the midst of it.
        self.forward(True)
        self.forward(False)
        routes = "route add default via 10.1.0.1\n"
        self.source.run("ip", "-batch", "-", input=routes)
        self.source.run("ip", "-6", "-batch", "-", input="route add default via 2001:db8:1::1\n")

    @staticmethod
    def link(one, other, name, v4, v6):
        """A link between two nodes, the same name and network at both; `one` has the address 1."""
        end = f"/proc/self/fd/{other.descriptor}"
        words = ("type", "veth", "peer", "name", name, "netns", end)
        one.run("ip", "link", "add", name, *words, pass_fds=(other.descriptor,))
        for number, node in ((1, one), (2, other)):
            node.run("ip", "addr", "add", f"{v4}.{number}/24", "dev", name)
            node.run("ip", "addr", "add", f"{v6}::{number}/64", "dev", name, "nodad")
        for node in (one, other):
            node.run("ip", "link", "set", name, "up")

    def routes(self):
        """The next hop's number of each prefix that the kernel at the forwarder has learned."""
        found = {}
        for option, width in (("-4", "/32"), ("-6", "/128")):
            shown = self.forwarder.run("ip", option, "route", "show", "table", "main")
            for prefix, hop in ROUTE.findall(shown):
                found[prefix if "/" in prefix else prefix + width] = int(hop)
        return found

    def listeners(self):
        """Of each netlink socket at the forwarder that takes notifications: how many messages were
        dropped because it was full."""
        lines = self.forwarder.run("cat", "/proc/net/netlink").splitlines()
        names = lines[0].split()
        rows = (dict(zip(names, line.split())) for line in lines[1:])
        return {row["Inode"]: int(row["Drops"]) for row in rows if int(row["Groups"], 16)}

    def forward(self, on):
        """Lets the kernel at the forwarder forward packets, or not."""
        for key in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            path, value = Path("/proc/sys/net", key), str(int(on))
            self.forwarder.run("sh", "-c", f"echo {value} >{path}")
