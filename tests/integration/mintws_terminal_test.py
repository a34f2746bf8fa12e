#!/usr/bin/python3
"""mintws at a terminal whose user has begun a key and not ended it. mintws_terminal_test.py MINTWS

Pings are answered, the server's Close and interrupts are noticed, and the key is taken up when its rest is typed.
"""

import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from mintws_program import NORMAL, Mintws, Scripted, Terminal  # noqa: E402
from websocket_peer import PATIENCE, PING, PONG, TEXT, close_frame, server_frame  # noqa: E402

# What the library waits for the rest of: a sequence, a prefix, a quoted character, a search, half a character, a count.
BEGUN = {"escape": b"\x1b", "a sequence": b"\x1b[", "a prefix": b"\x18", "a quote": b"\x16", "a search": b"\x12",
         "half a character": b"\xc3", "most of a character": b"\xf0\x9f\x98"}
UTF8 = {"LC_ALL": "C.UTF-8"}


class HalfAKey(Mintws):
    def begin(self, terminal, keys):
        """Types `keys` after a letter, and waits until that is on the screen."""
        terminal.wait_for(b"> ")
        terminal.type(b"a" + keys)
        terminal.wait_for(b"a")

    def test_pings_are_answered_and_messages_shown(self):
        for name, keys in BEGUN.items():
            with self.subTest(name):
                begun = threading.Event()

                def script(c):
                    begun.wait(PATIENCE)
                    for number in (b"1", b"2", b"3"):
                        c.send(server_frame(PING, number))
                        c.expect_frame(PONG, number)
                    c.send(server_frame(TEXT, b"shown"))
                    c.finish()

                with Scripted(script) as server:
                    terminal = Terminal(server.url, env=UTF8)
                    self.begin(terminal, keys)
                    begun.set()
                    terminal.wait_for(b"shown\r\n")
                    terminal.wait_for(b"closed: 1000")
                    self.assertEqual(terminal.exit_code(), NORMAL)

    def test_an_interrupt_closes_in_good_order(self):
        for name, keys in BEGUN.items():
            with self.subTest(name):
                def script(c):
                    c.expect_close(1000)
                    c.send(close_frame(1000))
                    c.expect_silence()

                with Scripted(script) as server:
                    terminal = Terminal(server.url, env=UTF8)
                    self.begin(terminal, keys)
                    os.kill(terminal.pid, signal.SIGTERM)
                    terminal.wait_for(b"closed: 1000")
                    self.assertEqual(terminal.exit_code(), NORMAL)

    def test_the_rest_is_taken_up_when_it_comes(self):
        for begun, rest, line in ((b"\x1b", b"[Dx", b"xa"), (b"\x1b[", b"Dx", b"xa"), (b"\x16", b"\tb", b"a\tb"),
                                  (b"\xc3", b"\xa9", "aé".encode()), (b"\xf0\x9f", b"\x98\x80", "a😀".encode()),
                                  (b"\xc3", b"b", b"ab")):
            with self.subTest(begun):
                typed = threading.Event()
                answered = threading.Event()

                def script(c):
                    typed.wait(PATIENCE)
                    c.send(server_frame(PING, b"1"))
                    c.expect_frame(PONG, b"1")
                    answered.set()
                    c.expect_frame(TEXT, line)
                    c.finish()

                with Scripted(script) as server:
                    terminal = Terminal(server.url, env=UTF8)
                    self.begin(terminal, begun)
                    typed.set()
                    self.assertTrue(answered.wait(PATIENCE))
                    terminal.type(rest + b"\r")
                    terminal.wait_for(b"closed: 1000")
                    self.assertEqual(terminal.exit_code(), NORMAL)

    def test_moving_in_an_empty_line_does_not_end_it(self):
        with Scripted(lambda c: (c.expect_frame(TEXT, b"x"), c.finish())) as server:
            terminal = Terminal(server.url, env=UTF8)
            terminal.wait_for(b"> ")
            terminal.type(b"\x1b[D\x1b[C\x01\x05x\r")
            terminal.wait_for(b"closed: 1000")
            self.assertEqual(terminal.exit_code(), NORMAL)


if __name__ == "__main__":
    mintws_program.main()
