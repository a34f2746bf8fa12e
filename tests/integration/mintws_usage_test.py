#!/usr/bin/python3
"""What mintws says of a command line that can't be meant so, and --resolve. mintws_usage_test.py MINTWS"""

import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from connect_proxy import ConnectProxy  # noqa: E402
from mintws_program import NORMAL, UNREACHABLE, USAGE, Echo, Mintws, Scripted  # noqa: E402


class Usage(Mintws):
    def mistake(self, *arguments):
        """The one sentence that is told."""
        code, out, err = self.run_mintws(*arguments)
        self.assertEqual((code, out), (USAGE, b""), arguments)
        first, second = err.splitlines()
        self.assertRegex(first, "^mintws( echo| demo)?: ")
        self.assertRegex(second, "^Try 'mintws")
        return first.split(": ", 1)[1]

    def test_a_url_in_another_form_is_shown_in_the_right_one(self):
        for typed, meant in (("localhost:9000", "ws://localhost:9000"), ("example.org/chat", "ws://example.org/chat"),
                             ("http://localhost/x", "ws://localhost/x"), ("https://localhost", "wss://localhost"),
                             ("HTTP://localhost/", "ws://localhost/"), ("ws:/host", "ws://host"),
                             ("ws:host/x", "ws://host/x"), ("wss//host", "wss://host"), ("wss:///host", "wss://host"),
                             ("[::1]:9000", "ws://[::1]:9000"), ("//host/", "ws://host/")):
            for command in ([], ["demo"]):
                told = self.mistake(*command, typed)
                self.assertIn(meant, told.split())
                self.assertTrue(told.startswith(typed), told)

    def test_a_password_is_never_shown(self):
        for typed in ("https://u:secret@host/x", "u:secret@host", "ws://u:secret@h/a b", "ws:/u:secret@host",
                      "ws://u:secret@h:99999/"):
            self.assertNotIn("secret", self.mistake(typed))
        self.assertNotIn("secret", self.mistake("ws://host/", "ws://u:secret@host/"))

    def test_what_is_no_url_in_any_form_says_why(self):
        self.assertIn("port", self.mistake("ws://host:99999/"))
        self.assertIn("host", self.mistake("ws://"))

    def test_a_mistyped_option_is_shown_in_the_right_form(self):
        for typed, meant in (("--hedaer", "--header"), ("--headers", "--header"), ("--proxi=x", "--proxy"),
                             ("--htp2", "--http2"), ("--inscure", "--insecure"), ("--noclose", "--no-close"),
                             ("--ping_interval", "--ping-interval")):
            told = self.mistake(typed, "ws://host/")
            self.assertIn(meant, told)
            self.assertIn(typed.split("=")[0], told)
        self.assertIn("--max-message-size", self.mistake("echo", "--port", "0", "--max-mesage-size", "1"))
        self.assertIn("--cacert", self.mistake("demo", "--cacret", "x", "ws://host/"))
        self.assertIn("no option --nothing", self.mistake("--nothing", "ws://host/"))

    def test_a_mistyped_command_is_shown_in_the_right_form(self):
        for typed, meant in ((["ehco", "--port", "9"], "mintws echo"), (["ecoh"], "mintws echo"),
                             (["Echo", "-p", "1"], "mintws echo"), (["dmeo", "ws://host/"], "mintws demo"),
                             (["help"], "mintws --help"), (["version"], "mintws --version")):
            self.assertIn(meant, self.mistake(*typed))

    def test_one_argument_too_many_is_named(self):
        self.assertIn("'ws://two/'", self.mistake("ws://one/", "ws://two/"))

    def test_a_host_that_is_not_found_is_named_once(self):
        code, _, err = self.run_mintws("ws://name.invalid/")
        self.assertEqual(code, UNREACHABLE)
        self.assertEqual(err.count("name.invalid"), 1, err)


class Resolve(Mintws):
    def test_a_name_that_no_server_knows_is_connected_to(self):
        with Echo() as echo:
            for spelled in ("printer.invalid", "PRINTER.invalid"):
                self.assertEqual(self.run_mintws("--resolve", f"{spelled}:{echo.port}:127.0.0.1", "-1", "-x", "hello",
                                                 f"ws://printer.invalid:{echo.port}/"), (NORMAL, b"hello\n", ""))

    def test_the_name_stays_in_the_host_field(self):
        seen = []
        with Scripted(lambda c: (seen.append(c.fields["host"]), c.finish())) as server:
            self.assertEqual(self.run_mintws("--resolve", f"printer.invalid:{server.port}:127.0.0.1", "-n",
                                             f"ws://printer.invalid:{server.port}/")[0], NORMAL)
        self.assertEqual(seen, [f"printer.invalid:{server.port}"])

    def test_addresses_are_tried_in_turn_and_ipv6_may_stand_in_brackets(self):
        with Scripted(lambda c: c.finish(), family=socket.AF_INET6, address=("::1", 0)) as server:
            self.assertEqual(self.run_mintws("--resolve", f"x.invalid:{server.port}:127.0.0.1,[::1]", "-n",
                                             f"ws://x.invalid:{server.port}/")[0], NORMAL)

    def test_the_option_is_repeatable_and_for_its_host_and_port_alone(self):
        with Echo() as echo:
            others = ["--resolve", f"other.invalid:{echo.port}:192.0.2.1", "--resolve", f"x.invalid:1:192.0.2.1"]
            self.assertEqual(self.run_mintws("--resolve", f"x.invalid:{echo.port}:127.0.0.1", *others, "-1", "-x", "a",
                                             f"ws://x.invalid:{echo.port}/")[:2], (NORMAL, b"a\n"))
            self.assertEqual(self.run_mintws(*others, f"ws://x.invalid:{echo.port}/")[0], UNREACHABLE)

    def test_with_a_proxy_it_is_for_the_proxy(self):
        with Echo() as echo, ConnectProxy(echo.port) as proxy:
            self.assertEqual(self.run_mintws("--resolve", f"gate.invalid:{proxy.port}:127.0.0.1",
                                             "--resolve", "target.invalid:80:192.0.2.1", "--proxy",
                                             f"gate.invalid:{proxy.port}", "-1", "-x", "a", "ws://target.invalid/")[:2],
                             (NORMAL, b"a\n"))
            self.assertEqual(proxy.targets, ["target.invalid:80"])

    def test_what_is_malformed_is_told_with_the_right_form(self):
        for text in ("x", "x:1", "x:1:", "x:0:127.0.0.1", "x:99999:127.0.0.1", "x:1:name", "x:1:127.0.0.1,",
                     ":1:127.0.0.1"):
            code, _, err = self.run_mintws("--resolve", text, "ws://x/")
            self.assertEqual(code, USAGE)
            self.assertIn("--resolve", err)
            self.assertIn("HOST:PORT:ADDRESS", err)


if __name__ == "__main__":
    mintws_program.main()
