"""An HTTP proxy that knows CONNECT alone, for tests: one thread for each connection, on loopback."""

import base64
import socket
import threading

PATIENCE = 60  # seconds, for each step


class ConnectProxy:
    """As long as the block lasts. With `login`, "user:password", nobody else gets through; `targets` are those asked for.

    Every target leads to `destination`, a port on 127.0.0.1, whatever its name is.
    """

    def __init__(self, destination, login=None):
        self.destination = destination
        self.credentials = login and "Basic " + base64.b64encode(login.encode()).decode()
        self.targets = []
        self.fields = []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as lines:
            client.settimeout(PATIENCE)
            method, target, _ = lines.readline().decode().split()
            fields = {}
            while line := lines.readline().strip():
                name, value = line.decode().split(":", 1)
                fields[name.lower()] = value.strip()
            self.targets.append(target)
            self.fields.append(fields)
            if method != "CONNECT":
                client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            elif self.credentials and fields.get("proxy-authorization") != self.credentials:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"gate\"\r\n"
                               b"Content-Length: 12\r\n\r\nwho are you\n")
            else:
                with socket.create_connection(("127.0.0.1", self.destination)) as server:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                    back.start()
                    _copy(client, server)
                    back.join(PATIENCE)


def _copy(source, sink):
    """Until the source's end, which is passed on."""
    try:
        while octets := source.recv(65536):
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of them is gone, and the other will see it
