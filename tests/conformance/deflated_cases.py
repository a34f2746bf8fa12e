"""Cases of a fuzzing server that agrees to permessage-deflate (RFC 7692): each an answer and what is said then."""

import random
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from websocket_peer import BINARY, PING, PONG, TEXT, expect, server_frame  # noqa: E402

RSV1 = 4
TAIL = b"\x00\x00\xff\xff"


class Deflated:
    """Both directions of a connection that agreed to an answer, by zlib with exactly its windows."""

    def __init__(self, connection, answer):
        parameters = dict((p.split("=") + [None])[:2] for p in filter(None, answer.split("; ")))
        self.connection = connection
        self.connection.reserved_bits = RSV1
        self.server_bits = int(parameters.get("server_max_window_bits", 15))
        self.client_bits = int(parameters.get("client_max_window_bits", 15))
        self.server_afresh = "server_no_context_takeover" in parameters
        self.client_afresh = "client_no_context_takeover" in parameters
        self.deflater = self.inflater = None

    def compressed(self, payload):
        if self.deflater is None or self.server_afresh:
            self.deflater = zlib.compressobj(6, zlib.DEFLATED, -max(self.server_bits, 9))
        return (self.deflater.compress(payload) + self.deflater.flush(zlib.Z_SYNC_FLUSH))[:-len(TAIL)]

    def send(self, opcode, payload, frame_size=None):
        octets = self.compressed(payload)
        size = frame_size or max(len(octets), 1)
        parts = [octets[i:i + size] for i in range(0, len(octets), size)]
        self.connection.send(b"".join(
            server_frame(opcode if i == 0 else 0, part, fin=i == len(parts) - 1, rsv=RSV1 if i == 0 else 0)
            for i, part in enumerate(parts)))

    def expect(self, opcode, payload):
        bits, got, octets = self.connection.frame_with_bits()
        expect(got == opcode, f"opcode {opcode}, not {got}")
        if bits & RSV1:
            if self.inflater is None or self.client_afresh:
                # Octets at a time: zlib then checks distances against the window alone.
                self.inflater = zlib.decompressobj(-self.client_bits)
            plain = bytearray()
            for octet in octets + TAIL:
                plain += self.inflater.decompress(bytes([octet]))
            octets = bytes(plain)
        expect(octets == payload, f"the message of {len(payload)} octets, not {octets[:80]!r}")


def json_of(size, number):
    next_number = random.Random(number)
    text = ""
    while len(text) < size:
        text += '{"symbol":"%s","price":%d.%02d,"id":"%016x"},' % (
            next_number.choice(("EURUSD", "GBPUSD")), next_number.randrange(1000), next_number.randrange(100),
            next_number.getrandbits(64))
    return text[:size].encode()


ANSWERS = (
    "", "server_no_context_takeover", "client_no_context_takeover",
    "server_no_context_takeover; client_no_context_takeover", "server_max_window_bits=9", "client_max_window_bits=9",
    "client_max_window_bits=8", "server_max_window_bits=12; client_max_window_bits=12; server_no_context_takeover",
)


def conversation(size):
    def case(d):
        for number in range(20):
            opcode, payload = (TEXT, json_of(size, number)) if number % 3 else (
                BINARY, random.Random(number).randbytes(size))
            d.send(opcode, payload, frame_size=None if number % 2 else 1 + size // 7)
            d.expect(opcode, payload)
        d.connection.finish()
    return case


def plain_between(d):
    for number in range(6):
        payload = json_of(200, number)
        if number % 2:
            d.send(TEXT, payload)
        else:
            d.connection.send(server_frame(TEXT, payload))
        d.expect(TEXT, payload)
    d.connection.finish()


def ping_between_fragments(d):
    octets = d.compressed(json_of(500, 1))
    d.connection.send(server_frame(TEXT, octets[:20], fin=False, rsv=RSV1) + server_frame(PING, b"between") +
                      server_frame(0, octets[20:]))
    d.connection.expect_frame(PONG, b"between")
    d.expect(TEXT, json_of(500, 1))
    d.connection.finish()


def empty_messages_and_fragments(d):
    for octets in (server_frame(TEXT, b"\x00", rsv=RSV1), server_frame(TEXT, b"\x02\x00", rsv=RSV1),
                   server_frame(TEXT, b"", fin=False, rsv=RSV1) + server_frame(0, b"\x00", fin=False) +
                   server_frame(0, b"")):
        d.connection.send(octets)
        d.expect(TEXT, b"")
    d.connection.finish()


def final_block(d):
    for _ in range(2):
        whole = zlib.compressobj(9, zlib.DEFLATED, -15)
        payload = json_of(300, 5)
        d.connection.send(server_frame(TEXT, whole.compress(payload) + whole.flush() + b"\x00", rsv=RSV1))
        d.expect(TEXT, payload)
    d.connection.finish()


def fails(octets, code):
    def case(d):
        d.connection.send(octets)
        d.connection.expect_failure(code)
    return case


def text_that_is_none(d):
    d.send(TEXT, b"good" * 20 + b"\xff")
    d.connection.expect_failure(1007)


def good_message_before_a_corrupt_one(d):
    d.send(TEXT, b"good")
    d.connection.send(server_frame(TEXT, b"\xff" * 20, rsv=RSV1))
    d.expect(TEXT, b"good")
    d.connection.expect_failure(1007)


def bomb(d):
    """100 MiB in 100 KiB, which is over what the client holds."""
    d.send(BINARY, bytes(100 << 20))
    d.connection.expect_failure(1009)


CASES = [
    *[(answer, conversation(size)) for answer in ANSWERS for size in (16, 200, 1024, 8192, 65536, 131072)],
    ("", plain_between), ("", ping_between_fragments), ("", empty_messages_and_fragments), ("", final_block),
    ("", text_that_is_none), ("", good_message_before_a_corrupt_one), ("", bomb),
    ("", fails(server_frame(TEXT, b"\x00", rsv=2), 1002)), ("", fails(server_frame(TEXT, b"\x00", rsv=5), 1002)),
    ("", fails(server_frame(PING, b"x", rsv=RSV1), 1002)),
    ("", fails(server_frame(TEXT, b"x", fin=False) + server_frame(0, b"\x00", rsv=RSV1), 1002)),
    ("", fails(server_frame(TEXT, b"\xf2\x48", rsv=RSV1), 1007)),  # half a message
    ("", fails(server_frame(TEXT, b"\xf2\x00\x11\x00\x00", rsv=RSV1), 1007)),  # nothing to go back to
]
