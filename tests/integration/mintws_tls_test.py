#!/usr/bin/python3
"""mintws and TLS: whom it trusts, what it shows, what it says when it doesn't. mintws_tls_test.py MINTWS

Against its own echo server, with certificates made by the openssl command, and against Python's TLS.
"""

import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import mintws_program  # noqa: E402
from certificates import Authority, public_key_hash  # noqa: E402
from mintws_program import (INSECURE, NORMAL, PROTOCOL_ERROR, TIMED_OUT, UNREACHABLE, USAGE, Echo,  # noqa: E402
                            Mintws, Scripted)
from websocket_peer import PATIENCE, server_frame, TEXT  # noqa: E402


class WithCertificates(Mintws):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.authority = Authority(cls.folder)
        cls.good = cls.authority.issue("localhost", "127.0.0.1")
        cls.trusting = ["--cacert", cls.authority.file]

    def server_context(self, certificate=None, version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = certificate or self.good
        context.load_cert_chain(certificate.file, certificate.key_file)
        if version:
            context.maximum_version = version
        return context


class Handshakes(Mintws):
    """Of a server that ends the connection in the middle of one."""

    def ask(self, ends):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(64 * 1024)
                    ends(connection)

            thread = threading.Thread(target=serve)
            thread.start()
            result = self.run_mintws(f"wss://127.0.0.1:{listener.getsockname()[1]}/")
            thread.join()
            return result

    def test_a_reset_is_no_tls(self):
        def reset(connection):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        code, _, err = self.ask(reset)
        self.assertEqual(code, INSECURE)
        self.assertIn("TLS", err)

    def test_an_end_is_no_tls(self):
        code, _, err = self.ask(lambda connection: None)
        self.assertEqual(code, INSECURE)
        self.assertIn("TLS", err)

    def test_alerts_that_mean_nothing_in_common_ask_for_no_certificate(self):
        for alert in (40, 70):
            code, _, err = self.ask(lambda connection: connection.sendall(bytes([21, 3, 3, 0, 2, 2, alert])))
            self.assertEqual(code, INSECURE)
            self.assertNotIn("--cert ", err)


class Files(WithCertificates):
    def test_that_are_no_regular_ones_are_refused_at_once(self):
        fifo = os.path.join(self.folder, "fifo")
        os.mkfifo(fifo)
        for option in ("--cacert", "--cert"):
            code, _, err = self.run_mintws(option, fifo, "wss://127.0.0.1:1/")
            self.assertEqual(code, USAGE)
            self.assertIn("no regular file", err)
        code, _, err = self.run_mintws("wss://127.0.0.1:1/", env={"SSLKEYLOGFILE": fifo})
        self.assertEqual(code, USAGE)
        code, _, err = self.run_mintws("echo", "--port", "0", "--tls", fifo, self.good.key_file)
        self.assertNotEqual(code, NORMAL)
        self.assertIn("no regular file", err)


class Trust(WithCertificates):
    def ask(self, *arguments, certificate=None, host="127.0.0.1"):
        with Echo(certificate or self.good) as echo:
            return self.run_mintws(*arguments, f"wss://{host}:{echo.port}/", input=b"hello\n")

    def test_an_authority_of_ones_own_is_trusted_where_it_is_named(self):
        for host in ("127.0.0.1", "localhost"):
            self.assertEqual(self.ask(*self.trusting, host=host), (NORMAL, b"hello\n", ""))

    def test_an_unknown_authority_is_not_trusted(self):
        code, out, err = self.ask()
        self.assertEqual((code, out), (INSECURE, b""))
        self.assertIn("isn't issued by a trusted CA", err)
        self.assertIn("--cacert FILE", err)

    def test_another_authority_is_not_trusted(self):
        other = Authority(self.folder, "another CA")
        code, _, err = self.ask("--cacert", other.file)
        self.assertEqual(code, INSECURE)
        self.assertIn("in that file alone", err)

    def test_a_wrong_name_is_not_trusted(self):
        code, _, err = self.ask(*self.trusting, certificate=self.authority.issue("example.org"))
        self.assertEqual(code, INSECURE)
        self.assertIn("example.org", err)
        self.assertIn("127.0.0.1", err)

    def test_an_expired_certificate_is_not_trusted(self):
        code, _, err = self.ask(*self.trusting, certificate=self.authority.issue("127.0.0.1", days=-1))
        self.assertEqual(code, INSECURE)
        self.assertIn("clock", err)

    def test_insecure_talks_to_anyone_and_says_so_loudly(self):
        wrong = self.authority.issue("example.org", days=-1)
        for option in ("-k", "--insecure"):
            code, out, err = self.ask(option, certificate=wrong)
            self.assertEqual((code, out), (NORMAL, b"hello\n"))
            self.assertIn("WARNING: --insecure", err)
        self.assertEqual(self.ask("-k", "-q", certificate=wrong), (NORMAL, b"hello\n", ""))

    def test_a_pinned_key_is_the_only_one_taken(self):
        pin = public_key_hash(self.good)
        other = public_key_hash(self.authority.issue("127.0.0.1"))
        self.assertEqual(self.ask(*self.trusting, "--pinnedpubkey", pin)[0], NORMAL)
        self.assertEqual(self.ask(*self.trusting, "--pinnedpubkey", f"{other};{pin}")[0], NORMAL)
        self.assertEqual(self.ask("-k", "--pinnedpubkey", pin)[0], NORMAL)
        for arguments in (self.trusting, ["-k"]):
            code, _, err = self.ask(*arguments, "--pinnedpubkey", other)
            self.assertEqual(code, INSECURE)
            self.assertIn("pinned", err)

    def test_shows_what_tls_came_to_be(self):
        err = self.ask("-v", *self.trusting)[2]
        self.assertRegex(err, r"\* TLS 1\.3, TLS_\w+, ALPN http/1\.1\n")
        self.assertIn("* certificate: CN=localhost: verified\n", err)
        self.assertLess(err.index("* TLS 1.3"), err.index("> GET / HTTP/1.1"))
        self.assertIn("CN=localhost: NOT VERIFIED\n", self.ask("-v", "-k")[2])

    def test_writes_secrets_where_the_environment_says(self):
        log = Path(self.folder) / "secrets.log"
        with Echo(self.good) as echo:
            self.assertEqual(self.run_mintws(*self.trusting, echo.url, env={"SSLKEYLOGFILE": str(log)})[0], NORMAL)
        self.assertIn("CLIENT_TRAFFIC_SECRET_0 ", log.read_text())


class ClientCertificates(WithCertificates):
    def setUp(self):
        self.context = self.server_context()
        self.context.load_verify_locations(self.authority.file)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.names = []

    def ask(self, *arguments):
        def script(c):
            self.names.append(c.sock.getpeercert()["subject"][0][0][1])
            c.finish()

        with Scripted(script, tls=self.context) as server:
            return self.run_mintws(*self.trusting, "-n", *arguments, server.url)

    def test_ours_is_sent_where_it_is_wanted(self):
        ours = self.authority.issue("client one")
        self.assertEqual(self.ask("--cert", ours.file, "--key", ours.key_file)[0], NORMAL)
        both = Path(self.folder) / "both.pem"
        both.write_text(Path(ours.file).read_text() + Path(ours.key_file).read_text())
        self.assertEqual(self.ask("--cert", str(both))[0], NORMAL)
        self.assertEqual(self.names, ["client one"] * 2)

    def test_a_passphrase_opens_the_key(self):
        ours = self.authority.issue("client two", passphrase="open sesame")
        options = ["--cert", ours.file, "--key", ours.key_file]
        self.assertEqual(self.ask(*options, "--pass", "open sesame")[0], NORMAL)

    def test_a_key_that_stays_closed_is_wrong_use(self):
        ours = self.authority.issue("client three", passphrase="open sesame")
        options = ["--cert", ours.file, "--key", ours.key_file]
        for more in ([], ["--pass", "wrong"]):
            code, _, err = self.run_mintws(*options, *more, "wss://127.0.0.1:1/")
            self.assertEqual(code, USAGE)
            self.assertIn("key", err)

    def test_none_where_one_is_wanted_is_explained(self):
        code, _, err = self.ask()
        self.assertEqual(code, INSECURE, err)
        self.assertIn("--cert FILE --key FILE", err)
        self.assertEqual(self.names, [])

    def test_files_that_are_none_are_wrong_use(self):
        for options in (["--cacert", "/no/such/file"], ["--cert", __file__]):
            code, _, err = self.run_mintws(*options, "wss://127.0.0.1:1/")
            self.assertEqual(code, USAGE, err)
            self.assertIn(options[1], err)


class Versions(WithCertificates):
    def ask(self, *arguments):
        with Scripted(lambda c: c.finish(), tls=self.server_context(version=ssl.TLSVersion.TLSv1_2)) as server:
            return self.run_mintws(*self.trusting, "-n", "-v", *arguments, server.url)

    def test_tls_1_2_is_taken_unless_1_3_is_asked_for(self):
        for options in ([], ["--tls1.2"]):
            code, _, err = self.ask(*options)
            self.assertEqual(code, NORMAL)
            self.assertIn("* TLS 1.2, ", err)
        code, _, err = self.ask("--tls1.3")
        self.assertEqual(code, INSECURE)
        self.assertIn("protocol version", err)


class Endings(WithCertificates):
    def test_a_port_without_tls_is_told_from_one_with(self):
        with Echo() as echo:
            code, _, err = self.run_mintws(f"wss://127.0.0.1:{echo.port}/")
            self.assertEqual(code, INSECURE)
            self.assertIn("does that port speak TLS? ws:// is without", err)
        with Echo(self.good) as echo:
            code, _, err = self.run_mintws(f"ws://127.0.0.1:{echo.port}/")
            self.assertEqual(code, PROTOCOL_ERROR)
            self.assertIn("then it is wss://", err)

    def test_a_silent_port_runs_into_the_one_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            started = time.monotonic()
            code, _, err = self.run_mintws("--connect-timeout", "0.3", f"wss://127.0.0.1:{listener.getsockname()[1]}/")
            self.assertEqual(code, TIMED_OUT)
            self.assertIn("TLS with 127.0.0.1", err)
            self.assertLess(time.monotonic() - started, PATIENCE / 2)

    def test_a_stream_cut_short_is_no_close(self):
        def script(c):
            c.send(server_frame(TEXT, b"last"))
            os.close(c.sock.detach())  # without close_notify

        with Scripted(script, tls=self.server_context()) as server:
            code, out, _ = self.run_mintws(*self.trusting, "-n", server.url)
        self.assertEqual((code, out), (mintws_program.ABNORMAL, b"last\n"))


class EchoServer(WithCertificates):
    """mintws echo over TLS, as other clients meet it."""

    def setUp(self):
        self.context = ssl.create_default_context(cafile=self.authority.file)

    def connect(self, echo, **more):
        sock = socket.create_connection(("127.0.0.1", echo.port), PATIENCE)
        return self.context.wrap_socket(sock, server_hostname="127.0.0.1", **more)

    def test_answers_alpn(self):
        with Echo(self.good) as echo:
            for offered in (["h2", "http/1.1"], ["http/1.1", "h2"]):
                self.context.set_alpn_protocols(offered)
                with self.connect(echo) as sock:
                    self.assertEqual(sock.selected_alpn_protocol(), offered[0])
            self.context.set_alpn_protocols(["h3"])
            self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol", self.connect, echo)

    def test_ends_with_close_notify(self):
        with Echo(self.good) as echo, self.connect(echo, suppress_ragged_eofs=False) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            octets = b""
            while received := sock.recv(1000):
                octets += received
            self.assertTrue(octets.endswith(b"\r\n\r\nmintws echo\n"))

    def test_refuses_old_versions(self):
        with Echo(self.good) as echo:
            done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{echo.port}", "-tls1_1", "-cipher",
                                   "ALL:@SECLEVEL=0"], input=b"", capture_output=True, timeout=PATIENCE)
            self.assertIn(b"alert protocol version", done.stderr)

    def test_serves_others_while_one_is_slow_to_shake_hands_or_to_read(self):
        with Echo(self.good) as echo, socket.create_connection(("127.0.0.1", echo.port)), self.connect(echo) as stuck:
            stuck.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
            stuck.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                while True:  # until it waits for us to read
                    stuck.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
            self.assertEqual(self.run_mintws(*self.trusting, echo.url, input=b"x\n"), (NORMAL, b"x\n", ""))

    def test_drops_who_never_shakes_hands(self):
        with Echo(self.good) as echo, socket.create_connection(("127.0.0.1", echo.port)) as silent:
            silent.settimeout(PATIENCE)
            silent.sendall(b"\x16\x03\x01")
            self.assertEqual(silent.recv(1), b"")

    def test_tells_what_is_wrong_with_its_files(self):
        for files in ((__file__, self.good.key_file), (self.good.file, __file__),
                      (self.good.file, self.authority.key_file), ("/no/such/file", self.good.key_file)):
            code, _, err = self.run_mintws("echo", "--port", "0", "--tls", *files)
            self.assertEqual(code, UNREACHABLE)
            self.assertIn("mintws echo: ", err)

    def test_many_connections_at_once(self):
        with Echo(self.good) as echo:
            results = []
            threads = [threading.Thread(target=lambda: results.append(
                self.run_mintws(*self.trusting, echo.url, input=b"line\n" * 1000))) for _ in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            self.assertEqual(results, [(NORMAL, b"line\n" * 1000, "")] * 8)


if __name__ == "__main__":
    mintws_program.main()
