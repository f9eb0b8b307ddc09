"""A BGP speaker that tells a table and its changes to one neighbour. RFC 4271, 4760 and 6793.

    speaker.py LOCAL REMOTE AS PROGRESS

It connects, and then does what standard input asks for, a line each: `table FILE` sends the table
that is in the file, `churn RATE FILE` the updates in it at so many a second, or as fast as they are
taken (`max`). A line of a file is a prefix and the number of its next hop, 0 for a withdrawal. To each
it answers with a JSON object when the last byte is with the kernel. In PROGRESS it notes, as pairs of
64-bit integers, when (CLOCK_MONOTONIC, nanoseconds) it began to send up to which update of the last
churn. It ends with its input.

Why not a ready one: the check of the packets has to know when each update was sent, to the
millisecond and in order, and the pace of the updates has to be the lab's. ExaBGP takes routes as
lines of text, queues them, and joins and sends them when it sees fit; GoBGP and BIRD choose among
paths first. None of them says when it sent what.
"""

import json
import socket
import struct
import sys
import threading
import time

from nodes import HOPS, hop4, hop6

PORT = 179
OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
LONGEST = 4096
# Updates that are sent at once, at most; and how long one waits for more at a slow rate.
CHUNK, TICK = 256, 0.005


def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def attribute(flags, kind, value):
    """A path attribute with the extended length."""
    return struct.pack("!BBH", flags | 0x10, kind, len(value)) + value


def open_message(local, number):
    def capability(code, value):
        return bytes((2, len(value) + 2, code, len(value))) + value

    families = (capability(1, struct.pack("!HBB", afi, 0, 1)) for afi in (1, 2))
    options = b"".join(families) + capability(65, struct.pack("!I", number))
    # A hold time of 0: no keepalives, and nobody who is busy is given up.
    head = struct.pack("!BHH4sB", 4, min(number, 23456), 0, socket.inet_aton(local), len(options))
    return message(OPEN, head + options)


class Encoder:
    """Updates as bytes. What does not depend on the prefix is made once."""

    def __init__(self, number):
        path = struct.pack("!BBI", 2, 1, number)
        self.common = attribute(0x40, 1, b"\x00") + attribute(0x40, 2, path)
        hops = range(1, HOPS + 1)
        self.v4 = {hop: socket.inet_aton(hop4(hop)) for hop in hops}
        self.v6 = {hop: socket.inet_pton(socket.AF_INET6, hop6(hop)) for hop in hops}

    @staticmethod
    def prefix(text):
        """Whether it is of IPv6, and its bytes."""
        address, _, length = text.partition("/")
        v6 = ":" in address
        packed = socket.inet_pton(socket.AF_INET6 if v6 else socket.AF_INET, address)
        length = int(length)
        return v6, bytes((length,)) + packed[: (length + 7) // 8]

    def update(self, v6, hop, prefixes):
        """One message: the prefixes announced with a next hop, or withdrawn if it is 0."""
        if v6 and hop:
            value = struct.pack("!HBB", 2, 1, 16) + self.v6[hop] + b"\x00" + prefixes
            attributes, withdrawn, announced = self.common + attribute(0x80, 14, value), b"", b""
        elif v6:
            value = struct.pack("!HB", 2, 1) + prefixes
            attributes, withdrawn, announced = attribute(0x80, 15, value), b"", b""
        elif hop:
            attributes = self.common + attribute(0x40, 3, self.v4[hop])
            withdrawn, announced = b"", prefixes
        else:
            attributes, withdrawn, announced = b"", prefixes, b""
        parts = (struct.pack("!H", len(withdrawn)), withdrawn,
                 struct.pack("!H", len(attributes)), attributes, announced)
        return message(UPDATE, b"".join(parts))

    def table(self, path):
        """A whole table as messages, as few as possible, and the number of its prefixes."""
        groups, count = {}, 0
        for line in path:
            text, hop = line.split()
            v6, prefix = self.prefix(text)
            groups.setdefault((v6, int(hop)), []).append(prefix)
            count += 1
        messages = []
        for (v6, hop), prefixes in groups.items():
            room = LONGEST - len(self.update(v6, hop, b""))
            batch, size = [], 0
            for prefix in prefixes:
                if size + len(prefix) > room:
                    messages.append(self.update(v6, hop, b"".join(batch)))
                    batch, size = [], 0
                batch.append(prefix)
                size += len(prefix)
            messages.append(self.update(v6, hop, b"".join(batch)))
        return messages, count

    def updates(self, path):
        """One message for each line."""
        messages = []
        for line in path:
            text, hop = line.split()
            v6, prefix = self.prefix(text)
            messages.append(self.update(v6, int(hop), prefix))
        return messages


def say(**what):
    print(json.dumps(what), flush=True)


class Session:
    def __init__(self, local, remote, number):
        self.stream = self.connect(local, remote)
        self.stream.sendall(open_message(local, number))
        if self.receive()[0] != OPEN:
            raise SystemExit("the neighbour does not open the session")
        self.stream.sendall(message(KEEPALIVE))
        if self.receive()[0] != KEEPALIVE:
            raise SystemExit("the neighbour does not take the session")
        threading.Thread(target=self.listen, daemon=True).start()

    @staticmethod
    def connect(local, remote):
        for _ in range(100):
            stream = socket.socket()
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.bind((local, 0))
            try:
                stream.connect((remote, PORT))
                return stream
            except OSError:
                stream.close()
                time.sleep(0.1)
        raise SystemExit(f"nobody takes BGP at {remote}")

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.stream.recv(count - len(data))
            if not more:
                raise ConnectionError("the neighbour has closed the session")
            data += more
        return data

    def receive(self):
        length, kind = struct.unpack("!16xHB", self.exactly(19))
        return kind, self.exactly(length - 19)

    def listen(self):
        """Takes what the neighbour says, which is nothing unless something is wrong."""
        try:
            while True:
                kind, body = self.receive()
                if kind == NOTIFICATION:
                    raise ConnectionError(f"the neighbour says {body[:2].hex()}")
        except (ConnectionError, OSError) as error:
            say(error=str(error))

    def send(self, messages, rate, note):
        """Sends messages at a pace. Returns when it began and how long it took."""
        began = time.monotonic()
        done = 0
        while done < len(messages):
            chunk = CHUNK
            if rate:
                due = int((time.monotonic() - began) * rate) + 1
                chunk = min(CHUNK, due - done)
                if chunk <= 0:
                    time.sleep(TICK)
                    continue
            end = min(done + chunk, len(messages))
            note(time.monotonic_ns(), end)
            self.stream.sendall(b"".join(messages[done:end]))
            done = end
        return began, time.monotonic() - began


def main(local, remote, number, progress):
    encoder = Encoder(int(number))
    session = Session(local, remote, int(number))
    say(ready=True)
    for line in sys.stdin:
        kind, *words, path = line.split(maxsplit=1 if line.startswith("table") else 2)
        with open(path.rstrip("\n")) as lines:
            if kind == "table":
                messages, count = encoder.table(lines)
            else:
                messages = encoder.updates(lines)
                count = len(messages)
        rate = None if words in ([], ["max"]) else float(words[0])
        with open(progress, "wb") as out:
            began, took = session.send(
                messages, rate, lambda now, done: out.write(struct.pack("QQ", now, done))
            )
        say(sent=count, messages=len(messages), began=began, seconds=took)


if __name__ == "__main__":
    main(*sys.argv[1:])
