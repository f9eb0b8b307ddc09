"""The source's packets, and what the sink sees of them: two programs that run at their nodes.

    packets.py send ADDRESSES TIMES RATE       to each address in turn; notes when each was sent
    packets.py receive NOTES LINKS             notes by which link each came, and when

Both say a line when they begin, end with their input, and then say another one.
"""

import array
import selectors
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from nodes import HOPS

# The payload: a mark, and the packet's number.
MARK = 0x7274_616C
PAYLOAD = struct.Struct("!IQ")
PORT = 9
# Of a packet that came: its number, the number of the link, and when.
NOTE = struct.Struct("=QBQ")
# ETH_P_ALL: packets of every protocol.
ALL = 3
# What a socket of the sink may hold, in bytes, also where the administrator allows less; and how it
# tells what it has dropped: packets and, of them, drops, since it was asked last.
ROOM, SO_RCVBUFFORCE = 1 << 25, 33
SOL_PACKET, PACKET_STATISTICS, STATISTICS = 263, 6, struct.Struct("II")


def send(addresses, times, rate):
    """Sends to each address in turn until standard input ends; writes when each packet was sent."""
    targets = [(line, ":" in line) for line in Path(addresses).read_text().split()]
    sockets = {}
    for family, v6 in ((socket.AF_INET, False), (socket.AF_INET6, True)):
        sockets[v6] = socket.socket(family, socket.SOCK_DGRAM)
    sent, rate = array.array("Q"), float(rate)
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    print("sending", flush=True)
    began = time.monotonic()
    while not waiting.select(0.001):
        due = int((time.monotonic() - began) * rate)
        while len(sent) < due:
            number = len(sent)
            address, v6 = targets[number % len(targets)]
            sent.append(time.monotonic_ns())
            try:
                sockets[v6].sendto(PAYLOAD.pack(MARK, number), (address, PORT))
            except OSError:
                # What an earlier packet met with, such as an ICMP error. It is not this one's.
                sockets[v6].sendto(PAYLOAD.pack(MARK, number), (address, PORT))
    Path(times).write_bytes(sent.tobytes())
    print("sent", flush=True)


def number_of(packet):
    """The number in a packet that the source sent, or None."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 40 and packet[9] == socket.IPPROTO_UDP:
        payload = packet[(packet[0] & 15) * 4 + 8:]
    elif version == 6 and len(packet) >= 60 and packet[6] == socket.IPPROTO_UDP:
        payload = packet[48:]
    else:
        return None
    if len(payload) < PAYLOAD.size:
        return None
    mark, number = PAYLOAD.unpack_from(payload)
    return number if mark == MARK else None


def sink(interface):
    """A socket for everything that comes by an interface. It receives nothing before it is bound."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    # In a user namespace some kernels do not let it.
    with suppress(PermissionError):
        link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    link.bind((interface, ALL))
    link.setblocking(False)
    return link


def dropped(link):
    """How many packets the socket had no room for."""
    found = link.getsockopt(SOL_PACKET, PACKET_STATISTICS, STATISTICS.size)
    return STATISTICS.unpack(found)[1]


def receive(notes, prefix):
    """Notes every packet that comes by one of the links until standard input ends; then says how many
    more there were."""
    waiting = selectors.DefaultSelector()
    links = [sink(f"{prefix}{hop}") for hop in range(1, HOPS + 1)]
    for hop, link in enumerate(links, 1):
        waiting.register(link, selectors.EVENT_READ, hop)
    waiting.register(sys.stdin, selectors.EVENT_READ, None)
    print("receiving", flush=True)
    with open(notes, "wb") as out:
        while True:
            for key, _ in waiting.select():
                if key.data is None:
                    print(sum(map(dropped, links)), flush=True)
                    return
                for _ in range(256):
                    try:
                        packet, (_, _, kind, *_) = key.fileobj.recvfrom(256)
                    except BlockingIOError:
                        break
                    number = number_of(packet)
                    if number is not None and kind != socket.PACKET_OUTGOING:
                        out.write(NOTE.pack(number, key.data, time.monotonic_ns()))
                out.flush()


if __name__ == "__main__":
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
