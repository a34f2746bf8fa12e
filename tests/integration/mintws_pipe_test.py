#!/usr/bin/python3
"""mintws in a pipe and at a terminal: what goes in, what comes out, and how it ends. mintws_pipe_test.py MINTWS

Against its own echo server, and against servers scripted frame by frame. Needs nothing but Python.

one job: the program as its user meets it; every class here starts it with the same few lines, and most are one table row long.
"""

import random
import re
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from certificates import Authority  # noqa: E402
from mintws_program import (ABNORMAL, INTERRUPTED, NORMAL, PROTOCOL_ERROR, REFUSED, TIMED_OUT, UNREACHABLE,  # noqa: E402
                            USAGE, Echo, Mintws, Scripted, Terminal, start, start_in_shell)
from websocket_peer import BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, close_frame, server_frame  # noqa: E402


class WithEcho(Mintws):
    options = []
    certificate = None

    def setUp(self):
        self.echo = Echo(self.certificate)
        self.echo.__enter__()
        self.target = [*self.options, self.echo.url]

    def tearDown(self):
        self.echo.__exit__()
        self.assertEqual(self.echo.status, 0, "the echo server's exit code")

    def run_echo(self, *arguments, input=b""):
        return self.run_mintws(*arguments, *self.target, input=input)

    def test_lines_come_back_as_lines(self):
        self.assertEqual(self.run_echo(input="one\n\nzwölf\nlast without newline".encode()),
                         (NORMAL, "one\n\nzwölf\nlast without newline\n".encode(), ""))

    def test_no_input_is_a_close_and_nothing_else(self):
        self.assertEqual(self.run_echo(), (NORMAL, b"", ""))

    def test_a_million_lines_keep_their_order(self):
        lines = b"".join(b"%d\n" % i for i in range(1_000_000))
        self.assertEqual(self.run_echo(input=lines), (NORMAL, lines, ""))

    def test_compressed_lines_come_back_and_the_ratio_is_shown(self):
        lines = b"".join(b'{"type":"trade","symbol":"EURUSD","price":"1.08%d","venue":"loopback","number":%d}\n' % (i % 997, i) for i in range(20_000))
        code, out, err = self.run_echo("--compress", "-v", input=lines)
        self.assertEqual((code, out == lines), (NORMAL, True), err[-2000:])
        self.assertIn("> sec-websocket-extensions: permessage-deflate; client_max_window_bits", err)
        ratio = r"\* permessage-deflate: sent (\d+) octets as \d+ in frames \((\d+\.\d):1\), received \1 octets as \d+ in frames \((.+):1\)"
        found = re.search(ratio, err)
        self.assertIsNotNone(found, err[-2000:])
        self.assertGreater(float(found[2]), 1.2)
        self.assertGreater(float(found[3]), 1.2)

    def test_nothing_is_compressed_unless_it_is_asked_for(self):
        for options in ([], ["--no-compress"], ["--compress", "--no-compress"]):
            code, _, err = self.run_echo("-v", *options, input=b"x\n")
            self.assertEqual(code, NORMAL)
            self.assertNotIn("permessage-deflate", err)

    def test_a_line_of_16_mib_comes_back(self):
        line = b"16 octets, text." * (1 << 20) + b"\n"
        code, out, err = self.run_echo(input=line)
        self.assertEqual((code, out == line, err), (NORMAL, True, ""))

    def test_a_line_over_the_limit_is_an_error(self):
        code, out, err = self.run_echo("--max-message-size", "1000", input=b"good\n" + b"x" * 500_000 + b"\n")
        self.assertEqual((code, out), (USAGE, b"good\n"))
        self.assertIn("line 2", err)

    def test_binary_goes_out_and_comes_back_byte_by_byte(self):
        for data in (random.Random(3).randbytes(300_000), b"\n", b"\n\nx\n", b"\0\r\n", b"x" * 100_000 + b"\n"):
            self.assertEqual(self.run_echo("-b", input=data), (NORMAL, data, ""))

    def test_lines_or_what_nul_ends_are_binary_messages_where_asked(self):
        self.assertEqual(self.run_echo("-b", "--lines", input=b"one\n\xff\n\nlast"), (NORMAL, b"one\xfflast", ""))
        self.assertEqual(self.run_echo("-b", "-0", input=b"one\ntwo\0\0\xff"), (NORMAL, b"one\ntwo\xff", ""))

    def test_texts_that_nul_ends_may_have_lines_in_them(self):
        for option in ("-0", "--null"):
            self.assertEqual(self.run_echo(option, input=b"one\ntwo\0\0last"), (NORMAL, b"one\ntwo\0\0last\0", ""))

    def test_text_that_is_not_utf8_is_an_error_that_names_the_line(self):
        code, out, err = self.run_echo(input=b"good\n\xff\n")
        self.assertEqual((code, out), (USAGE, b"good\n"))
        self.assertIn("line 2 isn't UTF-8", err)

    def test_executes_messages_before_the_input(self):
        self.assertEqual(self.run_echo("-x", "first", "-x", "second", input=b"third\n"),
                         (NORMAL, b"first\nsecond\nthird\n", ""))

    def test_stops_after_so_many_messages(self):
        self.assertEqual(self.run_echo("-1", input=b"1\n2\n3\n")[:2], (NORMAL, b"1\n"))
        self.assertEqual(self.run_echo("-N", "2", input=b"1\n2\n3\n")[:2], (NORMAL, b"1\n2\n"))

    def test_stops_after_one_message_while_input_stays_open(self):
        process = start("-1", "-x", "hello", *self.target)
        self.assertEqual(process.wait(PATIENCE), NORMAL)
        self.assertEqual(process.communicate()[0], b"hello\n")

    def test_a_line_is_answered_before_the_next_is_written(self):
        process = start(*self.target)
        for line in (b"one\n", b"two\n"):
            process.stdin.write(line)
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), line)
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), NORMAL)
        process.stdout.close()
        process.stderr.close()

    def test_a_reader_that_goes_away_ends_it(self):
        process = start(*self.target)
        process.stdin.write(b"x\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE), NORMAL)
        process.stdin.close()
        process.stderr.close()

    def test_shows_the_handshake_where_asked(self):
        code, _, err = self.run_echo("-v", "-s", "chat", "-H", "X-One: 1")
        self.assertEqual(code, NORMAL)
        for line in ("> GET / HTTP/1.1", "> X-One: 1", "> sec-websocket-protocol: chat", "< HTTP/1.1 101 Switching Protocols",
                     "< Sec-WebSocket-Protocol: chat", "> close 1000", "< close 1000"):
            self.assertIn(line + "\n", err)

    def test_reports_how_it_was_closed_where_asked(self):
        self.assertIn("closed: 4001", self.run_echo("--report-close", "--close-code", "4001")[2])

    def test_times_stand_before_text(self):
        self.assertRegex(self.run_echo("--ts", input=b"x\n")[1], rb"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z x\n$")

    def test_a_stopping_server_closes_with_going_away(self):
        process = start("--report-close", "-x", "x", *self.target)
        process.stdout.readline()
        self.echo.process.terminate()
        err = process.stderr.read().decode()
        self.assertEqual(process.wait(PATIENCE), NORMAL)
        self.assertIn("closed: 1001", err)
        process.communicate()


class WithEchoOverTls(WithEcho):
    """The same, and nobody notices."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        authority = Authority(folder)
        cls.certificate = authority.issue("127.0.0.1")
        cls.options = ["--cacert", authority.file]


class WithTerminal(Mintws):
    """Both ends at a terminal: lines are edited, and what comes in doesn't garble them."""

    def test_lines_are_edited_and_kept_in_a_history(self):
        with Echo() as echo:
            terminal = Terminal(echo.url)
            terminal.wait_for(b"connected")
            terminal.wait_for(b"> ")
            terminal.type(b"hellp\x7fo\r")
            terminal.wait_for(b"\x1b[Jhello\r\n")
            terminal.type(b"\x10\r")  # Ctrl-P: the line before
            terminal.wait_for(b"\x1b[Jhello\r\n")
            terminal.type(b"\x04")
            terminal.wait_for(b"closed: 1000")
            self.assertEqual(terminal.exit_code(), NORMAL)

    def test_a_message_leaves_the_line_being_edited_alone(self):
        typed = threading.Event()

        def script(c):
            typed.wait(PATIENCE)
            c.send(server_frame(TEXT, b"in \x1b[2J between"))
            c.expect_frame(TEXT, b"half and half")
            c.finish()

        with Scripted(script) as server:
            terminal = Terminal(server.url)
            terminal.wait_for(b"> ")
            terminal.type(b"half ")
            terminal.wait_for(b"half")
            typed.set()
            terminal.wait_for(b"in \\x1b[2J between\r\n")
            terminal.wait_for(b"half")
            terminal.type(b"and half\r")
            terminal.wait_for(b"closed: 1000")
            self.assertEqual(terminal.exit_code(), NORMAL)


class WithScript(Mintws):
    def test_sends_fields_of_its_user(self):
        seen = {}

        def script(c):
            seen.update(c.fields, target=c.target)
            c.finish()

        self.talk(script, "-H", "X-One: 1", "-H", "Cookie: a=b; c", "--origin", "http://here", "--bearer", "token",
                  "-s", "one", "-s", "two")
        self.assertEqual({name: seen[name] for name in ("target", "x-one", "cookie", "origin", "authorization",
                                                        "sec-websocket-protocol")},
                         {"target": "/path?query", "x-one": "1", "cookie": "a=b; c", "origin": "http://here",
                          "authorization": "Bearer token", "sec-websocket-protocol": "one, two"})

    def test_sends_basic_credentials_from_the_option_or_the_url(self):
        seen = []

        def script(c):
            seen.append(c.fields["authorization"])
            c.finish()

        self.talk(script, "--auth", "Aladdin:open sesame")
        with Scripted(script) as server:
            self.run_mintws(server.url.replace("ws://", "ws://Aladdin:open%20sesame@"))
        self.assertEqual(seen, ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="] * 2)

    def test_binary_input_goes_out_as_it_comes(self):
        def script(c):
            for part in (b"no newline", b"\n", b"\0\n\xff"):
                c.expect_frame(BINARY, part)
                received.release()
            c.finish()

        received = threading.Semaphore(0)
        with Scripted(script) as server:
            process = start("-b", server.url)
            for part in (b"no newline", b"\n", b"\0\n\xff"):
                process.stdin.write(part)
                process.stdin.flush()
                self.assertTrue(received.acquire(timeout=PATIENCE))
            self.assertEqual(process.wait(PATIENCE), NORMAL)
            process.communicate()

    def test_a_chunk_of_binary_input_is_no_longer_than_a_message_may_be(self):
        def script(c):
            got = b""
            while (frame := c.frame())[0] == BINARY:
                self.assertLessEqual(len(frame[1]), 1000)
                got += frame[1]
            self.assertEqual(got, sent)
            c.send(close_frame(1000))

        sent = random.Random(5).randbytes(10_000)
        self.assertEqual(self.talk(script, "-b", "--max-message-size", "1000", input=sent)[0], NORMAL)

    def test_standard_input_that_cannot_be_read_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            with Scripted(lambda c: (c.expect_close(1000), c.send(close_frame(1000)), c.expect_silence())) as server:
                process = start_in_shell(f"<{folder}", server.url)
                out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, out), (USAGE, b""))
        self.assertIn(b"standard input can't be read: Is a directory", err)

    def test_answers_pings_while_it_waits(self):
        def script(c):
            c.send(server_frame(PING, b"are you there"))
            c.expect_frame(PONG, b"are you there")
            c.finish()

        self.assertEqual(self.talk(script, "-n")[0], NORMAL)

    def test_prints_replies_that_come_after_its_close(self):
        def script(c):
            c.expect_frame(TEXT, b"question")
            c.expect_close(1000)
            c.send(server_frame(TEXT, b"late ", fin=False) + server_frame(0, b"answer") + close_frame(1000))

        self.assertEqual(self.talk(script, input=b"question\n"), (NORMAL, b"late answer\n", ""))

    def test_keeps_reading_after_the_end_of_input_where_asked(self):
        def script(c):
            for text in (b"one", b"two"):
                c.send(server_frame(TEXT, text))
            c.finish()

        self.assertEqual(self.talk(script, "-n"), (NORMAL, b"one\ntwo\n", ""))

    def test_waits_before_it_closes_where_asked(self):
        def script(c):
            started = time.monotonic()
            c.expect_close(1000)
            self.assertGreater(time.monotonic() - started, 0.25)
            c.send(close_frame(1000))

        self.assertEqual(self.talk(script, "-w", "0.3")[0], NORMAL)

    def test_sends_the_close_it_is_told(self):
        def script(c):
            opcode, payload = c.frame()
            self.assertEqual((opcode, payload), (CLOSE, b"\x0f\xa0bye"))
            c.send(close_frame(4000))

        self.assertEqual(self.talk(script, "--close-code", "4000", "--close-reason", "bye")[0], NORMAL)

    def test_pings_and_misses_the_pong(self):
        def script(c):
            c.expect_frame(PING, b"")
            c.file.read()

        code, _, err = self.talk(script, "-n", "--ping-interval", "0.1", "--ping-timeout", "0.2")
        self.assertEqual(code, TIMED_OUT)
        self.assertIn("pong", err)

    def test_exits_normally_where_the_server_closes_without_a_code(self):
        self.assertEqual(self.talk(lambda c: c.finish(None), "-n")[0], NORMAL)

    def test_exits_abnormally_where_the_server_closes_with_an_error(self):
        code, _, err = self.talk(lambda c: c.finish(1011), "-n")
        self.assertEqual(code, ABNORMAL)
        self.assertIn("1011", err)

    def test_exits_abnormally_where_the_connection_ends_without_a_close(self):
        code, out, err = self.talk(lambda c: c.send(server_frame(BINARY, b"last")), "-n")
        self.assertEqual((code, out), (ABNORMAL, b"last"))
        self.assertIn("without a Close frame", err)

    def test_exits_with_a_protocol_error_after_the_good_messages(self):
        def script(c):
            c.send(server_frame(TEXT, b"good") + server_frame(TEXT, b"bad", rsv=1))
            c.expect_close(1002)
            c.send(server_frame(TEXT, b"more") + close_frame(1002))
            c.expect_silence()

        code, out, err = self.talk(script, "-n")
        self.assertEqual((code, out), (PROTOCOL_ERROR, b"good\n"))
        self.assertIn("reserved", err)
        self.assertEqual(err.count("broke the protocol"), 1, err)

    def test_bounds_messages(self):
        def script(c):
            c.send(server_frame(TEXT, b"x" * 1001))
            c.expect_failure(1009)

        self.assertEqual(self.talk(script, "-n", "--max-message-size", "1000")[0], PROTOCOL_ERROR)

    def test_times_out_where_the_server_never_closes(self):
        def script(c):
            c.expect_close(1000)
            c.file.read()

        code, _, err = self.talk(script, "--close-timeout", "0.2")
        self.assertEqual(code, TIMED_OUT)
        self.assertIn("close", err)

    def test_times_out_where_the_handshake_is_not_answered(self):
        self.assertEqual(self.talk(lambda c: c.file.read(), "--connect-timeout", "0.2", shakes_hands=False)[0],
                         TIMED_OUT)

    def test_a_reader_that_is_slow_holds_the_server_up_and_loses_nothing(self):
        message = random.Random(4).randbytes(1 << 20)
        count = 128
        full = threading.Event()

        def script(c):
            left = memoryview(server_frame(BINARY, message) * count)
            c.sock.settimeout(0.5)
            while left:
                try:
                    left = left[c.sock.send(left):]
                except TimeoutError:
                    self.assertFalse(full.is_set())
                    full.set()
                    c.sock.settimeout(PATIENCE)
            c.finish()

        with Scripted(script) as server:
            process = start("-n", server.url)
            self.assertTrue(full.wait(PATIENCE))
            with open(f"/proc/{process.pid}/status") as status:
                resident = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
            for _ in range(count):
                self.assertTrue(process.stdout.read(len(message)) == message)
            self.assertEqual(process.stdout.read(), b"")
            self.assertEqual(process.wait(PATIENCE), NORMAL)
            self.assertLess(resident, 96 * 1024, "KiB: less than was sent; sanitizers need some for themselves")
            process.communicate()

    def test_a_wrong_answer_is_refused(self):
        def script(c):
            c.request()
            c.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n")
            c.file.read()

        self.assertEqual(self.talk(script, shakes_hands=False)[0], REFUSED)

    def test_an_interrupt_closes_in_good_order(self):
        def script(c):
            c.send(server_frame(TEXT, b"ready"))
            c.expect_close(1000)
            c.send(close_frame(1000))

        with Scripted(script) as server:
            process = start(server.url)
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE), NORMAL)
            process.communicate()

    def test_a_second_interrupt_ends_it_at_once(self):
        def script(c):
            c.send(server_frame(TEXT, b"ready"))
            c.expect_close(1000)
            process.send_signal(signal.SIGINT)
            c.file.read()

        with Scripted(script) as server:
            process = start("--close-timeout", "1000", server.url)
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE), INTERRUPTED)
            process.communicate()


class WithoutServer(Mintws):
    def test_a_refused_connection_has_its_exit_code(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        code, _, err = self.run_mintws(f"ws://127.0.0.1:{port}/")
        self.assertEqual(code, UNREACHABLE)
        self.assertIn("refused", err)

    def test_an_unknown_name_has_its_exit_code(self):
        self.assertEqual(self.run_mintws("ws://name.invalid/")[0], UNREACHABLE)

    def test_wrong_use_is_told_on_standard_error(self):
        for arguments in ([], ["http://localhost/"], ["ws://"], ["ws://x/#fragment"],
                          ["-H", "no colon", "ws://x/"],
                          ["--close-code", "1005", "ws://x/"], ["--close-reason", "x" * 124, "ws://x/"],
                          ["--auth", "a:b", "--bearer", "c", "ws://x/"], ["-1", "-N", "2", "ws://x/"],
                          ["-N", "0", "ws://x/"], ["-w", "-1", "ws://x/"], ["-q", "-v", "ws://x/"],
                          ["--lines", "-0", "ws://x/"], ["--no-such-option", "ws://x/"], ["ws://x/", "extra"], ["echo"], ["echo", "--port", "x"]):
            code, out, err = self.run_mintws(*arguments)
            self.assertEqual((code, out), (USAGE, b""), arguments)
            self.assertIn("mintws", err)

    def test_a_field_of_the_handshake_is_refused(self):
        code, _, err = self.run_mintws("-H", "Upgrade: x", "ws://127.0.0.1:1/")
        self.assertEqual(code, USAGE, err)

    def test_help_and_version_go_to_standard_output(self):
        code, out, err = self.run_mintws("--help")
        self.assertEqual((code, err), (NORMAL, ""))
        for part in (b"--header", b"Examples:", b"Exit status:"):
            self.assertIn(part, out)
        manual = (Path(__file__).resolve().parents[2] / "docs" / "mintws.md").read_text()
        for option in re.findall(r"(?<![\w-])--?[\w.-]*\w", re.split("Also:", out.decode())[0].split("Options:")[1]):
            self.assertIn(f"`{option}`", manual)
        self.assertRegex(self.run_mintws("--version")[1], rb"^mintws \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    mintws_program.main()
