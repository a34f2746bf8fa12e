"""A WebSocket server's side of one connection, frame by frame, for tests that script what a server does."""

import base64
import hashlib
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
PATIENCE = 60  # seconds, for each step


def server_frame(opcode, payload=b"", fin=True, rsv=0):
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    size = len(payload)
    if size < 126:
        return head + bytes([size]) + payload
    if size < 65536:
        return head + b"\x7e" + struct.pack(">H", size) + payload
    return head + b"\x7f" + struct.pack(">Q", size) + payload


def close_frame(code=None, reason=b""):
    return server_frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


def unmask(payload, key):
    repeated = (key * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


class Unexpected(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Unexpected(what)


class Connection:
    """The server's side of one connection."""

    def __init__(self, sock):
        sock.settimeout(PATIENCE)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reserved_bits = 0  # that the client's data frames may have
        self.sock = sock
        self.file = sock.makefile("rb")

    def request(self):
        """Reads a request's head: its target and fields, with names in lower case."""
        target = self.file.readline().split()[1].decode()
        fields = {}
        while line := self.file.readline().strip():
            name, value = line.decode().split(":", 1)
            fields[name.lower()] = value.strip()
        return target, fields

    def shake_hands(self):
        """Accepts an upgrade. Returns the request's target and fields."""
        target, fields = self.request()
        self.accept(fields)
        return target, fields

    def accept(self, fields, extensions=None, more=""):
        """`more`: field lines of the answer, each with its end."""
        expect(fields["sec-websocket-version"] == "13", "version 13")
        key = fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        chosen = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
        self.send(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   f"{chosen}{more}Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())

    def send(self, octets):
        self.sock.sendall(octets)

    def exactly(self, size):
        octets = self.file.read(size)
        expect(len(octets) == size, "the client ended the connection too early")
        return octets

    def frame(self):
        """The next frame of the client's: opcode and payload; its form is checked."""
        bits, opcode, payload = self.frame_with_bits()
        expect(bits == 0, "no reserved bit")
        return opcode, payload

    def frame_with_bits(self):
        """The same with its reserved bits before it."""
        first, second = self.exactly(2)
        expect(second & 0x80, "a masked frame")
        expect(first & 0x80, "fin set")
        bits = first >> 4 & 7
        expect(bits & ~(self.reserved_bits if first & 0x0F < CLOSE else 0) == 0, "no reserved bit")
        size = second & 0x7F
        if size == 126:
            size, = struct.unpack(">H", self.exactly(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.exactly(8))
        key = self.exactly(4)
        return bits, first & 0x0F, unmask(self.exactly(size), key)

    def expect_frame(self, opcode, payload):
        got = self.frame()
        expect(got == (opcode, payload), f"frame {opcode} of {len(payload)} octets, not {got[0]} {got[1][:80]!r}")

    def expect_close(self, code):
        opcode, payload = self.frame()
        expected = b"" if code is None else struct.pack(">H", code)
        expect(opcode == CLOSE and payload[:2] == expected, f"a Close with {code}, not {opcode} {payload[:80]!r}")

    def expect_silence(self):
        """Nothing comes from the client after its Close, until it or we end the connection."""
        self.sock.shutdown(socket.SHUT_WR)
        expect(self.file.read() == b"", "nothing behind the Close")

    def finish(self, code=1000):
        """Closes in good order and waits for the client's Close."""
        self.send(close_frame(code))
        self.expect_close(code)
        self.expect_silence()

    def expect_failure(self, code):
        """The client has been sent something that breaks a rule."""
        self.expect_close(code)
        self.expect_silence()
