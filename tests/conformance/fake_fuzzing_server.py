#!/usr/bin/python3
"""A small WebSocket fuzzing server with its own client run against it: fake_fuzzing_server.py CLIENT

Serves getCaseCount, a dozen cases and updateReports as public fuzzing servers do, starts CLIENT (fuzzing_client) against
itself, and fails where the client behaves otherwise than RFC 6455 says. Needs nothing but Python.
"""

import random
import socket
import subprocess
import sys
import threading
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from websocket_peer import (BINARY, PING, PONG, TEXT, CLOSE, Connection, Unexpected, close_frame, expect,  # noqa: E402
                            server_frame)

import deflated_cases  # noqa: E402

AGENT = "mint & friends"


def echoes(opcode, payload):
    def case(c):
        c.send(server_frame(opcode, payload))
        c.expect_frame(opcode, payload)
        c.finish()
    return case


def fails(octets, code):
    def case(c):
        c.send(octets)
        c.expect_failure(code)
    return case


def closes(octets, code):
    """The client answers a legal Close with its code."""
    def case(c):
        c.send(octets)
        c.expect_close(code)
        c.expect_silence()
    return case


def fragments_with_ping(c):
    c.send(server_frame(TEXT, b"one, ", fin=False) + server_frame(PING, b"between") +
           server_frame(0, b"two, ", fin=False) + server_frame(0, b"three"))
    c.expect_frame(PONG, b"between")
    c.expect_frame(TEXT, b"one, two, three")
    c.finish()


def octet_by_octet(c):
    text = "wörld 日本".encode()
    for octet in server_frame(TEXT, text):
        c.send(bytes([octet]))
    c.expect_frame(TEXT, text)
    c.finish()


def small_fragments(c):
    payload = random.Random(1).randbytes(1 << 20)
    step = 32  # more fragments than the library's default limit allows
    parts = [payload[i:i + step] for i in range(0, len(payload), step)]
    c.send(b"".join(server_frame(BINARY if i == 0 else 0, p, fin=i == len(parts) - 1) for i, p in enumerate(parts)))
    c.expect_frame(BINARY, payload)
    c.finish()


def many_messages_before_a_reply_is_read(c):
    count = 1000
    c.send(b"".join(server_frame(BINARY, b"%4d" % i * 256) for i in range(count)))
    for i in range(count):
        c.expect_frame(BINARY, b"%4d" % i * 256)
    c.finish()


def good_frame_before_a_bad_one(c):
    c.send(server_frame(TEXT, b"good") + server_frame(TEXT, b"bad", rsv=4))
    c.expect_frame(TEXT, b"good")
    c.expect_failure(1002)


def invalid_utf8_at_once(c):
    """The bad octet is told before the message ends."""
    c.send(server_frame(TEXT, b"good\xce", fin=False) + server_frame(0, b"\xff rest", fin=False))
    c.expect_failure(1007)


def unasked_pong(c):
    c.send(server_frame(PONG, b"unasked") + server_frame(PING))
    c.expect_frame(PONG, b"")
    c.finish()


def drop_without_close(c):
    c.send(server_frame(TEXT, b"x"))
    c.expect_frame(TEXT, b"x")
    c.sock.shutdown(socket.SHUT_RDWR)


CASES = [
    echoes(TEXT, b""), echoes(TEXT, b"hello"), echoes(TEXT, "κόσμε".encode() * 20), echoes(TEXT, b"*" * 65535),
    echoes(BINARY, b""), echoes(BINARY, bytes(range(256))), echoes(BINARY, b"\xfe" * 65536),
    echoes(TEXT, b"16 MiB of text. " * (1 << 20)), echoes(BINARY, random.Random(2).randbytes(17 << 20)),
    fragments_with_ping, octet_by_octet, small_fragments, many_messages_before_a_reply_is_read, unasked_pong,
    good_frame_before_a_bad_one, invalid_utf8_at_once, drop_without_close,
    fails(server_frame(TEXT, b"\xc0\xaf"), 1007), fails(server_frame(TEXT, b"cut\xe2\x82"), 1007),
    fails(server_frame(TEXT, b"x", rsv=1), 1002), fails(server_frame(3, b"x"), 1002), fails(server_frame(11), 1002),
    fails(server_frame(PING, b"x" * 126), 1002), fails(server_frame(PING, b"x", fin=False), 1002),
    fails(server_frame(0, b"x"), 1002),
    fails(server_frame(TEXT, b"a", fin=False) + server_frame(TEXT, b"b"), 1002),
    fails(b"\x81\x81\x00\x00\x00\x00x", 1002), fails(b"\x82\x7e\x00\x01x", 1002), fails(b"\x82\x7f" + b"\xff" * 8, 1002),
    fails(server_frame(CLOSE, b"x"), 1002), fails(close_frame(1000, b"\xff"), 1007),
    *[fails(close_frame(code), 1002) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)],
    *[closes(close_frame(code), code) for code in (1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999)],
    closes(close_frame(), None), closes(close_frame(1000, b"r" * 123), 1000),
    closes(close_frame(1000) + server_frame(TEXT, b"after"), 1000),
]


class Server:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cases_run = []
        self.reports = 0
        self.offers = []
        self.agrees_to_deflate = False
        self.failures = []

    def serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with sock:
                self.serve_one(Connection(sock))

    def serve_one(self, connection):
        name = "handshake"
        try:
            target, fields = connection.request()
            self.offers.append(fields.get("sec-websocket-extensions"))
            target = urllib.parse.urlsplit(target)
            query = urllib.parse.parse_qs(target.query)
            name = target.path
            if target.path == "/runCase" and self.agrees_to_deflate:
                name = f"deflated case {query['case'][0]}"
                self.run_deflated(connection, fields, int(query["case"][0]))
                return
            connection.accept(fields)
            if target.path == "/getCaseCount":
                count = len(deflated_cases.CASES if self.agrees_to_deflate else CASES)
                connection.send(server_frame(TEXT, b"%d" % count) + close_frame())
                connection.expect_close(None)
                return
            expect(query["agent"] == [AGENT], "the agent's name")
            if target.path == "/runCase":
                number = int(query["case"][0])
                name = f"case {number}"
                self.cases_run.append(number)
                CASES[number - 1](connection)
            elif target.path == "/updateReports":
                self.reports += 1
                connection.send(close_frame())
                connection.expect_close(None)
            else:
                raise Unexpected(f"a known target, not {target.path}")
        except (Unexpected, OSError, KeyError, ValueError, IndexError) as problem:
            self.failures.append(f"{name}: expected {problem}" if isinstance(problem, Unexpected) else
                                 f"{name}: {problem!r}")


    def run_deflated(self, connection, fields, number):
        self.cases_run.append(number)
        answer, case = deflated_cases.CASES[number - 1]
        connection.accept(fields, "; ".join(filter(None, ("permessage-deflate", answer))))
        case(deflated_cases.Deflated(connection, answer))


def run_client(client, server, *arguments):
    return subprocess.run([client, f"ws://127.0.0.1:{server.port}", "--agent", AGENT, *arguments],
                          capture_output=True, text=True, timeout=300)


def main():
    client = sys.argv[1]
    server = Server()
    threading.Thread(target=server.serve, daemon=True).start()
    failures = server.failures

    whole = run_client(client, server)
    if whole.returncode != 0:
        failures.append(f"exit code {whole.returncode}: {whole.stderr}")
    if server.cases_run != list(range(1, len(CASES) + 1)):
        failures.append(f"cases run: {server.cases_run}")
    if server.reports != 1:
        failures.append(f"updateReports {server.reports} times")

    server.cases_run.clear()
    some = run_client(client, server, "--cases", "2-4")
    if some.returncode != 0 or server.cases_run != [2, 3, 4] or server.reports != 2:
        failures.append(f"--cases 2-4: exit code {some.returncode}, cases {server.cases_run}")

    server.offers.clear()
    deflated = run_client(client, server, "--deflate", "--cases", "1-2")
    if deflated.returncode != 0 or set(server.offers) != {"permessage-deflate; client_max_window_bits"}:
        failures.append(f"--deflate: exit code {deflated.returncode}, offers {server.offers}")

    server.agrees_to_deflate = True
    server.cases_run.clear()
    deflated = run_client(client, server, "--deflate")
    if deflated.returncode != 0 or server.cases_run != list(range(1, len(deflated_cases.CASES) + 1)):
        failures.append(f"--deflate: exit code {deflated.returncode}, cases {server.cases_run}: {deflated.stderr}")

    for arguments in (["--cases", "4-2"], ["--cases", "x"]):
        if run_client(client, server, *arguments).returncode == 0:
            failures.append(f"{arguments} is no error")
    server.listener.close()
    if run_client(client, server).returncode == 0:
        failures.append("no server is no error")

    print(f"{len(CASES) + len(deflated_cases.CASES)} cases, {len(failures)} failures", *failures, sep="\n")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
