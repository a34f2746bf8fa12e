"""An echo server on python3-websockets; with `--tls CERT KEY` over TLS.

Texts that start with an exclamation mark are commands; prints "listening PORT".
MINT_DEFLATE in the environment: permessage-deflate, with options as the package has them, in JSON.
"""
import asyncio
import json
import os
import socket
import struct
from http import HTTPStatus

import websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from lifetime import tls_context, until_ended


async def obey(ws, command, *rest):
    """True if `command` was one."""
    if command == "!close":
        await ws.close(int(rest[0]), " ".join(rest[1:]))
    elif command == "!fin":
        ws.transport.write_eof()
    elif command == "!reset":
        linger_none = struct.pack("ii", 1, 0)
        ws.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_none)
        ws.transport.abort()
    elif command == "!send":
        await ws.send(b"a" * int(rest[0]))
    elif command == "!ping":
        await (await ws.ping(rest[0]))
        await ws.send(f"pong {rest[0]}")
    elif command == "!fragments":
        await ws.send(["f" * int(rest[1])] * int(rest[0]))
    else:
        return False
    return True


async def echo(ws):
    try:
        async for message in ws:
            if isinstance(message, str) and message.startswith("!") and await obey(ws, *message.split(" ")):
                continue
            await ws.send(message)
    except websockets.ConnectionClosed:
        pass


async def refuse(path, fields):
    if path == "/401" and fields.get("authorization") != "Basic bWludDpzZWNyZXQ=":
        return HTTPStatus.UNAUTHORIZED, [("www-authenticate", 'Basic realm="mint"')], b"who are you?\n"
    if path == "/403":
        return HTTPStatus.FORBIDDEN, [], b"nope!\n"
    return None


def extensions():
    options = os.environ.get("MINT_DEFLATE")
    return [ServerPerMessageDeflateFactory(**json.loads(options))] if options else []


async def main():
    async with websockets.serve(echo, "127.0.0.1", 0, max_size=256 << 20, compression=None, process_request=refuse,
                                extensions=extensions(),
                                ping_interval=None, subprotocols=["superchat", "chat"], ssl=tls_context()) as server:
        await until_ended(server.sockets[0].getsockname()[1])
        os._exit(0)  # without waiting for the peers' Close frames


asyncio.run(main())
