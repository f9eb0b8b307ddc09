"""Tests of what the lab computes itself: that its checks fail when they should."""

import array
import contextlib
import csv
import errno
import io
import os
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import feed  # noqa: E402
import isolation  # noqa: E402
import nodes  # noqa: E402
import packages  # noqa: E402
import results  # noqa: E402
from follower import Line, largest_lag, moved, sound  # noqa: E402
from outcome import Failed, Skipped, is_refusal  # noqa: E402
from report import Report, tabulated  # noqa: E402
from routes import Routes, mixed, synthetic, turned, usable  # noqa: E402
from speaker import Encoder, open_message  # noqa: E402
from steps import without_hole  # noqa: E402
from traffic import NOTE, PAYLOAD, MARK, WARM, WRONG, History, dropped, judge, number_of, sink  # noqa: E402

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
        first = [("1.0.0.0/24", turned("1.0.0.0/24", 1)), ("1.0.0.0/24", turned("1.0.0.0/24", 2)),
                 ("1.0.1.0/24", 0)]
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

    def test_numbers_are_read_out_of_packets_of_both_families(self):
        payload = PAYLOAD.pack(MARK, 7)
        v4 = bytes((0x45, *[0] * 8, 17, *[0] * 10)) + bytes(8) + payload
        v6 = bytes((0x60, *[0] * 5, 17, *[0] * 33)) + bytes(8) + payload
        self.assertEqual((number_of(v4), number_of(v6)), (7, 7))
        for packet in (b"", b"\x45", v4[:-1], v6[:-1], bytes(64), v4[:28] + bytes(12)):
            self.assertIsNone(number_of(packet))


def line(when, routes=(5, 5), generation=1, updates=0, since=0.0, **said):
    """A line of a follower."""
    inet, inet6 = ({"routes": count, "generation": generation} for count in routes)
    said = {"updates": updates, "changes": updates, "dumped": 0, "malformed": 0, "bad_frames": 0,
            "refused": 0, "verified": None, "readers": {"missed": 0}} | said
    tables = [{"table": 254, "inet": inet, "inet6": inet6}]
    return Line(when, {"tables": tables, **said}, since)


class Following(unittest.TestCase):
    def test_the_largest_lag_counts_also_if_the_last_one_is_small(self):
        times = [10.0, 10.1, 10.2, 10.3]
        steady = [line(9.0), *(line(10.01 + 0.1 * n, updates=n + 1) for n in range(4))]
        self.assertAlmostEqual(largest_lag(steady, times), 0.01)
        # It stands still for a while, and is quick again.
        times.append(20.0)
        stalled = [line(9.0), line(10.01, updates=1), line(13.0, updates=4), line(20.01, updates=5)]
        self.assertAlmostEqual(largest_lag(stalled, times), 2.9)
        # Of four, two are all that come: each stands for two.
        merged = [line(9.0, updates=7), line(10.2, updates=8), line(10.31, updates=9)]
        self.assertAlmostEqual(largest_lag(merged, times[:4]), 0.2)
        self.assertEqual(largest_lag([line(9.0)], times), 0.0)

    def test_each_family_has_its_own_time(self):
        lines = [line(1), line(2, (6, 5)), line(3, (6, 6)), line(4, (6, 7))]
        self.assertEqual(moved(lines), {"v4": 2, "v6": 4})
        self.assertEqual(moved(lines[:2]), {"v4": 2, "v6": None})
        self.assertEqual(moved(lines[:1]), {"v4": None, "v6": None})

    def test_answers_that_are_wrong_and_messages_that_are_none_fail_at_any_time(self):
        sound("x", line(1), "")
        for fault in ({"malformed": 1}, {"bad_frames": 1}, {"refused": 1},
                      {"verified": {"wrong": 1}}):
            with self.assertRaises(Failed):
                sound("x", line(1, **fault), "")

    def test_a_hole_is_found_by_what_is_missed_and_by_what_is_gone(self):
        def follower(*lines):
            return SimpleNamespace(
                last=lines[-1], check=lambda: None, since=lambda when: list(lines),
            )

        before = line(1)
        without_hole("x", follower(before, line(2)), before)
        with self.assertRaises(Failed):
            without_hole("x", follower(before, line(2, readers={"missed": 1})), before)
        with self.assertRaises(Failed):
            without_hole("x", follower(before, line(2, (4, 5)), line(3)), before)


class Ends(unittest.TestCase):
    def status(self, error):
        def work():
            raise error

        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            return isolation.status_of(work)

    def test_only_a_refusal_is_skipped_and_a_broken_pipe_is_a_failure(self):
        self.assertEqual(isolation.status_of(lambda: 0), 0)
        self.assertEqual(self.status(Skipped("x")), 77)
        for error in (Failed("x"), BrokenPipeError(), OSError(errno.ENOENT, "x"), KeyError("x")):
            self.assertEqual(self.status(error), 1)
        self.assertEqual(self.status(isolation.Interrupted()), 130)

    def test_what_a_kernel_does_not_allow_is_told_from_what_is_wrong(self):
        for number in (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP):
            self.assertTrue(is_refusal(OSError(number, "x")))
        for number in (errno.ENOENT, errno.EINVAL, errno.EEXIST, errno.ENOMEM):
            self.assertFalse(is_refusal(OSError(number, "x")))
        for words in ("RTNETLINK answers: Operation not permitted", "Error: Unknown device type."):
            self.assertTrue(is_refusal(Failed(f"`ip link add` at peer: {words}")))
        for words in ("RTNETLINK answers: File exists", "Error: either \"dev\" is duplicate"):
            self.assertFalse(is_refusal(Failed(f"`ip link add` at peer: {words}")))

    def test_a_network_that_is_wrong_is_no_skip(self):
        for why, outcome in ((Failed("File exists"), Failed), (OSError(errno.ENOENT, "x"), Failed),
                             (OSError(errno.EPERM, "x"), Skipped),
                             (Failed("Operation not supported"), Skipped)):
            with mock.patch.object(nodes, "Net", side_effect=why), self.assertRaises(outcome):
                nodes.network()

    def test_a_failure_is_one_also_if_nobody_reads_the_results(self):
        script = (
            f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
            "import isolation\nfrom outcome import Failed\nfrom report import Report\n"
            "def work():\n"
            "    report = Report({}); report.add('a', 'b', seconds=1.0)\n"
            "    try:\n        raise Failed('it is wrong')\n"
            "    finally:\n        report.print(False); print('more', flush=True)\n"
            "sys.exit(isolation.status_of(work))\n"
        )
        read, write = os.pipe()
        os.close(read)
        words = [sys.executable, "-B", "-c", script]
        done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (1, "lab: FAILED: it is wrong\n"))

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


class Fetching(unittest.TestCase):
    def test_what_apt_would_install_is_read(self):
        told = ("Inst libyang2 (2.1.30-2 Debian:12.1/stable [amd64])\n"
                "Inst frr [8.4.3-1] (8.4.4-1.1~deb12u2 Debian:12.1/stable [amd64])\n"
                "Conf libyang2 (2.1.30-2 Debian:12.1/stable [amd64])\nRemv quagga [1.2]\n")
        found = [("libyang2", "2.1.30-2"), ("frr", "8.4.4-1.1~deb12u2")]
        self.assertEqual(packages.PLANNED.findall(told), found)

    def test_missing_programs_fail_with_the_command_that_brings_them(self):
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(packages, "FRR", Path(folder) / "none"), \
                mock.patch.object(packages, "PLACES", ()), \
                mock.patch.dict(os.environ, PATH=folder):
            with self.assertRaisesRegex(Failed, "apt-get install .* iproute2 util-linux bird2 frr"):
                packages.provide(Path(folder) / "packages", may_fetch=False)
            # Nor with anything to fetch them with.
            with self.assertRaisesRegex(Failed, "no apt-get"):
                packages.provide(Path(folder) / "packages", may_fetch=True)
            self.assertEqual(os.listdir(folder), [])


class Shown(unittest.TestCase):
    def test_rows_that_say_nothing_are_not_shown(self):
        columns = (("routes", "routes", "{:,}"), ("other", "other", "{}"))
        rows = [{"how": "a", "what": "b", "routes": 1234}, {"how": "c", "what": "d"}]
        shown = ["how  what  routes", "a    b      1,234"]
        self.assertEqual(tabulated(rows, columns, "routes"), shown)
        self.assertEqual(tabulated(rows[1:], columns, "routes"), [])

    def test_results_have_the_columns_of_every_experiment(self):
        sys.path.append(str(HERE.parent / "plots"))
        import rows as table

        self.assertEqual(results.COLUMNS, table.COLUMNS)
        report = Report({"commit": "x"})
        report.add(
            "bird", "load", routes=3, seconds=2.0, updates=3, p99_9_ns=900, lookups=5,
            of_families={"v4": {"routes": 2, "seconds": 1.5}, "v6": {"routes": 1, "seconds": None}},
        )
        report.add(
            "traffic", "tun", routes=3, seconds=1.0, sent=10, rate=10.0, packets_lost=0,
            of_families={"v4": {"routes": 2, "seconds": None}, "v6": {"routes": 1, "seconds": None}},
            packets_of_families={"v4": {"packets_lost": 0}},
        )
        report.add("memory", "measure v4", family="v4", routes=3, packet_ns=2.0,
                   quartiles={"packet_ns": [1.0, 2.0, 3.0]})
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder) / "new"
            results.reserve(folder)
            results.write(folder, report)
            with self.assertRaises(Failed):
                results.reserve(folder)
            found = table.read(folder / "lab.csv")
            with (folder / "lab.csv").open() as text:
                self.assertEqual(next(csv.reader(text)), list(table.COLUMNS))

        def values(**wanted):
            return [one.value for one in table.select(found, **wanted)]

        of_bird = {"implementation": "bird", "case": "load"}
        self.assertEqual(values(**of_bird, metric="seconds_until_full", family="both"), [2.0])
        self.assertEqual(values(**of_bird, metric="seconds_until_full", family="v4"), [1.5])
        self.assertEqual(values(**of_bird, metric="seconds_until_full", family="v6"), [])
        self.assertEqual(values(**of_bird, metric="updates_followed_per_second"), [1.5])
        self.assertEqual(values(**of_bird, metric="lookup_p99_9", burst=32), [900])
        of_tun = {"implementation": "tun", "case": "traffic", "updates": 10}
        self.assertEqual(values(**of_tun, metric="packets_lost"), [0, 0])
        self.assertEqual(values(case="measure", metric="packet_whole_path", x=0.5), [2.0])


if __name__ == "__main__":
    unittest.main()
