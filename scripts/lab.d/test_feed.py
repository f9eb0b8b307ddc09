"""Tests of the table, its changes, and how they are spoken and sent."""

import contextlib
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent))

import feed  # noqa: E402
import nodes  # noqa: E402
from outcome import Failed  # noqa: E402
from routes import Routes, mixed, synthetic, turned, usable  # noqa: E402
from speaker import Encoder, open_message  # noqa: E402


class Table(unittest.TestCase):
    def test_prefixes_that_the_lab_or_no_router_has_are_left_out(self):
        good = ("1.0.0.0/24", "100.64.0.0/10", "198.17.0.0/16", "223.255.0.0/16", "2001:200::/32",
                "2a00::/22", "2001:67c::/32", "2002::/16")
        bad = ("0.0.0.0/0", "10.1.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
               "255.255.255.255/32", "198.18.1.0/24", "8.0.0.0/7", "::/0", "fe80::/10", "fc00::/7",
               "2001:db8::/32", "2001:2::/48", "2000::/3", "64:ff9b::/96")
        self.assertEqual([text for text in good + bad if usable(text)], list(good))

    def test_updates_are_taken_in_order_and_change_the_table(self):
        lines = ["A 1.0.0.0/24", "A 1.0.0.0/24", "W 1.0.1.0/24", "A 1.0.2.0/24"]
        routes = Routes(["1.0.0.0/24", "1.0.1.0/24"], lines, True, 4)
        first = [("1.0.0.0/24", turned("1.0.0.0/24", 1)), ("1.0.0.0/24", turned("1.0.0.0/24", 2)),
                 ("1.0.1.0/24", 0)]
        self.assertEqual(routes.upcoming(3), first)
        self.assertEqual(routes.counts(), (2, 0))
        self.assertEqual(routes.take(3), first)
        self.assertEqual(routes.table, {"1.0.0.0/24": turned("1.0.0.0/24", 2)})
        self.assertEqual(routes.take(3), [("1.0.2.0/24", turned("1.0.2.0/24", 1))])
        self.assertEqual(routes.counts(), (2, 0))
        with self.assertRaises(Failed):
            routes.take(3)

    def test_updates_that_replace_let_no_prefix_come_or_go(self):
        lines = ["W 1.0.1.0/24", "A 1.0.2.0/24", "A 1.0.0.0/24", "A 1.0.1.0/24"]
        routes = Routes(["1.0.0.0/24", "1.0.1.0/24"], lines, True, 4)
        taken = routes.take(3, replacing=True)
        self.assertEqual(taken, [("1.0.0.0/24", turned("1.0.0.0/24", 1))])
        self.assertEqual(set(routes.table), {"1.0.0.0/24", "1.0.1.0/24"})
        self.assertEqual([text for text, _ in routes.take(9)], ["1.0.1.0/24"])

    def test_another_table_of_the_kernel_is_told(self):
        routes = Routes(["1.0.0.0/24", "1.0.1.0/24"], [], True, 0)
        self.assertEqual(routes.differing(dict(routes.table)), "")
        other = {"1.0.0.0/24": turned("1.0.0.0/24", 1), "1.0.2.0/24": 1}
        self.assertIn("3 routes, of which 1.0.0.0/24: ", routes.differing(other))
        self.assertIn("1.0.1.0/24: no route instead", routes.differing(other))

    def test_the_kernels_routes_are_read(self):
        shown = {
            "-4": "1.0.0.0/24 via 10.2.3.2 dev hop3 proto bird metric 32 \n"
                  "1.2.3.4 nhid 17 via 10.2.1.2 dev hop1 proto bgp metric 20 \n"
                  "10.2.1.0/24 dev hop1 proto kernel scope link src 10.2.1.1 \n",
            "-6": "2a00::/22 nhid 9 via 2001:db8:2:4::2 dev hop4 proto bgp metric 20 pref medium\n"
                  "2001:db8:2:4::/64 dev hop4 proto kernel metric 256 pref medium\n",
        }
        net = SimpleNamespace(forwarder=SimpleNamespace(run=lambda _, option, *rest: shown[option]))
        self.assertEqual(
            nodes.Net.routes(net), {"1.0.0.0/24": 3, "1.2.3.4/32": 1, "2a00::/22": 4}
        )

    def test_drops_are_those_of_sockets_that_take_notifications(self):
        shown = (
            "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
            "00000000aa 0   61         00000440 8448     0        0     2        17       9001    \n"
            "00000000bb 0   0          00000000 0        0        0     2        3        9002    \n"
        )
        net = SimpleNamespace(forwarder=SimpleNamespace(run=lambda *_: shown))
        self.assertEqual(nodes.Net.listeners(net), {"9001": 17})

    def test_every_announcement_changes_the_next_hop(self):
        hops = [turned("1.0.0.0/24", times) for times in range(8)]
        self.assertTrue(all(1 <= one <= 4 and one != other for one, other in zip(hops, hops[1:])))

    def test_two_lists_are_mixed_evenly(self):
        self.assertEqual(mixed(list("abcd"), [1, 2]), ["a", 1, "b", "c", 2, "d"])
        self.assertEqual(mixed([], [1, 2]), [1, 2])

    def test_synthetic_updates_have_a_real_day_s_proportions(self):
        prefixes = [f"1.{high}.{low}.0/24" for high in range(64) for low in range(64)]
        lines = synthetic(prefixes, 20_000)
        withdrawn = sum(line[0] == "W" for line in lines)
        self.assertTrue(0.02 < withdrawn / len(lines) < 0.035)
        self.assertEqual(lines, synthetic(prefixes, 20_000))


class Speaker(unittest.TestCase):
    def test_messages_have_their_lengths(self):
        encoder = Encoder(65003)
        table = [f"1.{high}.{low}.0/24 1" for high in range(32) for low in range(64)]
        messages, count = encoder.table(table + ["2001:200::/32 2", "2001:201::/33 2"])
        self.assertEqual(count, 2050)
        for message in [*messages, open_message("10.4.0.2", 65003)]:
            mark, length = struct.unpack_from("!16sH", message)
            self.assertEqual((mark, length), (b"\xff" * 16, len(message)))
            self.assertLessEqual(length, 4096)
        # 2048 prefixes of 4 bytes take three messages, and both of IPv6 one.
        self.assertEqual(len(messages), 4)

    def test_withdrawals_carry_the_prefix_alone(self):
        encoder = Encoder(65003)
        v4, v6 = encoder.updates(["1.2.3.0/24 0", "2001:200::/32 0"])
        self.assertEqual(v4[19:], bytes((0, 4, 24, 1, 2, 3, 0, 0)))
        unreach = bytes((0x90, 15, 0, 8, 0, 2, 1, 32, 0x20, 1, 2, 0))
        self.assertEqual(v6[19:], bytes((0, 0, 0, len(unreach))) + unreach)

    def test_announcements_have_the_attributes_that_they_must(self):
        update = Encoder(65003).update(False, 3, bytes((8, 1)))
        withdrawn, attributes = struct.unpack_from("!HH", update, 19)
        self.assertEqual(withdrawn, 0)
        kinds, at = [], 23
        while at < 23 + attributes:
            flags, kind, length = struct.unpack_from("!BBH", update, at)
            self.assertTrue(flags & 0x10)
            kinds.append(kind)
            at += 4 + length
        self.assertEqual((kinds, update[at:]), ([1, 2, 3], bytes((8, 1))))
        self.assertEqual(update[at - 4:at], bytes((10, 2, 3, 2)))


class Feed(unittest.TestCase):
    def test_a_speaker_that_has_ended_is_a_failure_with_what_it_said(self):
        ended = subprocess.Popen(["true"], stdin=subprocess.PIPE, text=True, bufsize=1)
        ended.wait()
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            log.write_text("why it ended\n")
            dead = SimpleNamespace(speaker=ended, log=log, told=lambda: feed.Feed.told(dead))
            with self.assertRaisesRegex(Failed, "why it ended"):
                feed.Feed.ask(dead, "table", "x")
        with contextlib.suppress(BrokenPipeError):
            ended.stdin.close()

    def test_when_each_update_was_sent(self):
        notes = feed.NOTE.pack(1_000_000_000, 2) + feed.NOTE.pack(2_500_000_000, 3)
        self.assertEqual(feed.times(notes), [1.0, 1.0, 2.5])


if __name__ == "__main__":
    unittest.main()
