"""The routing daemons: BIRD at the peer, BIRD or FRR at the forwarder."""

import subprocess
import time
from pathlib import Path

import isolation
from outcome import Failed

PEER, FORWARDER, COLLECTOR = 65002, 65001, 65003
FPM_PORT = 2620

# Both families come over the one session. Next hops stay what the collector says, which are the
# sink's addresses, and are looked up among the connected routes.
BIRD_PEER = f"""
router id 10.3.0.2;
protocol device {{ }}
protocol static {{ ipv4; route 10.2.0.0/16 via 10.3.0.1; }}
protocol static {{ ipv6; route 2001:db8:2::/48 via 2001:db8:3::1; }}
protocol direct {{ ipv4; ipv6; }}
protocol bgp collector {{
    local 10.4.0.1 as {PEER};
    neighbor 10.4.0.2 as {COLLECTOR};
    passive;
    ipv4 {{ import all; export none; gateway recursive; }};
    ipv6 {{ import all; export none; gateway recursive; }};
}}
protocol bgp forwarder {{
    local 10.3.0.2 as {PEER};
    neighbor 10.3.0.1 as {FORWARDER};
    passive;
    ipv4 {{ import none; export where proto = "collector"; next hop keep; }};
    ipv6 {{ import none; export where proto = "collector"; next hop keep; }};
}}
"""

BIRD_FORWARDER = f"""
router id 10.3.0.1;
protocol device {{ }}
protocol direct {{ ipv4; ipv6; }}
protocol kernel {{ scan time 3600; ipv4 {{ import none; export where proto = "peer"; }}; }}
protocol kernel {{ scan time 3600; ipv6 {{ import none; export where proto = "peer"; }}; }}
protocol bgp peer {{
    local 10.3.0.1 as {FORWARDER};
    neighbor 10.3.0.2 as {PEER};
    connect delay time 1;
    ipv4 {{ import all; export none; gateway recursive; }};
    ipv6 {{ import all; export none; gateway recursive; }};
}}
"""

ZEBRA = f"""
fpm address 127.0.0.1 port {FPM_PORT}
"""

BGPD = f"""
router bgp {FORWARDER}
 bgp router-id 10.3.0.1
 no bgp ebgp-requires-policy
 neighbor 10.3.0.2 remote-as {PEER}
 neighbor 10.3.0.2 disable-connected-check
 neighbor 10.3.0.2 timers connect 1
 address-family ipv6 unicast
  neighbor 10.3.0.2 activate
 exit-address-family
"""


def wait_for(what, holds, seconds):
    """Waits until something holds, and returns it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise Failed(f"{what}: not within {seconds} s")


class Program:
    """A program that runs until it is stopped."""

    def __init__(self, node, log, *words):
        self.words, self.log = words, log
        with log.open("w") as out:
            self.process = node.start(*words, stdout=out, stderr=out)

    def told(self):
        """The last that it has said, for whoever asks why it ended."""
        return " / ".join(self.log.read_text(errors="replace").strip().splitlines()[-5:])

    def check(self):
        status = self.process.poll()
        if status is not None:
            name = Path(self.words[0]).name
            raise Failed(f"{name} has ended with {status}: {self.told()}")

    def stop(self, seconds=120):
        """Ends it in its own way, so that it takes its routes back."""
        self.check()
        self.process.terminate()
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.words[0]} does not end") from None
        if status:
            raise Failed(f"{self.words[0]} has ended with {status}: {self.told()}")

    def kill(self):
        """Ends it, however it is."""
        self.process.kill()
        self.process.wait()


class Bird:
    def __init__(self, node, folder, name, config):
        self.node, self.socket = node, folder / f"{name}.ctl"
        path = folder / f"{name}.conf"
        path.write_text(config)
        words = ("bird", "-f", "-c", path, "-s", self.socket, "-P", folder / f"{name}.pid")
        self.program = Program(node, folder / f"{name}.log", *words)
        wait_for(f"BIRD at {node.name}", lambda: self.program.check() or self.socket.exists(), 10)

    def ask(self, *words):
        return self.node.run("birdc", "-s", self.socket, *words)

    def imported(self, protocol):
        """How many routes a protocol has brought, both families together."""
        self.program.check()
        lines = [line.split() for line in self.ask("show", "protocols", "all", protocol).splitlines()]
        return sum(int(words[1]) for words in lines if words[:1] == ["Routes:"])

    def stop(self):
        self.program.stop()


class Frr:
    """zebra and bgpd, all of whose files are in the lab's folder."""

    def __init__(self, node, folder, programs, fpm):
        self.node, self.folder, self.programs = node, folder / "frr", programs
        self.folder.mkdir(exist_ok=True)
        self.let_root_in()
        modules = ("-M", "dplane_fpm_nl") if fpm else ()
        if fpm and programs.modules:
            modules += ("--moduledir", programs.modules)
        # The notifications of its own routes come back to zebra.
        buffer = ("-s", 1 << 26)
        self.zebra = self.start("zebra", ZEBRA if fpm else "", *modules, *buffer)
        self.bgpd = None
        socket = self.folder / "zserv.api"
        wait_for("FRR's zebra", lambda: self.zebra.check() or socket.exists(), 20)

    def learn(self):
        """Starts to learn from the peer."""
        self.bgpd = self.start("bgpd", BGPD, "-p", 0)
        return self

    def let_root_in(self):
        """Makes the group that may talk to the daemons the superuser's, for this lab alone.

        They refuse to run as somebody who is not in it, and in a user namespace there is nobody but
        the superuser.
        """
        group = self.folder / "group"
        others = [line for line in Path("/etc/group").read_text().splitlines()
                  if not line.startswith("frrvty:")]
        group.write_text("\n".join((*others, "frrvty:x:0:root", "")))
        isolation.mount(str(group), "/etc/group", None, isolation.MS_BIND)

    def start(self, name, config, *words):
        path = self.folder / f"{name}.conf"
        path.write_text(config)
        own = ("-f", path, "-i", self.folder / f"{name}.pid", "-z", self.folder / "zserv.api",
               "--vty_socket", self.folder, "-u", "root", "-g", "root", "-P", 0, "--log", "stdout")
        program = self.programs.frr / name
        return Program(self.node, self.folder / f"{name}.log", program, *own, *words)

    def configure(self, *lines):
        """Changes zebra's configuration while it runs."""
        commands = [word for line in ("configure terminal", *lines) for word in ("-c", line)]
        own = ("--vty_socket", self.folder, "--config_dir", self.folder)
        self.node.run("vtysh", *own, "-d", "zebra", *commands)

    def reconnect_fpm(self):
        """Ends the connection to the listener, and makes another one."""
        self.configure("no fpm address")
        self.configure(f"fpm address 127.0.0.1 port {FPM_PORT}")

    def forget(self):
        """Takes back what it has learned from the peer."""
        self.bgpd.stop()
        self.bgpd = None

    def stop(self):
        if self.bgpd:
            self.forget()
        self.zebra.stop()
