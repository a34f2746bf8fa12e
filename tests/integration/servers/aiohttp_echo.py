"""An echo server on python3-aiohttp; with `--tls CERT KEY` over TLS.

Texts that start with an exclamation mark are commands; prints "listening PORT".
MINT_DEFLATE in the environment: permessage-deflate as the client asks for it.
"""
import asyncio
import os
import socket
import struct

from aiohttp import WSMsgType, web

from lifetime import tls_context, until_ended


async def obey(ws, transport, command, *rest):
    """True if `command` was one."""
    if command == "!close":
        await ws.close(code=int(rest[0]), message=" ".join(rest[1:]).encode())
    elif command == "!fin":
        transport.write_eof()
    elif command == "!reset":
        linger_none = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_none)
        transport.abort()
    elif command == "!send":
        await ws.send_bytes(b"a" * int(rest[0]))
    elif command == "!ping":
        await ws.ping(rest[0].encode())
    else:
        return False
    return True


async def serve(request):
    if request.path == "/401" and request.headers.get("authorization") != "Basic bWludDpzZWNyZXQ=":
        return web.Response(status=401, text="who are you?\n", headers={"www-authenticate": 'Basic realm="mint"'})
    if request.path == "/403":
        return web.Response(status=403, text="nope!\n")
    if request.headers.get("upgrade", "").lower() != "websocket":
        return web.Response(text="hello from aiohttp\n")
    ws = web.WebSocketResponse(max_msg_size=256 << 20, compress="MINT_DEFLATE" in os.environ,
                              protocols=("superchat", "chat"), autoping=False)
    await ws.prepare(request)
    async for message in ws:
        if message.type == WSMsgType.PING:
            await ws.pong(message.data)
        elif message.type == WSMsgType.PONG:
            await ws.send_str("pong " + message.data.decode())
        elif message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data)
        elif not (message.data.startswith("!") and await obey(ws, request.transport, *message.data.split(" "))):
            await ws.send_str(message.data)
    return ws


async def main():
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls_context())
    await site.start()
    await until_ended(site._server.sockets[0].getsockname()[1])
    os._exit(0)  # without waiting for the peers' Close frames


asyncio.run(main())
