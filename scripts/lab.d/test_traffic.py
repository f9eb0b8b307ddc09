"""Tests of what becomes of packets: that those which are lost, go another way or come twice are
found."""

import array
import socket
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from packets import MARK, NOTE, PAYLOAD, dropped, number_of, sink  # noqa: E402
from traffic import MARKS, WARM, turned  # noqa: E402
from ways import WRONG, History, judge  # noqa: E402

SECOND = 1_000_000_000


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

    def judged(self, notes, answers=(4, 0, 1), at_rest=100):
        """Three packets that count, at 5, 45 and 45 s, to each address."""
        times = [0] * WARM + [5 * SECOND, 45 * SECOND, 45 * SECOND]
        sent = array.array("Q", times).tobytes()
        notes = b"".join(NOTE.pack(WARM + number, hop, 46 * SECOND) for number, hop in notes)
        addresses = ["1.2.3.4", "2001:200::1", "1.9.9.9"]
        history = self.history()
        # The numbers after WARM begin at this place of the round.
        turn = WARM % 3
        history.addresses = addresses[-turn:] + addresses[:-turn]
        history.said = history.said[-turn:] + history.said[:-turn]
        answers = answers[-turn:] + answers[:-turn]
        return judge(history, sent, notes, 1, SECOND, at_rest * SECOND, answers)

    def wrong(self, *notes, **others):
        """What of all that must not be there is."""
        families = self.judged(notes, **others).values()
        return tuple(sum(family[name] for family in families) for name in WRONG)

    def test_packets_that_take_another_way_or_none_are_found(self):
        # The first one was under way so long that every next hop it had since is right.
        families = self.judged([(0, 2), (2, 1)])
        self.assertEqual(
            [(one["packets_sent"], one["packets_received"]) for one in families.values()],
            [(2, 2), (1, 0)],
        )
        self.assertEqual(self.wrong((0, 2), (2, 1)), (0, 0, 0))
        self.assertEqual(self.wrong((0, 2), (1, 3), (2, 1)), (0, 1, 0))
        self.assertEqual(self.wrong((0, 2)), (1, 0, 0))

    def test_a_packet_that_comes_twice_is_wrong_and_each_copy_is_judged(self):
        self.assertEqual(self.wrong((0, 2), (2, 1), (2, 1)), (0, 0, 1))
        self.assertEqual(self.wrong((0, 2), (2, 1), (2, 3)), (0, 1, 1))
        self.assertEqual(self.wrong((0, 2), (2, 3), (2, 1)), (0, 1, 1))

    def test_at_rest_the_kernels_answer_alone_counts(self):
        self.assertEqual(self.wrong((0, 2), (2, 1), at_rest=40), (0, 0, 0))
        self.assertEqual(self.wrong((0, 2), (2, 1), at_rest=40, answers=(4, 0, 3)), (0, 1, 0))
        self.assertEqual(self.wrong((0, 2), (2, 1), at_rest=40, answers=(4, 3, 1)), (1, 0, 0))

    def test_what_a_sink_has_no_room_for_is_told(self):
        try:
            link = sink("lo")
        except PermissionError:
            self.skipTest("no packets without privileges")
        with link:
            self.assertEqual(dropped(link), 0)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                for _ in range(500):
                    out.sendto(bytes(1000), ("127.0.0.1", 9))
            self.assertGreater(dropped(link), 0)

    def test_a_forwarder_follows_once_marks_of_both_families_have_turned(self):
        addresses, turn = [*MARKS.values(), "1.2.3.4"], [(text, 2) for text in MARKS]
        with tempfile.TemporaryDirectory() as folder:
            notes = Path(folder) / "notes"
            for came, follows in (
                ([], False), ([(0, 1), (1, 2), (3, 1)], False), ([(2, 2), (1, 2)], False),
                ([(0, 1), (1, 2), (6, 2)], True),
            ):
                notes.write_bytes(b"".join(NOTE.pack(number, hop, 0) for number, hop in came) + b"x")
                self.assertEqual(turned(notes, addresses, turn), follows)

    def test_numbers_are_read_out_of_packets_of_both_families(self):
        payload = PAYLOAD.pack(MARK, 7)
        v4 = bytes((0x45, *[0] * 8, 17, *[0] * 10)) + bytes(8) + payload
        v6 = bytes((0x60, *[0] * 5, 17, *[0] * 33)) + bytes(8) + payload
        self.assertEqual((number_of(v4), number_of(v6)), (7, 7))
        for packet in (b"", b"\x45", v4[:-1], v6[:-1], bytes(64), v4[:28] + bytes(12)):
            self.assertIsNone(number_of(packet))


if __name__ == "__main__":
    unittest.main()
