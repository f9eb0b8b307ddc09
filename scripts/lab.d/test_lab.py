"""Tests of what the lab computes itself: that its checks fail when they should."""

import array
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from report import tabulated  # noqa: E402
from routes import Routes, mixed, synthetic, turned, usable  # noqa: E402
from speaker import Encoder, open_message  # noqa: E402
from traffic import NOTE, PAYLOAD, MARK, WARM, History, judge, number_of  # noqa: E402

SECOND = 1_000_000_000


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
        self.assertEqual(routes.take(3), (0, 3))
        self.assertEqual(routes.table, {"1.0.0.0/24": turned("1.0.0.0/24", 2)})
        self.assertEqual(routes.take(3), (3, 4))
        self.assertEqual(routes.counts(), (2, 0))
        self.assertEqual(routes.take(3), (4, 4))

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


class Ways(unittest.TestCase):
    def history(self):
        table = {"1.0.0.0/8": 1, "1.2.0.0/16": 2, "2001:200::/32": 3}
        changes = [("1.2.0.0/16", 3, 10 * SECOND), ("1.2.0.0/16", 0, 20 * SECOND),
                   ("1.2.3.0/24", 4, 30 * SECOND), ("2001:200::/32", 0, 40 * SECOND)]
        return History(["1.2.3.4", "2001:200::1", "1.9.9.9"], table, changes)

    def test_the_longest_prefix_counts_and_changes_count_while_they_travel(self):
        history, at = self.history(), lambda begin, end: (begin * SECOND, end * SECOND)
        self.assertEqual(history.allowed(0, *at(1, 9)), {2})
        self.assertEqual(history.allowed(0, *at(9, 11)), {2, 3})
        self.assertEqual(history.allowed(0, *at(11, 12)), {3})
        # It may be gone already, and then the shorter one counts.
        self.assertEqual(history.allowed(0, *at(19, 21)), {3, 1})
        self.assertEqual(history.allowed(0, *at(21, 22)), {1})
        self.assertEqual(history.allowed(0, *at(29, 31)), {1, 4})
        self.assertEqual(history.allowed(0, *at(31, 32)), {4})
        self.assertEqual(history.allowed(1, *at(1, 2)), {3})
        self.assertEqual(history.allowed(1, *at(39, 41)), {3, 0})
        self.assertEqual(history.allowed(1, *at(41, 42)), {0})
        self.assertEqual(history.allowed(2, *at(1, 50)), {1})

    def judged(self, notes, answers=(4, 0, 1)):
        """Three packets that count, at 5, 45 and 45 s, to each address; at rest from 100 s on."""
        times = [0] * WARM + [5 * SECOND, 45 * SECOND, 45 * SECOND]
        sent = array.array("Q", times).tobytes()
        notes = b"".join(NOTE.pack(WARM + number, hop, 46 * SECOND) for number, hop in notes)
        addresses = ["1.2.3.4", "2001:200::1", "1.9.9.9"]
        history = self.history()
        # The numbers after WARM begin at this place of the round.
        turn = WARM % 3
        history.addresses = addresses[-turn:] + addresses[:-turn]
        history.said = history.said[-turn:] + history.said[:-turn]
        return judge(history, sent, notes, 1, SECOND, 100 * SECOND, answers)

    def test_packets_that_take_another_way_or_none_are_found(self):
        # The first one was under way so long that every next hop it had since is right.
        fine = self.judged([(0, 2), (2, 1)])
        self.assertEqual((fine["packets_lost"], fine["packets_misrouted"]), (0, 0))
        self.assertEqual((fine["packets_sent"], fine["packets_received"]), (3, 2))
        wrong = self.judged([(0, 2), (1, 3), (2, 1)])
        self.assertEqual((wrong["packets_lost"], wrong["packets_misrouted"]), (0, 1))
        wrong = self.judged([(0, 2)])
        self.assertEqual((wrong["packets_lost"], wrong["packets_misrouted"]), (1, 0))
        twice = self.judged([(0, 2), (0, 2), (2, 1)])
        self.assertEqual(twice["packets_twice"], 1)

    def test_numbers_are_read_out_of_packets_of_both_families(self):
        payload = PAYLOAD.pack(MARK, 7)
        v4 = bytes((0x45, *[0] * 8, 17, *[0] * 10)) + bytes(8) + payload
        v6 = bytes((0x60, *[0] * 5, 17, *[0] * 33)) + bytes(8) + payload
        self.assertEqual((number_of(v4), number_of(v6)), (7, 7))
        for packet in (b"", b"\x45", v4[:-1], v6[:-1], bytes(64), v4[:28] + bytes(12)):
            self.assertIsNone(number_of(packet))


class Shown(unittest.TestCase):
    def test_rows_that_say_nothing_are_not_shown(self):
        columns = (("routes", "routes", "{:,}"),)
        rows = [{"how": "a", "what": "b", "routes": 1234}, {"how": "c", "what": "d"}]
        self.assertEqual(tabulated(rows, columns), ["how  what  routes", "a    b      1,234"])
        self.assertEqual(tabulated(rows[1:], columns), [])


if __name__ == "__main__":
    unittest.main()
