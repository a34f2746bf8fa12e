"""The programs that are measured: where they are, building other libraries' ones, running each on its processor."""

import os
import pathlib
import re
import resource
import subprocess
import sys
import time

TIMEOUT_SECONDS = 120


class Broken(Exception):
    """A program can't be built or failed: there is nothing to compare."""


def processors():
    """The client's and the server's; the same one where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[1 % len(usable)]


def allow_many_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < 1100:
        raise Broken(f"1,000 connections need 1,100 descriptors; the limit is {hard}")


def build_peers(sources, out):
    """Builds other libraries' programs and the limits, as far as they aren't built; returns their folder."""
    log = out.parent / f"{out.name}.log"
    if not out.is_dir():
        print(f"building the peers into {out} (about two minutes, once)", file=sys.stderr, flush=True)
    with open(log, "wb") as file:
        for command in (["cmake", "-S", sources, "-B", out, "-G", "Ninja"], ["cmake", "--build", out]):
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False)
            if result.returncode != 0:
                said = log.read_text(errors="replace").strip()
                raise Broken(f"{said}\nthe peers can't be built; scripts/install-deps bench installs what they need")
    return out


def find(name, folder):
    """The folder's program of this name."""
    program = folder / name
    if not os.access(program, os.X_OK):
        raise Broken(f"{program} isn't there: build the release preset")
    return program


def _settle(cpu, realtime):
    """In a process to be: on this processor, and before all others there if asked for and allowed."""
    os.sched_setaffinity(0, {cpu})
    if realtime:
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            pass


def run(program, arguments, cpu, environment=None, realtime=False):
    """The lines that a program printed, split at tabs."""
    command = [str(program), *map(str, arguments)]
    try:
        result = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_SECONDS,
            env=os.environ | (environment or {}),
            preexec_fn=lambda: _settle(cpu, realtime),
            check=False,
            text=True,
        )
    except (subprocess.TimeoutExpired, OSError) as problem:
        raise Broken(f"{' '.join(command)}: {problem}") from problem
    if result.returncode != 0:
        raise Broken(f"{' '.join(command)}: exit code {result.returncode}: {result.stderr.strip()}")
    return [line.split("\t") for line in result.stdout.splitlines()]


def certificate(folder):
    """The files of a self-signed certificate for localhost and its key, made at the first use."""
    files = folder / "certificate.pem", folder / "key.pem"
    if not all(file.is_file() for file in files):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-out", files[0], "-keyout", files[1]],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [str(file) for file in files]


def openssl_handshakes(port, seconds, version, kind, cpu):
    """Handshakes that openssl s_time makes in a second of its user time; None where it can't say."""
    how = ["-new"] if kind == "full" else ["-reuse"]
    flag = ["-tls1_2"] if version == "1.2" else ["-tls1_3"]
    result = subprocess.run(
        ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-time", str(seconds), *how, *flag],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS, check=False, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
    said = re.search(r"([\d.]+) connections/user sec", result.stdout)
    return float(said[1]) if said else None


def children_cpu_seconds():
    """Processor time of all programs that `run` ran."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class EchoServer:
    """The echo server on one processor, on a port of its own choice."""

    def __init__(self, command, cpu, log, realtime=False):
        self._log = pathlib.Path(log)
        with open(self._log, "wb") as file:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                preexec_fn=lambda: _settle(cpu, realtime),
            )
        try:
            self.port = self._wait_for_port()
        except Broken:
            self.stop()
            raise

    def _wait_for_port(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            said = re.search(r"listening on \S*:(\d+)", self._log.read_text(errors="replace"))
            if said:
                return int(said[1])
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise Broken(f"the echo server didn't start: {self._log.read_text(errors='replace').strip()}")

    def cpu_seconds(self):
        """Time on the processor; in nanoseconds where the kernel tells, else in its ticks."""
        process = pathlib.Path(f"/proc/{self._process.pid}")
        try:
            return int((process / "schedstat").read_text().split()[0]) * 1e-9
        except OSError:
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
