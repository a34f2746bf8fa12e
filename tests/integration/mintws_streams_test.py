#!/usr/bin/python3
"""mintws whatever its standard streams do: closed, full, without a reader. mintws_streams_test.py MINTWS

Its exit codes stay as documented, the WebSocket is closed in order, and an interrupt ends it.
"""

import itertools
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from mintws_program import (INTERRUPTED, NORMAL, REFUSED, UNREACHABLE, UNWRITTEN, USAGE, Echo, Mintws,  # noqa: E402
                            Scripted, start_in_shell)
from websocket_peer import BINARY, PATIENCE, PING, PONG, TEXT, close_frame, server_frame  # noqa: E402


def greets(c):
    """Sends a message, and takes part in an orderly close."""
    c.send(server_frame(TEXT, b"hello"))
    c.expect_close(1000)
    c.send(close_frame(1000))
    c.expect_silence()


def closes(c):
    c.finish()


def ends(process):
    """Waits for it: the exit code and what came on pipes."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out or b"", (err or b"").decode()


class Streams(Mintws):
    def talk_in_shell(self, script, redirections, *arguments):
        with Scripted(script) as server:
            return ends(start_in_shell(redirections, *arguments, server.url))

    def test_a_reader_that_has_enough_ends_it_in_good_order_though_all_is_shown(self):
        with Scripted(greets) as server:
            process = start_in_shell("2>&1 </dev/null", "-v", "-1", server.url)
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual(process.wait(PATIENCE), NORMAL)
            process.stdin.close()
            process.stderr.close()

    def test_a_reader_that_was_never_there_ends_it_in_good_order(self):
        reader, writer = os.pipe()
        os.close(reader)
        with Scripted(greets) as server:
            process = start_in_shell("</dev/null 2>&1", "-v", "-1", server.url, stdout=writer)
            os.close(writer)
            self.assertEqual(ends(process)[0], NORMAL)

    def test_diagnostics_that_cannot_be_written_change_nothing_else(self):
        for redirection in ("2>/dev/full", "2>&-", "2</dev/null"):
            self.assertEqual(self.talk_in_shell(greets, f"</dev/null {redirection}", "-v", "-1"),
                             (NORMAL, b"hello\n", ""), redirection)

    def test_exit_codes_are_the_same_where_nothing_can_be_told(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            nobody = f"ws://127.0.0.1:{listener.getsockname()[1]}/"

        def refuses(c):
            c.request()
            c.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno\r\n")
            c.file.read()

        for redirection in ("2>/dev/full", "2>&-", "2</dev/null >/dev/full"):
            redirection = "</dev/null " + redirection
            self.assertEqual(ends(start_in_shell(redirection, nobody))[0], UNREACHABLE)
            self.assertEqual(ends(start_in_shell(redirection, "--no-such-option"))[0], USAGE)
            self.assertEqual(ends(start_in_shell(redirection, "echo", "--port", "x"))[0], USAGE)
            self.assertEqual(ends(start_in_shell(redirection, "demo", nobody))[0], UNREACHABLE)
            with Scripted(refuses, shakes_hands=False) as server:
                self.assertEqual(ends(start_in_shell(redirection, "-v", server.url))[0], REFUSED)

    def test_a_message_that_cannot_be_written_has_an_error_and_a_status_of_its_own(self):
        for arguments in (["-1"], [], ["-n"], ["-v", "-n"]):
            code, _, err = self.talk_in_shell(greets, "</dev/null >/dev/full", *arguments)
            self.assertEqual(code, UNWRITTEN, err)
            self.assertIn("standard output can't be written: No space left on device", err)
            self.assertEqual(err.count("standard output"), 1)

    def test_the_same_goes_for_binary_messages_and_whatever_else_cannot_be_written_to(self):
        def script(c):
            c.send(server_frame(BINARY, b"x" * 100_000))
            c.expect_close(1000)
            c.send(close_frame(1000))
            c.expect_silence()

        for redirection in (">/dev/full", "1</dev/null"):
            code, _, err = self.talk_in_shell(script, f"</dev/null {redirection}", "-n")
            self.assertEqual(code, UNWRITTEN, err)
            self.assertIn("standard output can't be written", err)

    def test_a_file_at_its_limit_is_an_error_and_no_signal(self):
        with Scripted(greets) as server:
            folder = self.enterContext(tempfile.TemporaryDirectory())
            process = start_in_shell(f"</dev/null >{folder}/out", "-1", server.url,
                                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3)))
            code, _, err = ends(process)
        self.assertEqual(code, UNWRITTEN)
        self.assertIn("File too large", err)

    def test_standard_output_that_is_a_socket_without_reader_ends_it_in_good_order(self):
        ours, its = socket.socketpair()
        with ours, its, Scripted(greets) as server:
            process = start_in_shell("", "-n", server.url, stdout=its)
            its.close()
            self.assertEqual(ours.recv(100), b"hello\n")
            ours.close()
            self.assertEqual(process.wait(PATIENCE), NORMAL)
            process.communicate()

    def test_closed_descriptors_are_as_if_they_were_dev_null(self):
        for closed in itertools.chain.from_iterable(itertools.combinations("012", n) for n in range(4)):
            redirections = " ".join(f"{number}>&-" if number in closed else f"{number}<>/dev/null" for number in "012")
            self.assertEqual(self.talk_in_shell(greets, redirections, "-1")[0], NORMAL, redirections)
            self.assertEqual(self.talk_in_shell(closes, redirections, "-v", "-n")[0], NORMAL, redirections)
            for arguments, status in ((["--help"], NORMAL), (["--version"], NORMAL), (["echo", "--help"], NORMAL),
                                      (["--nothing"], USAGE)):
                self.assertEqual(ends(start_in_shell(redirections, *arguments))[0], status, redirections)

    def test_an_interrupt_ends_it_whatever_descriptors_are_closed(self):
        for redirections in ("</dev/null >&-", "<&- >&- 2>&-", "<&- 2>&-", "2>&-", ">/dev/full"):
            connected = threading.Event()

            def script(c):
                c.send(server_frame(PING, b"open?"))
                c.expect_frame(PONG, b"open?")
                connected.set()
                c.expect_close(1000)
                c.send(close_frame(1000))
                c.expect_silence()

            with Scripted(script) as server:
                process = start_in_shell(redirections, "-n", server.url)
                self.assertTrue(connected.wait(PATIENCE))
                process.send_signal(signal.SIGTERM)
                self.assertEqual(ends(process)[0], NORMAL, redirections)

    def test_help_and_version_that_cannot_be_written_are_told(self):
        for arguments in (["--help"], ["--version"], ["echo", "--help"], ["demo", "--version"]):
            code, _, err = ends(start_in_shell(">/dev/full", *arguments))
            self.assertEqual(code, UNWRITTEN)
            self.assertIn("No space left on device", err)

    def test_help_that_nobody_wants_more_of_is_no_error(self):
        reader, writer = os.pipe()
        os.close(reader)
        process = start_in_shell("", "--help", stdout=writer)
        os.close(writer)
        self.assertEqual(ends(process), (NORMAL, b"", ""))

    def test_a_demo_whose_rows_cannot_be_written_is_told(self):
        with Echo() as echo:
            for options in ([], ["--http2"]):
                code, _, err = ends(start_in_shell(">/dev/full", "demo", *options, echo.url))
                self.assertEqual(code, UNWRITTEN)
                self.assertIn("No space left on device", err)
                self.assertEqual(ends(start_in_shell(">&- 2>&-", "demo", *options, echo.url))[0], NORMAL)

    def test_a_demo_that_nobody_reads_goes_on_to_its_end(self):
        with Echo() as echo:
            for options in ([], ["--http2"]):
                process = start_in_shell("", "demo", *options, echo.url)
                process.stdout.close()
                self.assertEqual(process.wait(PATIENCE), NORMAL, process.stderr.read())
                process.stdin.close()
                process.stderr.close()

    def test_an_echo_server_serves_where_it_cannot_say_that_it_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        for redirections in ("2>/dev/full", "<&- >&- 2>&-", "2>&-"):
            process = start_in_shell(redirections, "echo", "--port", str(port))
            try:
                code, out = None, b""
                for _ in range(1000):  # until it listens
                    code, out, _ = self.run_mintws("-1", "-x", "hello", f"ws://127.0.0.1:{port}/")
                    if code != UNREACHABLE:
                        break
                self.assertEqual((code, out), (NORMAL, b"hello\n"), redirections)
            finally:
                process.terminate()
                self.assertEqual(ends(process)[0], NORMAL)


class WithoutReader(Mintws):
    """Pipes that are full, and that nobody reads."""

    def full_pipe(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        self.addCleanup(os.close, reader)
        return writer

    def test_pings_are_answered_and_an_interrupt_ends_it_while_diagnostics_wait(self):
        answered = threading.Event()

        def script(c):
            c.send(server_frame(PING, b"alive?"))
            c.expect_frame(PONG, b"alive?")
            answered.set()
            c.expect_close(1000)
            c.send(close_frame(1000))
            c.expect_silence()

        writer = self.full_pipe()
        with Scripted(script) as server:
            process = start_in_shell("", "-v", "-n", "--close-timeout", "0.5", server.url, stderr=writer)
            os.close(writer)
            self.assertTrue(answered.wait(PATIENCE))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(ends(process)[0], INTERRUPTED, "what it had to tell wasn't read")

    def test_one_interrupt_ends_it_while_messages_wait_for_their_reader(self):
        flooded = threading.Event()

        def script(c):
            c.sock.settimeout(0.5)
            try:
                while True:
                    c.sock.send(server_frame(BINARY, b"x" * 100_000))
            except TimeoutError:
                flooded.set()
            c.sock.settimeout(PATIENCE)
            while c.file.read(4096):
                pass

        writer = self.full_pipe()
        with Scripted(script) as server:
            process = start_in_shell("", "-n", "--close-timeout", "0.5", server.url, stdout=writer)
            os.close(writer)
            self.assertTrue(flooded.wait(PATIENCE))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(ends(process)[0], INTERRUPTED)

    def test_an_interrupt_ends_it_when_only_its_output_waits(self):
        over = threading.Event()

        def script(c):
            c.send(server_frame(TEXT, b"hello"))
            c.finish()
            over.set()

        writer = self.full_pipe()
        with Scripted(script) as server:
            process = start_in_shell("", "-n", server.url, stdout=writer)
            os.close(writer)
            self.assertTrue(over.wait(PATIENCE))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(ends(process)[0], INTERRUPTED)


if __name__ == "__main__":
    mintws_program.main()
