#!/usr/bin/python3
"""How mintws gets to its server: addresses, proxies, redirects, credentials, refusals, and giving up. mintws_opening_test.py MINTWS

Against its own echo server, servers scripted step by step, and a small proxy. Needs nothing but Python and openssl.
"""

import base64
import os
import signal
import socket
import ssl
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from certificates import Authority  # noqa: E402
from connect_proxy import ConnectProxy  # noqa: E402
from mintws_program import (INTERRUPTED, NORMAL, REFUSED, TIMED_OUT, UNREACHABLE, USAGE, Echo, Mintws,  # noqa: E402
                            Scripted, Terminal, start, wait_for_line)
from websocket_peer import PATIENCE  # noqa: E402


def basic(login):
    return "Basic " + base64.b64encode(login.encode()).decode()


def refuses(status_line, *lines, body=b""):
    """A script that answers so."""
    def script(c):
        c.target, c.fields = c.request()
        head = "\r\n".join([f"HTTP/1.1 {status_line}", f"Content-Length: {len(body)}", *lines])
        c.send(head.encode() + b"\r\n\r\n" + body)
        c.file.read()

    return script


def accepts(seen=None):
    """A script that takes the WebSocket and closes it; it appends the request's fields to `seen`."""
    def script(c):
        target, fields = c.shake_hands()
        if seen is not None:
            seen.append(fields | {"target": target})
        c.finish()

    return script


class Refusals(Mintws):
    def ask(self, script, *arguments):
        with Scripted(script, shakes_hands=False) as server:
            code, out, err = self.run_mintws(*arguments, server.url)
        self.assertEqual((code, out), (REFUSED, b""))
        return err

    def test_a_challenge_is_put_into_words(self):
        err = self.ask(refuses("401 Unauthorized", 'WWW-Authenticate: Basic realm="x", Bearer', body=b"not you\n"))
        for part in ("refused the WebSocket: 401 Unauthorized\n", '< WWW-Authenticate: Basic realm="x", Bearer\n',
                     "\nnot you\n", 'the server wants: Basic realm="x"; try --auth USER:PASSWORD\n',
                     "the server wants: Bearer; try --bearer TOKEN\n"):
            self.assertIn(part, err)

    def test_wrong_credentials_are_told_from_none(self):
        err = self.ask(refuses("401 Unauthorized", "WWW-Authenticate: Basic"), "--auth", "a:b")
        self.assertIn("doesn't take the credentials", err)

    def test_a_redirect_is_shown_and_not_followed(self):
        err = self.ask(refuses("302 Found", "Location: /elsewhere"))
        self.assertIn("it is at /elsewhere; -L follows\n", err)

    def test_a_busy_server_says_when_to_come_again(self):
        self.assertIn("try again in 7 seconds", self.ask(refuses("503 Service Unavailable", "Retry-After: 7")))

    def test_controls_in_the_content_are_made_visible(self):
        self.assertIn("\\x1b[2J\\xff\n", self.ask(refuses("400 Bad Request", body=b"\x1b[2J\xff")))

    def test_content_is_bounded(self):
        def script(c):
            c.request()
            c.send(b"HTTP/1.1 500 Oh\r\n\r\n" + b"x" * 100_000)
            c.file.read()

        err = self.ask(script)
        self.assertEqual(err.count("x" * 1000), 65)
        self.assertIn("(cut here)", err)

    def test_content_that_never_ends_is_waited_for_no_longer_than_a_moment(self):
        def script(c):
            c.request()
            c.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nthe start")
            c.file.read()

        started = time.monotonic()
        self.assertIn("the start\n", self.ask(script))
        self.assertLess(time.monotonic() - started, 25)

    def test_shows_it_once_where_all_is_shown(self):
        err = self.ask(refuses("401 Unauthorized", "X-One: 1", body=b"body\n"), "-v")
        for part in ("> GET /path?query HTTP/1.1\n", "< HTTP/1.1 401 Unauthorized\n", "< X-One: 1\n", "body\n"):
            self.assertEqual(err.count(part), 1, part)


class Credentials(Mintws):
    def test_the_password_is_asked_for_at_the_terminal_and_not_shown(self):
        seen = []
        with Scripted(accepts(seen), shakes_hands=False) as server:
            terminal = Terminal("-q", "--auth", "Aladdin", server.url)
            terminal.wait_for(b"Password for Aladdin: ")
            terminal.type(b"open sesame\r")
            self.assertNotIn(b"sesame", terminal.wait_for(b"\n"))
            self.assertEqual(terminal.exit_code(), NORMAL)
        self.assertEqual(seen[0]["authorization"], basic("Aladdin:open sesame"))

    def test_an_interrupt_while_it_is_asked_for_ends_it(self):
        terminal = Terminal("--auth", "Aladdin", "ws://127.0.0.1:1/")
        terminal.wait_for(b"Password for Aladdin: ")
        terminal.type(b"open\x03")
        self.assertEqual(terminal.exit_code(), INTERRUPTED)

    def test_there_is_nobody_to_ask_in_a_pipe(self):
        code, _, err = self.run_mintws("--auth", "Aladdin", "ws://127.0.0.1:1/")
        self.assertEqual(code, USAGE)
        self.assertIn("--auth: no password", err)

    def test_they_are_shown_as_they_are_where_all_is_shown(self):
        with Scripted(accepts(), shakes_hands=False) as server:
            err = self.run_mintws("-v", "-n", "--bearer", "token", "-H", "Cookie: a=b", server.url)[2]
        self.assertIn("> authorization: Bearer token\n", err)
        self.assertIn("> Cookie: a=b\n", err)


class Redirects(Mintws):
    SECRETS = ["--auth", "a:b", "-H", "Cookie: c=d", "-H", "X-One: 1"]

    def follow(self, *scripts, arguments=("-L",)):
        with Scripted(*scripts, shakes_hands=False) as server:
            return self.run_mintws("-n", *self.SECRETS, *arguments, server.url)

    def test_to_the_same_origin_keep_credentials(self):
        seen = []
        code, _, err = self.follow(refuses("301 Moved Permanently", "Location: ../next?x"), accepts(seen),
                                   arguments=("-L", "-v"))
        self.assertEqual(code, NORMAL, err)
        self.assertEqual([seen[0].get(n) for n in ("target", "authorization", "cookie", "x-one")],
                         ["/next?x", basic("a:b"), "c=d", "1"])
        for part in ("> GET /path?query HTTP/1.1\n", "< HTTP/1.1 301 Moved Permanently\n", "> GET /next?x HTTP/1.1\n",
                     "< HTTP/1.1 101 "):
            self.assertEqual(err.count(part), 1, part)

    def test_to_another_origin_drop_credentials(self):
        seen = []
        with Scripted(accepts(seen), shakes_hands=False) as other:
            code, _, err = self.follow(refuses("307 Temporary Redirect", f"Location: {other.origin}/there"))
        self.assertEqual(code, NORMAL, err)
        self.assertEqual([seen[0].get(n) for n in ("target", "authorization", "cookie", "x-one")],
                         ["/there", None, None, "1"])

    def test_to_another_origin_drop_subprotocols_unless_told_otherwise(self):
        for more, offered in (([], None), (["--keep-subprotocols"], "chat, secret")):
            seen = []
            with Scripted(accepts(seen), shakes_hands=False) as other:
                code, _, err = self.follow(refuses("307 Temporary Redirect", f"Location: {other.origin}/there"),
                                           arguments=("-L", "-s", "chat", "-s", "secret", *more))
            self.assertEqual(code, NORMAL, err)
            self.assertEqual(seen[0].get("sec-websocket-protocol"), offered)

    def test_to_another_scheme_are_to_another_origin(self):
        seen = []
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            certificate = authority.issue("127.0.0.1")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.file, certificate.key_file)
            with Scripted(accepts(seen), shakes_hands=False, tls=context) as other:
                code, _, err = self.follow(refuses("307 Temporary Redirect", f"Location: {other.origin}/there"),
                                           arguments=("-L", "-s", "secret", "--cacert", authority.file))
        self.assertEqual(code, NORMAL, err)
        self.assertEqual([seen[0].get(n) for n in ("authorization", "cookie", "sec-websocket-protocol")], [None] * 3)

    def test_go_where_a_browser_would_go(self):
        seen = []
        code, _, err = self.follow(refuses("302 Found", "Location: /a b/ü?q=x y"), accepts(seen))
        self.assertEqual(code, NORMAL, err)
        self.assertEqual(seen[0]["target"], "/a%20b/%C3%BC?q=x%20y")

    def test_never_deny_a_location_that_is_there(self):
        for lines, parts in ((["Location: ftp://h/"], ["ftp://h/"]),
                             (["Location: /one", "Location: /two"], ["several", "/one", "/two"]),
                             (["Location: //ü/"], ["Location"])):
            code, _, err = self.follow(refuses("302 Found", *lines))
            self.assertEqual(code, REFUSED)
            self.assertNotIn("no Location", err)
            for part in parts:
                self.assertIn(part, err.splitlines()[0])

    def test_without_end_are_given_up(self):
        again = refuses("302 Found", "Location: /again")
        code, _, err = self.follow(again, again, again, arguments=("-L", "--max-redirs", "2"))
        self.assertEqual(code, REFUSED)
        self.assertIn("--max-redirs N follows more", err)

    def test_lead_nowhere_without_a_location(self):
        code, _, err = self.follow(refuses("302 Found"))
        self.assertEqual(code, REFUSED)
        self.assertIn("no Location", err)


class FieldNames(Mintws):
    """As they come over the wire."""

    WANTED = {"Host", "User-Agent", "Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key",
              "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Origin", "Authorization", "X-Lower", "x-MIXED"}

    def lines(self, *options):
        seen = []

        def script(c):
            while line := c.file.readline().strip():
                seen.append(line.decode())
            fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in seen[1:])}
            c.accept(fields)
            c.finish()

        with Scripted(script, shakes_hands=False) as server:
            code, _, err = self.run_mintws("-n", "-s", "chat", "--compress", "--origin", "http://me", "--auth", "a:b",
                                           "-H", "x-lower: 1", "-H", "x-MIXED: 2", *options, server.url)
        self.assertEqual(code, NORMAL, err)
        return seen[1:]

    def test_are_in_title_case_if_asked_for(self):
        lines = self.lines("--title-case")
        self.assertEqual({line.split(":")[0] for line in lines}, self.WANTED)
        self.assertIn("Connection: Upgrade", lines)
        self.assertIn("Upgrade: websocket", lines)

    def test_are_in_lower_case_by_default_and_connection_is_as_the_rfc_writes_it(self):
        lines = self.lines()
        self.assertEqual({line.split(":")[0] for line in lines} - {"x-MIXED"},
                         {name.lower() for name in self.WANTED} - {"x-mixed"})
        self.assertIn("connection: Upgrade", lines)
        self.assertIn("upgrade: websocket", lines)


class Proxies(Mintws):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        authority = Authority(folder)
        cls.certificate = authority.issue("inside.test")
        cls.trusting = ["--cacert", authority.file]

    def echo(self, proxy_options, *arguments, login=None, scheme="ws", env=None):
        """Says hello to ws://inside.test:81 through a proxy; returns what came of it, and the proxy."""
        with Echo(self.certificate if scheme == "wss" else None) as echo, ConnectProxy(echo.port, login) as proxy:
            options = [o.replace("PROXY", f"127.0.0.1:{proxy.port}") for o in proxy_options]
            env = {name: value.replace("PROXY", f"127.0.0.1:{proxy.port}") for name, value in (env or {}).items()}
            return self.run_mintws(*options, *arguments, f"{scheme}://inside.test:81/", input=b"hello\n", env=env), proxy

    def test_both_schemes_go_through_a_tunnel(self):
        for scheme, options in (("ws", []), ("wss", self.trusting)):
            result, proxy = self.echo(["--proxy", "http://PROXY"], *options, scheme=scheme)
            self.assertEqual(result, (NORMAL, b"hello\n", ""))
            self.assertEqual(proxy.targets, ["inside.test:81"])

    def test_credentials_go_to_the_proxy_alone(self):
        for options in (["--proxy", "http://us%40er:pass@PROXY"], ["--proxy", "PROXY", "--proxy-user", "us@er:pass"]):
            result, proxy = self.echo(options, "-v", "--auth", "a:b", login="us@er:pass")
            self.assertEqual(result[:2], (NORMAL, b"hello\n"), result[2])
            self.assertNotIn("proxy-authorization", result[2].lower())
            self.assertNotIn("authorization", proxy.fields[0])

    def test_a_407_is_explained(self):
        (code, _, err), _ = self.echo(["--proxy", "http://PROXY"], login="user:pass")
        self.assertEqual(code, REFUSED)
        for part in ("407", "who are you\n", 'the proxy wants: Basic realm="gate"; try --proxy-user'):
            self.assertIn(part, err)

    def test_the_environment_names_one(self):
        for scheme, variable, options in (("ws", "http_proxy", []), ("wss", "https_proxy", self.trusting),
                                          ("wss", "HTTPS_PROXY", self.trusting), ("ws", "ALL_PROXY", [])):
            result, proxy = self.echo([], *options, scheme=scheme, env={variable: "http://PROXY"})
            self.assertEqual(result, (NORMAL, b"hello\n", ""), variable)
            self.assertEqual(proxy.targets, ["inside.test:81"])

    def test_none_is_used_where_that_is_said(self):
        with Echo() as echo, ConnectProxy(echo.port) as proxy:
            env = {"http_proxy": f"127.0.0.1:{proxy.port}"}
            for options, variables in ((["--proxy", ""], env), (["--noproxy", "127.0.0.0/8"], env),
                                       ([], env | {"no_proxy": "127.0.0.1"}), (["--noproxy", "*"], env)):
                self.assertEqual(self.run_mintws(*options, echo.url, env=variables)[0], NORMAL)
            self.assertEqual(proxy.targets, [])
            self.assertEqual(self.run_mintws(echo.url, env=env)[0], NORMAL)
            self.assertEqual(proxy.targets, [f"127.0.0.1:{echo.port}"])

    def test_one_that_is_gone_has_its_exit_code(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        code, _, err = self.run_mintws("--proxy", f"http://127.0.0.1:{port}", "ws://inside.test/")
        self.assertEqual(code, UNREACHABLE)
        self.assertIn("refused", err)


class Addresses(Mintws):
    def test_a_unix_socket_takes_the_place_of_the_network(self):
        seen = []
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            with Scripted(accepts(seen), shakes_hands=False, family=socket.AF_UNIX, address=path):
                code, _, err = self.run_mintws("-n", "--unix", path, "ws://inside.test/path",
                                               env={"http_proxy": "http://127.0.0.1:1"})
            self.assertEqual((code, err), (NORMAL, ""))
            self.assertEqual(seen[0]["host"], "inside.test")
            self.assertEqual(self.run_mintws("--unix", path + "x", "ws://inside.test/")[0], UNREACHABLE)

    def test_the_zone_of_an_address_is_where_it_connects_to_and_no_part_of_host(self):
        seen = []
        with Scripted(accepts(seen), shakes_hands=False, family=socket.AF_INET6, address=("::1", 0)) as server:
            self.assertEqual(self.run_mintws("-n", f"ws://[::1%25lo]:{server.port}/")[0], NORMAL)
        self.assertEqual(seen[0]["host"], f"[::1]:{server.port}")
        code, _, err = self.run_mintws("ws://[fe80::1%25there-is-no-such-interface]/")
        self.assertEqual(code, UNREACHABLE)
        self.assertIn("zone", err)

    def test_a_host_that_ends_in_a_number_is_no_host(self):
        for host in ("127.0.0.1.", "127.1", "0x7f000001", "1.2.3.4.5"):
            code, _, err = self.run_mintws(f"ws://{host}/")
            self.assertEqual(code, USAGE)
            self.assertIn("number", err)

    def test_ipv6_is_an_address_as_well(self):
        with Scripted(accepts(), shakes_hands=False, family=socket.AF_INET6, address=("::1", 0)) as server:
            self.assertEqual(self.run_mintws("-6", "-n", server.url)[0], NORMAL)

    def test_only_the_ip_version_that_is_asked_for_is_used(self):
        with Echo() as echo:
            url = f"ws://localhost:{echo.port}/"
            self.assertEqual(self.run_mintws("-4", url)[0], NORMAL)
            self.assertEqual(self.run_mintws(url)[0], NORMAL)
            self.assertEqual(self.run_mintws("-6", url)[0], UNREACHABLE)


class GivingUp(Mintws):
    def test_one_budget_holds_for_all_of_it(self):
        slow = refuses("302 Found", "Location: /again")

        def silent(c):
            c.file.read()

        with Scripted(slow, slow, silent, shakes_hands=False) as server:
            started = time.monotonic()
            code, _, err = self.run_mintws("-L", "--connect-timeout", "1", server.url)
        self.assertEqual(code, TIMED_OUT)
        self.assertIn("waiting for the answer to the upgrade", err)
        self.assertLess(time.monotonic() - started, PATIENCE / 2)

    def test_an_interrupt_ends_each_stage_at_once(self):
        for scheme, stage, more in (("ws", b"waiting for the answer", []), ("wss", b"TLS with", []),
                                    ("ws", b"waiting for the proxy", ["--proxy", "PROXY"])):
            for number in (signal.SIGINT, signal.SIGTERM):
                with socket.create_server(("127.0.0.1", 0)) as listener:
                    address = f"127.0.0.1:{listener.getsockname()[1]}"
                    options = [o.replace("PROXY", address) for o in more]
                    process = start("-v", *options, f"{scheme}://{address}/")
                    wait_for_line(process.stderr, b"* " + stage)
                    process.send_signal(number)
                    self.assertEqual(process.wait(PATIENCE), INTERRUPTED)
                    self.assertIn(b"interrupted while " + stage, process.communicate()[1])


if __name__ == "__main__":
    mintws_program.main()
