#!/usr/bin/python3
"""What mintws says of answers that are wrong, of credentials that weren't taken, and of proxies that can't be used.
mintws_answers_test.py MINTWS

Against servers and proxies scripted step by step. Needs nothing but Python and openssl.
"""

import ssl
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from certificates import Authority  # noqa: E402
from mintws_program import NORMAL, PROTOCOL_ERROR, REFUSED, TIMED_OUT, USAGE, Mintws, Scripted  # noqa: E402

GOOD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


def answers(*pieces, stays=False):
    """A script that answers the request so."""
    def script(c):
        c.request()
        for piece in pieces:
            c.send(piece)
        if stays:
            c.file.read()

    return script


class BrokenAnswers(Mintws):
    def ask(self, script, *arguments):
        with Scripted(script, shakes_hands=False) as server:
            return self.run_mintws(*arguments, server.url)

    def ask_proxy(self, script, *arguments, scheme="ws"):
        with Scripted(script, shakes_hands=False) as proxy:
            return self.run_mintws("--proxy", f"http://127.0.0.1:{proxy.port}", *arguments, f"{scheme}://host.test/")

    def test_the_head_is_shown_as_far_as_it_came(self):
        head = b"HTTP/1.1 101 Switching Protocols\r\nX-One: 1\r\nbad\x1bline\r\nX-Two: 2\r\n\r\n"
        for ask, whose in ((self.ask, "the server's"), (self.ask_proxy, "the proxy's")):
            for pieces in ((head,), (head[:60], head[60:])):
                _, _, err = ask(answers(*pieces), "-v")
                self.assertIn("< HTTP/1.1 101 Switching Protocols\n< X-One: 1\n", err)
                self.assertIn("bad\\x1bline", err)
                self.assertIn(f"in {whose} answer", err)
                self.assertNotIn("\x1b", err)

    def test_a_head_that_was_cut_is_shown(self):
        for ask in (self.ask, self.ask_proxy):
            code, _, err = ask(answers(b"HTTP/1.1 101 Switching Protocols\r\nUpgra"), "-v")
            self.assertIn("< HTTP/1.1 101 Switching Protocols\n< Upgra\n", err)
            self.assertNotIn("TLS", err)

    def test_a_head_that_never_ends_is_shown_when_the_time_is_over(self):
        for ask in (self.ask, self.ask_proxy):
            code, _, err = ask(answers(b"HTTP/1.1 101 Switching Protocols\r\nUpgra", stays=True), "-v",
                               "--connect-timeout", "1")
            self.assertEqual(code, TIMED_OUT)
            self.assertIn("< HTTP/1.1 101 Switching Protocols\n< Upgra\n", err)

    def test_over_tls_it_is_shown_as_well(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            certificate = authority.issue("127.0.0.1")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.file, certificate.key_file)
            for last in (b"no colon\r\n\r\n", b"Upgra"):
                with Scripted(answers(b"HTTP/1.1 101 x\r\nX-One: 1\r\n" + last), shakes_hands=False,
                              tls=context) as server:
                    _, _, err = self.run_mintws("-v", "--cacert", authority.file, server.url)
                self.assertIn("< HTTP/1.1 101 x\n< X-One: 1\n< " + last.decode().strip(), err)

    def test_nothing_is_shown_twice(self):
        _, _, err = self.ask(answers(GOOD + b"Sec-WebSocket-Accept: wrong\r\n\r\n"), "-v")
        self.assertEqual(err.count("< HTTP/1.1 101"), 1)
        self.assertEqual(err.count("< Upgrade: websocket"), 1)

    def test_the_field_of_a_wrong_handshake_is_shown(self):
        for lines, part in ((b"Upgrade: h2c\r\nConnection: Upgrade\r\n", "Upgrade: h2c"),
                            (b"Upgrade: websocket\r\nConnection: close\r\n", "Connection: close"),
                            (GOOD.split(b"\r\n", 1)[1] + b"Sec-WebSocket-Accept: wrong\r\n",
                             "Sec-WebSocket-Accept: wrong")):
            code, _, err = self.ask(answers(b"HTTP/1.1 101 x\r\n" + lines + b"\r\n"))
            self.assertEqual(code, REFUSED)
            self.assertIn(part, err)
            self.assertIn("the server's answer", err)

    def test_an_empty_choice_is_told_as_empty(self):
        for name in ("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"):
            def script(c):
                _, fields = c.request()
                c.accept(fields, more=f"{name}:\r\n")

            code, _, err = self.ask(script, "-s", "chat", "--compress")
            self.assertEqual(code, REFUSED)
            self.assertIn(f"{name} is empty", err)

    def test_http_in_place_of_a_frame_is_told_as_such(self):
        def script(c):
            c.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            c.file.read()

        for more in ([], ["--compress"]):
            with Scripted(script) as server:
                code, _, err = self.run_mintws("-n", *more, server.url)
            self.assertEqual(code, PROTOCOL_ERROR)
            self.assertIn("perhaps HTTP came where a frame was due", err)


class RefusedCredentials(Mintws):
    def proxy_refuses(self, challenge, *arguments, env=None):
        script = answers(b"HTTP/1.1 407 No\r\nProxy-Authenticate: " + challenge + b"\r\nContent-Length: 0\r\n\r\n")
        with Scripted(script, shakes_hands=False) as proxy:
            place = f"127.0.0.1:{proxy.port}"
            code, _, err = self.run_mintws(*(a.replace("PROXY", place) for a in arguments), "ws://host.test/",
                                           env={name: value.replace("PROXY", place) for name, value in (env or {}).items()})
        self.assertEqual(code, REFUSED)
        return err

    def test_a_407_says_that_the_credentials_were_not_taken(self):
        basic = b'Basic realm="gate"'
        for arguments, env in ((["--proxy", "http://u:p@PROXY"], {}),
                               (["--proxy", "PROXY", "--proxy-user", "u:p"], {}),
                               ([], {"http_proxy": "http://u:p@PROXY"}),
                               (["--proxy-user", "u:p"], {"all_proxy": "PROXY"})):
            err = self.proxy_refuses(basic, *arguments, env=env)
            self.assertIn("the proxy doesn't take the credentials it was given", err)
            self.assertNotIn("try --proxy-user", err)
        self.assertIn("try --proxy-user", self.proxy_refuses(basic, "--proxy", "PROXY"))

    def test_schemes_that_are_not_spoken_are_named(self):
        for challenge, names in ((b"NTLM", "NTLM"), (b"Negotiate, NTLM", "Negotiate, NTLM"),
                                 (b'Digest realm="x", nonce="y"', "Digest")):
            err = self.proxy_refuses(challenge, "--proxy", "http://u:p@PROXY")
            self.assertIn(f"mintws doesn't speak {names}; to the proxy it speaks Basic only", err)
            script = answers(b"HTTP/1.1 401 No\r\nWWW-Authenticate: " + challenge + b"\r\nContent-Length: 0\r\n\r\n")
            with Scripted(script, shakes_hands=False) as server:
                _, _, err = self.run_mintws("--auth", "a:b", server.url)
            self.assertIn("the server doesn't take the credentials it was given", err)
            self.assertIn(f"mintws doesn't speak {names}; to the server it speaks Basic and Bearer only", err)

    def test_credentials_that_stayed_behind_were_not_refused(self):
        challenge = answers(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
        with Scripted(challenge, shakes_hands=False) as other:
            redirect = answers(f"HTTP/1.1 302 x\r\nLocation: {other.origin}/\r\nContent-Length: 0\r\n\r\n".encode())
            with Scripted(redirect, shakes_hands=False) as server:
                _, _, err = self.run_mintws("-L", "--auth", "a:b", server.url)
        self.assertNotIn("doesn't take the credentials", err)
        self.assertIn("try --auth", err)


class UnusableProxies(Mintws):
    def test_the_variable_is_named_and_what_is_understood(self):
        for value in ("socks://127.0.0.1:1080", "ftp://127.0.0.1", "127.0.0.1:port", "http://"):
            for scheme, variable in (("ws", "all_proxy"), ("wss", "all_proxy"), ("ws", "ALL_PROXY"),
                                     ("ws", "http_proxy"), ("wss", "https_proxy"), ("wss", "HTTPS_PROXY")):
                code, _, err = self.run_mintws(f"{scheme}://host.test/", env={variable: value})
                self.assertEqual(code, USAGE)
                self.assertIn(variable, err)
                for part in ("http", "https", "socks5"):
                    self.assertIn(part, err)
                self.assertNotIn("ws, wss", err)
                self.assertNotIn("RFC 6455", err)

    def test_the_option_says_the_same(self):
        code, _, err = self.run_mintws("--proxy", "socks://127.0.0.1:1080", "ws://host.test/")
        self.assertEqual(code, USAGE)
        self.assertIn("--proxy", err)
        self.assertIn("socks5", err)
        self.assertNotIn("ws, wss", err)

    def test_a_variable_that_is_not_used_may_be_anything(self):
        with Scripted(lambda c: c.finish()) as server:
            code, _, err = self.run_mintws("-n", server.url, env={"all_proxy": "socks://x", "no_proxy": "127.0.0.1"})
        self.assertEqual(code, NORMAL, err)


if __name__ == "__main__":
    mintws_program.main()
