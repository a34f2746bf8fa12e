"""Says where a server listens, and ends it with the test that started it."""
import asyncio
import signal
import sys


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
