#!/usr/bin/python3
"""mintws and HTTP/2: when it is spoken, what is shown, and the way back to HTTP/1.1. mintws_http2_test.py MINTWS

Against its own echo server, and against a server of HTTP/2 frames that takes no WebSockets.
"""

import ssl
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from certificates import Authority  # noqa: E402
from mintws_program import NORMAL, PROTOCOL_ERROR, REFUSED, USAGE, Echo, Mintws, Scripted  # noqa: E402

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
EMPTY_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


def without_websockets(connection):
    """Speaks HTTP/2 and says in its SETTINGS that it has no extended CONNECT."""
    assert connection.exactly(len(PREFACE)) == PREFACE
    connection.send(EMPTY_SETTINGS)
    connection.file.read()


def speaks_http1(connection):
    connection.shake_hands()
    connection.finish()


class Http2(Mintws):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.authority = Authority(cls.folder)
        cls.good = cls.authority.issue("localhost", "127.0.0.1")
        cls.trusting = ["--cacert", cls.authority.file]

    def context(self, *alpn):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.good.file, self.good.key_file)
        context.set_alpn_protocols(list(alpn))
        return context

    def test_is_spoken_over_tls_where_the_server_chooses_it(self):
        with Echo(self.good) as echo:
            self.assertEqual(self.run_mintws("--http2", *self.trusting, echo.url, input=b"one\ntwo\n"),
                             (NORMAL, b"one\ntwo\n", ""))
            code, out, err = self.run_mintws("-v", "--http2", *self.trusting, echo.url, input=b"three\n")
        self.assertEqual((code, out), (NORMAL, b"three\n"))
        for part in ("ALPN h2", "> :method: CONNECT\n", "> :protocol: websocket\n", "> :scheme: https\n",
                     "< HTTP/2 200\n", "> close 1000\n", "< close 1000"):
            self.assertIn(part, err)

    def test_is_spoken_in_cleartext_with_prior_knowledge(self):
        with Echo() as echo:
            code, out, err = self.run_mintws("-v", "--http2", "-s", "chat", echo.url, input=b"hello\n")
        self.assertEqual((code, out), (NORMAL, b"hello\n"))
        self.assertIn("< HTTP/2 200\n< sec-websocket-protocol: chat\n", err)

    def test_the_request_is_shown_as_it_was_sent(self):
        with Echo() as echo:
            code, _, err = self.run_mintws("-v", "--http2", "-H", "Host: other.test", "-H", "X-One: A", "--title-case",
                                           echo.url, input=b"")
        self.assertEqual(code, NORMAL, err)
        shown = [line for line in err.splitlines() if line.startswith("> ") and not line.startswith("> close")]
        self.assertIn("> :authority: other.test", shown)
        self.assertIn("> x-one: A", shown)
        self.assertFalse([line for line in shown if line.lower().startswith("> host")], shown)
        self.assertEqual([line.split(": ")[0] for line in shown], [line.split(": ")[0].lower() for line in shown])

    def test_is_not_spoken_unless_asked_for(self):
        with Echo(self.good) as echo:
            for options in ([], ["--http1.1"]):
                _, _, err = self.run_mintws("-v", *options, *self.trusting, echo.url, input=b"")
                self.assertIn("< HTTP/1.1 101", err)

    def test_both_at_once_are_wrong_use(self):
        self.assertEqual(self.run_mintws("--http2", "--http1.1", "ws://localhost/")[0], USAGE)

    def test_large_messages_come_back(self):
        line = b"x" * 3_000_000
        with Echo() as echo:
            self.assertEqual(self.run_mintws("--http2", "--one", "--max-message-size", "4MiB", echo.url,
                                             input=line + b"\n"), (NORMAL, line + b"\n", ""))

    def test_a_server_without_websockets_on_it_is_asked_over_http1(self):
        for quiet in ([], ["-q"]):
            first, second = self.context("h2", "http/1.1"), self.context("http/1.1")
            with Scripted(without_websockets, speaks_http1, shakes_hands=False, tls=first) as server:
                server.tls = first
                server.scripts = (lambda c: (setattr(server, "tls", second), without_websockets(c)), speaks_http1)
                code, out, err = self.run_mintws("--http2", *quiet, *self.trusting, server.url, input=b"")
            self.assertEqual((code, out), (NORMAL, b""), err)
            told = f"127.0.0.1:{server.port} has no WebSockets over HTTP/2; opening another connection with HTTP/1.1"
            self.assertEqual(told in err, not quiet)

    def test_in_cleartext_there_is_no_way_back_and_it_says_so(self):
        with Scripted(without_websockets, shakes_hands=False) as server:
            code, out, err = self.run_mintws("--http2", server.url, input=b"")
        self.assertEqual((code, out), (REFUSED, b""))
        self.assertIn("takes no WebSockets over HTTP/2", err)
        self.assertIn("without --http2", err)

    def test_a_server_of_http1_is_told_apart(self):
        def answers(connection):
            connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.file.read()

        with Scripted(answers, shakes_hands=False) as server:
            code, out, err = self.run_mintws("--http2", server.url, input=b"")
        self.assertEqual((code, out), (PROTOCOL_ERROR, b""))
        self.assertIn("doesn't speak HTTP/2", err)
        self.assertIn("without --http2", err)


if __name__ == "__main__":
    mintws_program.main()
