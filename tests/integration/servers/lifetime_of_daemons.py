"""What scripts share that run a real server of C on a free port of loopback: its configuration lies in a folder that is
removed at the end; it ends with the test that started it. Root's servers run as an ordinary user too: a change of user of
their own would cut the tie that ends them with this process.
"""
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_SECONDS = 20
ACCOUNT = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def die_with_parent(signal_number):
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


def start(make_command, folder):
    """The process and its port, once it accepts connections; nothing if it ended before, its port taken by another."""
    port = free_port()
    command = [str(part) for part in make_command(folder, port)]
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    with open(folder / "printed", "wb") as printed:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, cwd=folder,
                                   preexec_fn=lambda: die_with_parent(signal.SIGTERM), start_new_session=True,
                                   env=os.environ | {"PATH": path}, **ACCOUNT)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if accepts(port):
            return process, port
        time.sleep(0.02)
    stop(process)
    sys.stderr.write((folder / "printed").read_text(errors="replace"))
    return None


def stop(process):
    """Ends it with its helpers and workers, at once: it keeps nothing that is of worth."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def give_to_account(path):
    if ACCOUNT:
        shutil.chown(path, ACCOUNT["user"], ACCOUNT["group"])


def run(name, make_command, clean_up=lambda: None, shut_down_signal=signal.SIGTERM):
    """Starts what `make_command(folder, port)` gives, prints "listening PORT", and ends it at the end of stdin. SIGUSR1
    asks it to end in good order, by the signal that it has for that.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    die_with_parent(0)  # the end of stdin tells of it, and leaves the time to clean up
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mint-server-"))
    give_to_account(folder)
    started = None
    try:
        for _ in range(3):
            started = started or start(make_command, folder)
        if started is None:
            sys.exit(f"{name} didn't start")
        signal.signal(signal.SIGUSR1, lambda *_: started[0].send_signal(shut_down_signal))
        print(f"listening {started[1]}", flush=True)
        sys.stdin.buffer.read()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if started is not None:
            stop(started[0])
        shutil.rmtree(folder, ignore_errors=True)
        clean_up()
