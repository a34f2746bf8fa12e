#!/usr/bin/python3
"""Examples 02 and 03 against servers that don't end, and servers that send without reading.

examples_scripted_test.py FOLDER, where the examples are
"""

import os
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from http2_peer import (ACK, DATA, ENABLE_CONNECT_PROTOCOL, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE,  # noqa: E402
                        PREFACE, RST_STREAM, SETTINGS, STATUS_200, WINDOW_UPDATE, http2_frame)
from mintws_program import Scripted  # noqa: E402
from websocket_peer import CLOSE, PATIENCE, PING, PONG, TEXT, close_frame, server_frame, unmask  # noqa: E402

FOLDER = os.path.abspath(sys.argv.pop(1))
MIB = 1 << 20


def run(example, script, input=b"", shakes_hands=True):
    with Scripted(script, shakes_hands=shakes_hands) as server:
        done = subprocess.run([f"{FOLDER}/{example}", server.url], input=input, capture_output=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr.decode()


class OwnEpollLoop(unittest.TestCase):
    example = "example_02_own_epoll_loop"

    def test_ends_after_the_grace_time_where_the_server_keeps_tcp_open(self):
        def script(c):
            c.expect_frame(TEXT, b"hello")
            c.expect_close(1000)
            c.send(close_frame(1000))
            self.assertEqual(c.file.read(), b"")

        self.assertEqual(run(self.example, script, b"hello\n"), (0, b"", ""))

    def test_ends_where_the_server_closes_first_and_keeps_tcp_open(self):
        def script(c):
            c.send(close_frame(1001))
            c.expect_close(1001)
            self.assertEqual(c.file.read(), b"")

        process = None
        with Scripted(script) as server:
            process = subprocess.Popen([f"{FOLDER}/{self.example}", server.url], stdin=subprocess.PIPE)
            self.assertEqual(process.wait(PATIENCE), 0)
            process.stdin.close()

    def test_ends_where_the_server_never_closes(self):
        def script(c):
            c.expect_close(1000)
            self.assertEqual(c.file.read(), b"")

        self.assertEqual(run(self.example, script)[0], 0)

    def test_goes_on_where_the_server_sends_pings_and_does_not_read(self):
        count = 24 * MIB // 127

        def script(c):
            c.send(b"".join(server_frame(PING, b"%0125d" % number) for number in range(count)))
            answered = 0
            while (got := c.frame())[1] != b"%0125d" % (count - 1):
                self.assertEqual(got[0], PONG)
                answered += 1
            self.assertLess(answered, count // 2)
            c.finish()

        with Scripted(script) as server:
            process = subprocess.Popen([f"{FOLDER}/{self.example}", server.url], stdin=subprocess.PIPE)
            self.assertEqual(process.wait(PATIENCE), 0)
            process.stdin.close()

    def test_waits_with_lines_that_the_server_does_not_take(self):
        lines = [b"%d" % number * 5000 for number in range(1000)]

        def script(c):
            time.sleep(1)  # until the queue would be full
            for line in lines:
                c.expect_frame(TEXT, line)
            c.expect_close(1000)
            c.send(close_frame(1000))
            c.expect_silence()

        self.assertEqual(run(self.example, script, b"".join(line + b"\n" for line in lines)), (0, b"", ""))


class ManyPeer:
    """A server's side of HTTP/2 with many WebSockets, which answers Closes, and other requests with a 200."""

    def __init__(self, connection, after_upgrade=b""):
        self.c = connection
        self.after_upgrade = after_upgrade  # on the first stream
        self.unsent = b""
        self.windows = {0: 65535}  # what the client allows us to send
        self.initial_window = 65535
        self.received = {}  # by stream
        self.reset = set()
        self.frames = []

    def run(self):
        c = self.c
        assert c.exactly(len(PREFACE)) == PREFACE
        c.send(http2_frame(SETTINGS, bytes([0, ENABLE_CONNECT_PROTOCOL, 0, 0, 0, 1])))
        while head := c.file.read(9):
            payload = c.exactly(int.from_bytes(head[:3], "big"))
            self.take(head[3], head[4], int.from_bytes(head[5:], "big"), payload)

    def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            for identifier, value in struct.iter_unpack(">HI", payload):
                self.initial_window = value if identifier == INITIAL_WINDOW_SIZE else self.initial_window
            self.c.send(http2_frame(SETTINGS, flags=ACK))
        if kind == WINDOW_UPDATE:
            self.windows[stream] = self.windows.get(stream, 0) + int.from_bytes(payload, "big")
            self.flood()
        if kind == HEADERS and flags & END_STREAM:
            self.c.send(http2_frame(HEADERS, STATUS_200, END_HEADERS | END_STREAM, stream))
        elif kind == HEADERS:
            self.received[stream] = b""
            self.c.send(http2_frame(HEADERS, STATUS_200, END_HEADERS, stream))
            self.windows[stream] = self.windows.get(stream, 0) + self.initial_window
            if len(self.received) == 1:
                self.flooded, self.unsent = stream, self.after_upgrade
                self.flood()
        if kind == RST_STREAM:
            self.reset.add(stream)
        if kind == DATA:
            self.received[stream] += payload
            self.take_frames(stream)

    def flood(self):
        while self.unsent:
            size = min(self.windows[0], self.windows[self.flooded], len(self.unsent), 16384)
            if size <= 0:
                return
            self.c.send(http2_frame(DATA, self.unsent[:size], stream=self.flooded))
            self.unsent = self.unsent[size:]
            self.windows[0] -= size
            self.windows[self.flooded] -= size
            if not self.unsent:  # now it may send again
                credit = struct.pack(">I", 1 << 30)
                self.c.send(http2_frame(WINDOW_UPDATE, credit) +
                            http2_frame(WINDOW_UPDATE, credit, stream=self.flooded))

    def take_frames(self, stream):
        data = self.received[stream]
        while len(data) >= 6 and len(data) >= 6 + (data[1] & 0x7F):
            size = data[1] & 0x7F
            opcode, payload = data[0] & 0x0F, unmask(data[6:6 + size], data[2:6])
            data = data[6 + size:]
            self.frames.append((stream, opcode, payload))
            if opcode in (TEXT, CLOSE):
                if self.unsent and stream == self.flooded:
                    self.unsent += server_frame(opcode, payload)  # in turn
                else:
                    self.c.send(http2_frame(DATA, server_frame(opcode, payload), stream=stream))
        self.received[stream] = data


class Http2Many(unittest.TestCase):
    example = "example_03_http2_many"

    def test_ends_after_the_grace_time_where_the_server_never_ends_its_streams(self):
        peers = []

        def script(c):
            peers.append(ManyPeer(c))
            peers[0].run()

        code, out, err = run(self.example, script, shakes_hands=False)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.count(b"I am number"), 10)
        self.assertEqual(len(peers[0].reset), 10, "each was reset")

    def test_tells_a_server_of_http1_apart(self):
        def script(c):
            c.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            c.file.read()

        code, out, err = run(self.example, script, shakes_hands=False)
        self.assertEqual((code, out), (1, b""))
        self.assertIn("doesn't speak HTTP/2", err)
        self.assertNotIn("didn't process", err)

    def test_answers_the_latest_ping_where_it_could_not_send(self):
        count = 400_000
        peers = []

        def script(c):
            pings = b"".join(server_frame(PING, b"%06d" % number) for number in range(count))
            peers.append(ManyPeer(c, after_upgrade=pings))
            peers[0].run()

        code, out, err = run(self.example, script, shakes_hands=False)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.count(b"I am number"), 10)
        answers = [payload for _, opcode, payload in peers[0].frames if opcode == PONG]
        self.assertEqual(answers[-1], b"%06d" % (count - 1))
        self.assertLess(len(answers), count // 2)


if __name__ == "__main__":
    unittest.main()
