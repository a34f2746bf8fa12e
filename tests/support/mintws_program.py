"""Starts mintws as its user would, and servers for it to meet, for tests of the program."""

import os
import pty
import select
import socket
import subprocess
import sys
import threading
import unittest

from websocket_peer import PATIENCE, Connection

(NORMAL, USAGE, UNREACHABLE, TIMED_OUT, REFUSED, ABNORMAL, PROTOCOL_ERROR, INSECURE, UNWRITTEN, INTERRUPTED) = (
    0, 1, 2, 3, 4, 5, 6, 7, 8, 130)

# No proxy, no secrets written: a test that wants one says so.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.lower().endswith("_proxy") and name != "SSLKEYLOGFILE"}

_program = ""


def main():
    """Runs the tests of the calling file; its first argument is the program."""
    global _program
    _program = os.path.abspath(sys.argv.pop(1))
    unittest.main()


def start(*arguments, **more):
    more.setdefault("env", ENVIRONMENT)
    return subprocess.Popen([_program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **more)


def start_in_shell(redirections, *arguments, **more):
    """Starts it with a shell's redirections, `</dev/null >&-` say; else its streams are pipes."""
    for name in ("stdin", "stdout", "stderr"):
        more.setdefault(name, subprocess.PIPE)
    more.setdefault("env", ENVIRONMENT)
    return subprocess.Popen(["sh", "-c", f'exec "$@" {redirections}', "sh", _program, *arguments], **more)


def resident_size(process):
    """The most memory, in bytes, that it has had resident."""
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024


def wait_for_line(stream, part):
    """Reads lines until one holds `part`."""
    seen = b""
    while part not in (line := stream.readline()):
        seen += line
        if not line:
            raise AssertionError(f"no {part!r} in {seen!r}")
    return line


class Echo:
    """mintws echo, as long as the block lasts. Over TLS with a `certificates.Certificate`."""

    def __init__(self, certificate=None):
        self.options = ["--tls", certificate.file, certificate.key_file] if certificate else []
        self.scheme = "wss" if certificate else "ws"

    def __enter__(self):
        self.process = subprocess.Popen([_program, "echo", "--port", "0", *self.options], stderr=subprocess.PIPE)
        line = self.process.stderr.readline().decode()
        self.port = int(line.rsplit(":", 1)[1])
        self.url = f"{self.scheme}://127.0.0.1:{self.port}/"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.status = self.process.wait(PATIENCE)
        self.process.stderr.close()


class Scripted:
    """A server that takes as many connections as there are scripts, and does what `script(connection)` says with each.

    `tls` is an ssl.SSLContext; a script of a connection whose handshake fails isn't run.
    """

    def __init__(self, *scripts, shakes_hands=True, tls=None, family=socket.AF_INET, address=("127.0.0.1", 0)):
        self.listener = socket.socket(family)
        self.listener.bind(address)
        self.listener.listen()
        if family != socket.AF_UNIX:
            host, self.port = self.listener.getsockname()[:2]
            self.origin = f"{'wss' if tls else 'ws'}://{f'[{host}]' if ':' in host else host}:{self.port}"
            self.url = self.origin + "/path?query"
        self.scripts = scripts
        self.shakes_hands = shakes_hands
        self.tls = tls
        self.problem = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            for script in self.scripts:
                sock, _ = self.listener.accept()
                with sock:
                    self.serve(sock, script)
        except Exception as problem:
            self.problem = problem

    def serve(self, sock, script):
        if self.tls:
            try:
                sock = self.tls.wrap_socket(sock, server_side=True)
            except OSError:
                return
        with sock:
            connection = Connection(sock)
            if self.shakes_hands:
                connection.target, connection.fields = connection.shake_hands()
            script(connection)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.thread.join(PATIENCE)
        self.listener.close()
        if kind is None and self.problem:
            raise self.problem


class Terminal:
    """mintws with both ends at a terminal."""

    def __init__(self, *arguments, env=None):
        self.seen = b""
        self.pid, self.number = pty.fork()
        if self.pid == 0:
            os.execve(_program, [_program, *arguments], ENVIRONMENT | {"TERM": "xterm"} | (env or {}))

    def type(self, keys):
        os.write(self.number, keys)

    def wait_for(self, text):
        """Reads the screen until `text` comes behind what was waited for before; returns what stood before it."""
        while text not in self.seen:
            ready, _, _ = select.select([self.number], [], [], PATIENCE)
            if not ready:
                raise AssertionError(f"{text!r} isn't in {self.seen!r}")
            self.seen += os.read(self.number, 65536)
        before, self.seen = self.seen.split(text, 1)
        return before

    def exit_code(self):
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.number)
        return code


class Mintws(unittest.TestCase):
    def run_mintws(self, *arguments, input=b"", env=None):
        """The exit code, standard output and standard error. `env`: more variables."""
        done = subprocess.run([_program, *arguments], input=input, capture_output=True, timeout=PATIENCE,
                              env=ENVIRONMENT | (env or {}))
        return done.returncode, done.stdout, done.stderr.decode()

    def talk(self, script, *arguments, input=b"", shakes_hands=True):
        with Scripted(script, shakes_hands=shakes_hands) as server:
            return self.run_mintws(*arguments, server.url, input=input)
