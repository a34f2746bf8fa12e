#!/usr/bin/python3
"""Each row of the table of exit codes in docs/mintws.md, and what is told of an end. mintws_status_test.py MINTWS"""

import re
import signal
import socket
import struct
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from certificates import Authority  # noqa: E402
from http2_peer import END_STREAM, RST_STREAM, DATA, Http2WebSocket, http2_frame  # noqa: E402
from mintws_program import (ABNORMAL, INSECURE, INTERRUPTED, NORMAL, PROTOCOL_ERROR, REFUSED, TIMED_OUT,  # noqa: E402
                            UNREACHABLE, UNWRITTEN, USAGE, Echo, Mintws, Scripted, start, start_in_shell)
from websocket_peer import BINARY, CLOSE, PATIENCE, TEXT, close_frame, server_frame  # noqa: E402


def answers(*pieces):
    """A script that answers the request so."""
    def script(c):
        c.request()
        for piece in pieces:
            c.send(piece)

    return script


def reset(c):
    """Ends the connection by a reset."""
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.file.close()
    c.sock.close()


class Statuses(Mintws):
    def status(self, script, *arguments, **more):
        return self.talk(script, *arguments, **more)[0]

    def test_the_manual_and_the_help_have_the_same_rows(self):
        manual = (Path(__file__).resolve().parents[2] / "docs" / "mintws.md").read_text().split("## Exit status")[1]
        help_text = self.run_mintws("--help")[1].decode().split("Exit status:")[1]
        codes = {NORMAL, USAGE, UNREACHABLE, TIMED_OUT, REFUSED, ABNORMAL, PROTOCOL_ERROR, INSECURE, UNWRITTEN,
                 INTERRUPTED}
        self.assertEqual({int(code) for code in re.findall(r"^\| (\d+) \|", manual, re.M)}, codes)
        self.assertEqual({int(code) for code in re.findall(r"^  (\d+) ", help_text, re.M)}, codes)

    def test_0_closed_in_good_order(self):
        for code in (1000, 1001, None):
            self.assertEqual(self.status(lambda c: c.finish(code), "-n"), NORMAL)
        self.assertEqual(self.status(lambda c: (c.expect_close(4000), c.send(close_frame(4000))),
                                     "--close-code", "4000"), NORMAL)

    def test_1_wrong_use_or_input_that_cannot_be_sent(self):
        self.assertEqual(self.run_mintws("--nothing")[0], USAGE)
        self.assertEqual(self.status(lambda c: (c.expect_close(1000), c.send(close_frame(1000))), input=b"\xff\n"), USAGE)

    def test_2_nobody_is_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        for scheme in ("ws", "wss"):
            self.assertEqual(self.run_mintws(f"{scheme}://127.0.0.1:{port}/")[0], UNREACHABLE)
            self.assertEqual(self.run_mintws(f"{scheme}://name.invalid/")[0], UNREACHABLE)
        self.assertEqual(self.run_mintws("--proxy", f"http://127.0.0.1:{port}", "ws://host/")[0], UNREACHABLE)
        self.assertEqual(self.run_mintws("demo", f"ws://127.0.0.1:{port}/")[0], UNREACHABLE)
        self.assertEqual(self.run_mintws("demo", "--http2", f"ws://127.0.0.1:{port}/")[0], UNREACHABLE)

    def test_3_it_took_too_long(self):
        def silent(c):
            c.file.read()

        self.assertEqual(self.status(silent, "--connect-timeout", "0.2", shakes_hands=False), TIMED_OUT)
        self.assertEqual(self.status(silent, "--close-timeout", "0.2"), TIMED_OUT)
        self.assertEqual(self.status(silent, "-n", "--ping-interval", "0.1", "--ping-timeout", "0.2"), TIMED_OUT)
        with Scripted(silent, shakes_hands=False) as server:
            self.assertEqual(self.run_mintws("--connect-timeout", "0.2", f"wss://127.0.0.1:{server.port}/")[0], TIMED_OUT)
        with Scripted(silent, shakes_hands=False) as server:
            self.assertEqual(self.run_mintws("--connect-timeout", "0.2", "--proxy", f"127.0.0.1:{server.port}",
                                             "wss://host/")[0], TIMED_OUT)

    def test_4_no_websocket_came_to_be(self):
        refusal = answers(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(self.status(refusal, shakes_hands=False), REFUSED)
        with Scripted(refusal, shakes_hands=False) as server:
            code, out, err = self.run_mintws("demo", server.url)
            self.assertEqual(code, REFUSED)
            self.assertIn("404", err)

    def test_4_a_proxy_whose_answer_is_none(self):
        for pieces in ((), (b"HTTP/1.1 200",), (b"nonsense\r\n\r\n",), (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",),
                       (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",)):
            for url in ("ws://host/", "wss://host/"):
                with Scripted(answers(*pieces), shakes_hands=False) as server:
                    code, _, err = self.run_mintws("--proxy", f"http://127.0.0.1:{server.port}", url)
                self.assertEqual(code, REFUSED, (pieces, err))
        with Scripted(lambda c: (c.request(), reset(c)), shakes_hands=False) as server:
            self.assertEqual(self.run_mintws("--proxy", f"http://127.0.0.1:{server.port}", "wss://host/")[0], REFUSED)

    def test_4_a_socks_proxy_whose_answer_is_none(self):
        for piece in (b"", b"\x05", b"\x04\x00", b"HTTP/1.1 400 Bad Request\r\n\r\n"):
            def script(c):
                c.exactly(3)
                c.send(piece)

            with Scripted(script, shakes_hands=False) as server:
                code, _, err = self.run_mintws("--proxy", f"socks5://127.0.0.1:{server.port}", "wss://host/")
            self.assertEqual(code, REFUSED, (piece, err))

    def test_5_the_connection_broke_or_was_closed_with_an_error(self):
        self.assertEqual(self.status(lambda c: c.finish(1011), "-n"), ABNORMAL)
        self.assertEqual(self.status(lambda c: None, "-n"), ABNORMAL)
        self.assertEqual(self.status(reset, "-n"), ABNORMAL)

    def test_6_the_server_broke_the_protocol_or_a_limit(self):
        self.assertEqual(self.status(lambda c: (c.send(server_frame(TEXT, b"x", rsv=1)), c.file.read()), "-n"),
                         PROTOCOL_ERROR)
        self.assertEqual(self.status(lambda c: (c.send(server_frame(TEXT, b"x" * 20)), c.file.read()), "-n",
                                     "--max-message-size", "10"), PROTOCOL_ERROR)

    def test_7_no_tls(self):
        def cut(c):
            c.exactly(1)

        def is_reset(c):
            c.exactly(1)
            reset(c)

        for script in (cut, is_reset, lambda c: c.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")):
            for arguments in ([], ["demo"], ["demo", "--http2"]):
                with Scripted(script, shakes_hands=False) as server:
                    code, _, err = self.run_mintws(*arguments, f"wss://127.0.0.1:{server.port}/")
                self.assertEqual(code, INSECURE, (arguments, err))
            with Scripted(script, shakes_hands=False) as server:
                code, _, err = self.run_mintws("--proxy", f"https://127.0.0.1:{server.port}", "ws://host/")
            self.assertEqual(code, INSECURE, err)

    def test_7_nobody_to_trust(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with Echo(Authority(folder).issue("127.0.0.1")) as echo:
            for arguments in ([], ["demo"], ["demo", "--http2"]):
                self.assertEqual(self.run_mintws(*arguments, echo.url)[0], INSECURE)

    def test_8_output_that_cannot_be_written(self):
        with Echo() as echo:
            process = start_in_shell("</dev/null >/dev/full", "-1", "-x", "x", echo.url)
            process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, UNWRITTEN)

    def test_130_interrupted_while_connecting_or_twice(self):
        asked = threading.Event()
        with Scripted(lambda c: (c.request(), asked.set(), c.file.read()), shakes_hands=False) as server:
            process = start(server.url)
            self.assertTrue(asked.wait(PATIENCE))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), INTERRUPTED)
            process.communicate()

        def script(c):
            c.send(server_frame(TEXT, b"ready"))
            c.expect_close(1000)
            process.send_signal(signal.SIGTERM)
            c.file.read()

        with Scripted(script) as server:
            process = start("--close-timeout", "1000", server.url)
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE), INTERRUPTED)
            process.communicate()


class Ends(Mintws):
    def test_a_close_with_a_code_that_may_not_be_sent_is_shown(self):
        for code in (999, 1005, 1006, 1015, 2999, 5000, 65535):
            def script(c):
                c.send(server_frame(TEXT, b"good") + close_frame(code, b"token expired"))
                c.expect_failure(1002)

            status, out, err = self.talk(script, "-n")
            self.assertEqual((status, out), (PROTOCOL_ERROR, b"good\n"))
            self.assertIn(str(code), err)
            self.assertIn("token expired", err)

    def test_it_is_shown_wherever_its_bytes_are_split(self):
        for at in range(1, 5):
            def script(c):
                frame = server_frame(TEXT, b"good") + close_frame(1005, b"why")
                at_close = len(frame) - 7
                c.send(frame[:at_close + at])
                received.wait(PATIENCE)
                c.send(frame[at_close + at:])
                c.expect_failure(1002)

            received = threading.Event()
            with Scripted(script) as server:
                process = start("-n", server.url)
                process.stdin.close()
                self.assertEqual(process.stdout.readline(), b"good\n")
                received.set()
                self.assertEqual(process.wait(PATIENCE), PROTOCOL_ERROR)
                err = process.stderr.read().decode()
                self.assertIn("1005", err)
                process.stdout.close()
                process.stderr.close()

    def test_it_is_shown_over_http2(self):
        def script(c):
            ws = Http2WebSocket(c)
            ws.send(close_frame(1005, b"token expired"))
            c.file.read()

        status, _, err = self.talk(script, "--http2", "-n", shakes_hands=False)
        self.assertEqual(status, PROTOCOL_ERROR)
        self.assertIn("1005: token expired", err)

    def test_a_reason_writes_no_line_of_its_own(self):
        reason = b"bye\nmintws: closed: 1000\r\x1b[2K"
        for code, status in ((1000, NORMAL), (1011, ABNORMAL), (1005, PROTOCOL_ERROR)):
            def script(c):
                c.send(close_frame(code, reason))
                c.frame()
                c.expect_silence()

            for arguments in (["-n", "--report-close"], ["-n", "-v"]):
                got, _, err = self.talk(script, *arguments)
                self.assertEqual(got, status)
                if code != 1000 or "-v" in arguments or "--report-close" in arguments:
                    self.assertIn("bye\\x0amintws", err)
                self.assertNotIn("\nmintws: closed: 1000\r", err)
                self.assertNotRegex(err, "(?m)^mintws: closed: 1000\\\\")

    def test_what_comes_in_pings_writes_no_line_of_its_own(self):
        def script(c):
            c.send(server_frame(9, b"a\nmintws: b") + server_frame(10, b"c\nd"))
            c.frame()
            c.finish()

        err = self.talk(script, "-n", "-v")[2]
        for shown in ("< ping: a\\x0amintws: b\n", "< pong: c\\x0ad\n", "> pong: a\\x0amintws: b\n"):
            self.assertIn(shown, err)

    def test_the_end_inside_a_message_says_how_much_of_it_had_come(self):
        for sent, size in ((server_frame(BINARY, b"x" * 1000)[:4 + 234], 234),
                           (server_frame(TEXT, b"y" * 100, fin=False), 100),
                           (server_frame(TEXT, b"y" * 100, fin=False) + server_frame(0, b"z" * 50)[:2 + 20], 120),
                           (server_frame(TEXT, b"y" * 100, fin=False) + server_frame(9, b"ping")[:3], 100)):
            status, out, err = self.talk(lambda c: c.send(sent), "-n")
            self.assertEqual((status, out), (ABNORMAL, b""))
            self.assertRegex(err, rf"\b{size} bytes of it had come")

        err = self.talk(lambda c: c.send(server_frame(BINARY, b"whole")), "-n")[2]
        self.assertNotIn("bytes of it", err)

    def test_a_reset_and_the_end_of_a_stream_inside_a_message_say_it_too(self):
        def is_reset(c):
            c.send(server_frame(TEXT, b"first") + server_frame(BINARY, b"x" * 1000)[:4 + 234])
            received.wait(PATIENCE)
            reset(c)

        received = threading.Event()
        with Scripted(is_reset) as server:
            process = start("-n", server.url)
            process.stdin.close()
            process.stdout.readline()
            received.set()
            self.assertEqual(process.wait(PATIENCE), ABNORMAL)
            self.assertRegex(process.stderr.read().decode(), r"\b234 bytes of it had come")
            process.stdout.close()
            process.stderr.close()

        for end in (http2_frame(DATA, flags=END_STREAM, stream=1), http2_frame(RST_STREAM, b"\0\0\0\2", stream=1)):
            def script(c):
                ws = Http2WebSocket(c)
                ws.send(server_frame(BINARY, b"x" * 1000)[:4 + 234])
                c.send(end)
                c.file.read()

            status, _, err = self.talk(script, "--http2", "-n", shakes_hands=False)
            self.assertEqual(status, ABNORMAL)
            self.assertRegex(err, r"\b234 bytes of it had come")

    def test_the_echo_server_closes_with_a_reason(self):
        with Echo() as echo:
            for options in ([], ["--http2"]):
                status, _, err = self.run_mintws(*options, "--report-close", "--max-message-size", "70MiB", "-b",
                                                 "--lines", "-1", echo.url, input=b"x" * (66 << 20))
                self.assertEqual(status, ABNORMAL)
                self.assertRegex(err, r"closed: 1009 [^:]*: .*\d{8}")
        with Echo() as echo:
            process = start("-n", "--report-close", "-x", "x", echo.url)
            process.stdout.readline()
            echo.process.terminate()
            self.assertRegex(process.communicate(timeout=PATIENCE)[1].decode(), r"closed: 1001 [^:]*: the server stops")


if __name__ == "__main__":
    mintws_program.main()
