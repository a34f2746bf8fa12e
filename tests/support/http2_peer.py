"""A server's side of one HTTP/2 connection with one WebSocket on it, frame by frame, for tests that script it."""

import struct

from websocket_peer import unmask

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW_SIZE, ENABLE_CONNECT_PROTOCOL = 4, 8
STATUS_200 = b"\x88"  # RFC 7541 appendix A


def http2_frame(kind, payload=b"", flags=0, stream=0):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class Http2WebSocket:
    """Accepts the first extended CONNECT on a `websocket_peer.Connection`. Gives no credit unless told to."""

    def __init__(self, connection):
        self.connection = connection
        self.received = b""  # of the WebSocket, and not looked at
        self.has_ended = False  # the client's direction of the stream
        assert connection.exactly(len(PREFACE)) == PREFACE
        connection.send(http2_frame(SETTINGS, struct.pack(">HI", ENABLE_CONNECT_PROTOCOL, 1)))
        self.stream = 0
        while not self.stream:
            self.take_frame()
        connection.send(http2_frame(HEADERS, STATUS_200, END_HEADERS, self.stream))

    def take_frame(self):
        head = self.connection.exactly(9)
        size, = struct.unpack(">I", b"\0" + head[:3])
        kind, flags = head[3], head[4]
        stream, = struct.unpack(">I", head[5:])
        payload = self.connection.exactly(size)
        if kind == HEADERS:
            self.stream = stream
        if kind == DATA:
            self.received += payload
            self.has_ended = bool(flags & END_STREAM)
        if kind == SETTINGS and not flags & ACK:
            self.connection.send(http2_frame(SETTINGS, flags=ACK))

    def send(self, data):
        """Within the client's windows, which this doesn't look at."""
        for at in range(0, len(data), 16384):
            self.connection.send(http2_frame(DATA, data[at:at + 16384], stream=self.stream))

    def give_credit(self, size):
        credit = struct.pack(">I", size)
        self.connection.send(http2_frame(WINDOW_UPDATE, credit) +
                             http2_frame(WINDOW_UPDATE, credit, stream=self.stream))

    def exactly(self, size):
        while len(self.received) < size:
            self.take_frame()
        taken, self.received = self.received[:size], self.received[size:]
        return taken

    def frame(self):
        """The client's next WebSocket frame, of less than 126 bytes: opcode and payload."""
        first, second = self.exactly(2)
        assert second & 0x80 and second & 0x7F < 126
        key = self.exactly(4)
        return first & 0x0F, unmask(self.exactly(second & 0x7F), key)

    def finish(self, close):
        """Sends this Close, waits for the client's, and ends the stream."""
        self.send(close)
        while self.frame()[0] != 8:
            pass
        self.connection.send(http2_frame(DATA, flags=END_STREAM, stream=self.stream))
        self.connection.file.read()
