"""An echo server on python3-hypercorn: WebSockets over HTTP/2 (RFC 8441) and HTTP/1.1; with `--tls CERT KEY` over TLS.

"!close CODE REASON" is a command, /403 refuses; prints "listening PORT".
"""
import asyncio
import os
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config

from lifetime import until_ended


async def converse(path, receive, send):
    await receive()
    if path == "/403":
        await send({"type": "websocket.close", "code": 1000})
        return
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] != "websocket.disconnect":
        text = message.get("text")
        if text is not None and text.startswith("!close "):
            _, code, reason = text.split(" ", 2)
            await send({"type": "websocket.close", "code": int(code), "reason": reason})
            return
        await send({"type": "websocket.send", **({"bytes": message["bytes"]} if text is None else {"text": text})})


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while (event := (await receive())["type"]) != "lifespan.shutdown":
            await send({"type": event + ".complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await converse(scope["path"], receive, send)
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"hello\n"})


async def main():
    listener = socket.create_server(("127.0.0.1", 0))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.websocket_max_message_size = 256 << 20
    config.graceful_timeout = 0.1
    config.loglevel = "CRITICAL"
    if sys.argv[1:2] == ["--tls"]:
        config.certfile, config.keyfile = sys.argv[2:4]

    async def end():
        await until_ended(listener.getsockname()[1])
        os._exit(0)  # its own shutdown waits for connections, and complains about them

    ender = asyncio.create_task(end())
    await serve(application, config, shutdown_trigger=asyncio.Event().wait)
    await ender


asyncio.run(main())
