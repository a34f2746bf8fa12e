"""Says where a server listens, and ends it with the test that started it."""
import asyncio
import signal
import ssl
import sys


def tls_context():
    """What the command line says: `--tls CERT KEY`; None without."""
    if sys.argv[1:2] != ["--tls"]:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    return context


async def until_ended(port):
    """Prints the line that the test waits for; returns at the end of stdin or on SIGTERM."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def read_stdin():
        if not sys.stdin.buffer.read1(4096):
            loop.remove_reader(sys.stdin.fileno())
            ended.set()

    loop.add_reader(sys.stdin.fileno(), read_stdin)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    print(f"listening {port}", flush=True)
    await ended.wait()
