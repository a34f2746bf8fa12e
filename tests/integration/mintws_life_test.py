#!/usr/bin/python3
"""mintws and peers that are slow, silent, or send without reading: what keeps a connection alive, and what piles up.

mintws_life_test.py MINTWS
"""

import socket
import ssl
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from certificates import Authority  # noqa: E402
from http2_peer import Http2WebSocket  # noqa: E402
from mintws_program import (NORMAL, TIMED_OUT, Echo, Mintws, Scripted, resident_size, start)  # noqa: E402
from websocket_peer import BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, close_frame, server_frame  # noqa: E402

MIB = 1 << 20
ENOUGH_MEMORY = 96 * MIB  # sanitizers need some for themselves


class SignsOfLife(Mintws):
    """Any byte received is one: only silence for the timeout ends it."""

    watching = ["-1", "--ping-interval", "0.5", "--ping-timeout", "2"]
    size = 60_000  # within HTTP/2's first window
    seconds = 6

    def trickle(self, send):
        """One frame in pieces, which no pong can stand between."""
        frame = server_frame(BINARY, b"x" * self.size)
        count = self.seconds * 10
        for number in range(count):
            send(frame[len(frame) * number // count:len(frame) * (number + 1) // count])
            time.sleep(0.1)

    def closes_after_it(self, c):
        while (got := c.frame())[0] == PING:
            pass
        self.assertEqual(got[0], CLOSE)
        c.send(close_frame(1000))

    def test_a_frame_that_trickles_in_keeps_it_alive(self):
        def script(c):
            self.trickle(c.send)
            self.closes_after_it(c)

        code, out, err = self.talk(script, *self.watching)
        self.assertEqual((code, len(out), err), (NORMAL, self.size, ""))

    def test_the_same_over_tls(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        authority = Authority(folder)
        certificate = authority.issue("127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.file, certificate.key_file)

        def script(c):
            self.trickle(c.send)
            self.closes_after_it(c)

        with Scripted(script, tls=context) as server:
            code, out, err = self.run_mintws("--cacert", authority.file, *self.watching, server.url)
        self.assertEqual((code, len(out), err), (NORMAL, self.size, ""))

    def test_the_same_over_http2(self):
        def script(c):
            ws = Http2WebSocket(c)
            self.trickle(ws.send)
            ws.finish(close_frame(1000))

        code, out, err = self.talk(script, "--http2", *self.watching, shakes_hands=False)
        self.assertEqual((code, len(out), err), (NORMAL, self.size, ""))

    def test_a_message_that_is_taken_slowly_keeps_it_alive(self):
        size = 24 * MIB

        def script(c):
            head = c.exactly(2)
            while head[0] & 0x0F == PING:  # before the message was read from standard input
                c.exactly(4)
                c.send(server_frame(PONG))
                head = c.exactly(2)
            left = size + 12
            started = time.monotonic()
            while left > 0:
                left -= len(c.exactly(min(left, size // 80)))
                time.sleep(0.1)
            self.assertGreater(time.monotonic() - started, 4)
            while (got := c.frame())[0] == PING:
                c.send(server_frame(PONG, got[1]))
            self.assertEqual(got[0], CLOSE)
            c.send(close_frame(1000))

        code, _, err = self.talk(script, "-b", "--lines", "--ping-interval", "0.5", "--ping-timeout", "2",
                                 "--close-timeout", "60", "-w", "6", input=b"x" * size)
        self.assertEqual((code, err), (NORMAL, ""))

    def test_a_peer_that_stops_taking_it_is_given_up(self):
        def script(c):
            c.exactly(MIB)
            self.assertTrue(ended.wait(PATIENCE))

        ended = threading.Event()
        with Scripted(script) as server:
            process = start("-b", "--lines", "-n", "--ping-interval", "0.3", "--ping-timeout", "1", server.url)
            writer = threading.Thread(target=lambda: (process.stdin.write(b"x" * (32 * MIB)), process.stdin.close()))
            writer.start()
            self.assertEqual(process.wait(PATIENCE), TIMED_OUT)
            writer.join(PATIENCE)
            ended.set()
            self.assertIn(b"no pong came in time", process.stderr.read())
            process.stdout.close()
            process.stderr.close()

    def test_a_peer_that_sent_something_once_and_is_silent_is_given_up(self):
        def script(c):
            c.expect_frame(PING, b"")
            c.send(server_frame(TEXT, b"x" * 50_000)[:10_000])
            c.file.read()

        code, _, err = self.talk(script, "-n", "--ping-interval", "0.3", "--ping-timeout", "1")
        self.assertEqual(code, TIMED_OUT)
        self.assertIn("no pong came in time", err)


def last_ping_is_answered(frames, last):
    """The number of pongs until the one that answers `last`."""
    count = 0
    for opcode, payload in frames:
        if opcode == PONG:
            count += 1
            if payload == last:
                return count
    raise AssertionError("the latest ping wasn't answered")


class Floods(Mintws):
    """A peer that sends pings and doesn't read: of the pongs only the latest is kept."""

    def pings(self, size):
        """Many numbered pings, and the last one's payload."""
        count = size // 127
        flood = b"".join(server_frame(PING, b"%0125d" % number) for number in range(count))
        return flood, b"%0125d" % (count - 1)

    def test_pongs_do_not_pile_up(self):
        flood, last = self.pings(32 * MIB)
        memory = []

        def script(c):
            c.send(flood)
            memory.append(resident_size(process))
            count = last_ping_is_answered(iter(c.frame, None), last)
            self.assertLess(count, len(flood) // 127 // 2)
            c.finish()

        with Scripted(script, shakes_hands=True) as server:
            process = start("-n", server.url)
            process.stdin.close()
            self.assertEqual(process.wait(PATIENCE), NORMAL, process.stderr.read())
            process.stdout.close()
            process.stderr.close()
        self.assertLess(memory[0], ENOUGH_MEMORY)

    def test_they_do_not_over_http2_without_credit(self):
        count = 60_000 // 7  # within the client's first window; all their pongs aren't within the server's

        def script(c):
            ws = Http2WebSocket(c)
            ws.send(b"".join(server_frame(PING, b"%05d" % number) for number in range(count)))
            answered = last_ping_is_answered(iter(lambda: (ws.give_credit(100_000), ws.frame())[1], None),
                                             b"%05d" % (count - 1))
            self.assertLess(answered, count)
            ws.finish(close_frame(1000))

        self.assertEqual(self.talk(script, "--http2", "-n", shakes_hands=False)[::2], (NORMAL, ""))

    def test_each_ping_of_a_peer_that_reads_is_answered(self):
        def script(c):
            for number in range(100):
                c.send(server_frame(PING, b"%d" % number))
                c.expect_frame(PONG, b"%d" % number)
            c.finish()

        self.assertEqual(self.talk(script, "-n")[0], NORMAL)

    def test_a_pong_does_not_wait_for_all_that_is_uploaded(self):
        def script(c):
            c.send(server_frame(PING, b"now"))
            data = 0
            while (got := c.frame())[0] == BINARY:
                data += len(got[1])
            self.assertEqual(got, (PONG, b"now"))
            self.assertLess(data, 64 * MIB)
            c.sock.close()

        with Scripted(script) as server:
            process = start("-b", server.url)
            try:
                while True:
                    process.stdin.write(b"x" * 65536)
            except BrokenPipeError:
                pass
            process.wait(PATIENCE)
            process.communicate()

    def test_an_echo_server_whose_answers_are_not_read_stops_reading(self):
        with Echo() as echo, socket.create_connection(("127.0.0.1", echo.port)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
            self.assertIn(b" 101 ", sock.recv(4096))
            ping = b"\x89\xfd\0\0\0\0" + b"p" * 125
            sock.settimeout(1)
            sent = 0
            try:
                while sent < 1024 * MIB:
                    sent += sock.send(ping * 1000)
            except TimeoutError:
                pass
            self.assertLess(sent, 256 * MIB)
            self.assertLess(resident_size(echo.process), ENOUGH_MEMORY)


if __name__ == "__main__":
    mintws_program.main()
