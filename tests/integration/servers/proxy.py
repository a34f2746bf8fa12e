"""A real proxy on a free port of loopback. proxy.py tinyproxy|squid|apache|microsocks [USER PASSWORD]

Writes its configuration into a folder that is removed at the end, starts it, waits until it accepts connections, and prints
"listening PORT". It ends with the test that started it, and takes the proxy along. Root's proxies run as an ordinary user too:
a change of user of their own would cut the tie that ends them with this process.
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
LOGIN = sys.argv[2:4]
SQUID_NAME = f"mint{os.getpid()}"  # of its shared memory, which else is that of every Squid on the machine


def password_file(folder):
    """One line of the form that Apache and Squid read."""
    said = subprocess.run(["openssl", "passwd", "-apr1", LOGIN[1]], check=True, stdout=subprocess.PIPE, text=True)
    file = folder / "users"
    file.write_text(f"{LOGIN[0]}:{said.stdout}")
    return file


def tinyproxy(folder, port):
    lines = [f"Port {port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "Timeout 60", "MaxClients 50", "LogLevel Critical"]
    lines += [f"BasicAuth {LOGIN[0]} {LOGIN[1]}"] if LOGIN else []
    (folder / "conf").write_text("\n".join(lines) + "\n")
    return ["tinyproxy", "-d", "-c", folder / "conf"]


def squid(folder, port):
    lines = [f"http_port 127.0.0.1:{port}", "visible_hostname localhost", f"pid_filename {folder}/pid",
             "cache_log /dev/null", "access_log none", "cache deny all", "cache_mem 8 MB", f"coredump_dir {folder}",
             "shutdown_lifetime 0 seconds", "max_filedescriptors 1024", "pinger_enable off"]
    if LOGIN:
        lines += [f"auth_param basic program /usr/lib/squid/basic_ncsa_auth {password_file(folder)}",
                  "auth_param basic children 1", "acl known proxy_auth REQUIRED", "http_access allow known"]
    else:
        lines += ["acl local src 127.0.0.0/8", "http_access allow local"]
    (folder / "conf").write_text("\n".join([*lines, "http_access deny all"]) + "\n")
    return ["squid", "-N", "-n", SQUID_NAME, "-f", folder / "conf"]


def apache(folder, port):
    names = ["mpm_event", "authz_core", "authz_host", "authz_user", "authn_core", "authn_file", "auth_basic", "proxy",
             "proxy_http", "proxy_connect"]
    modules = "\n".join(f"LoadModule {name}_module modules/mod_{name}.so" for name in names)
    who = "Require local"
    if LOGIN:
        who = f'AuthType Basic\nAuthName test\nAuthUserFile {password_file(folder)}\nRequire valid-user'
    (folder / "conf").write_text(f"""ServerRoot /usr/lib/apache2
{modules}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile {folder}/pid
Mutex file:{folder} default
ErrorLog {folder}/errors
StartServers 1
ServerLimit 2
ThreadsPerChild 16
MaxRequestWorkers 32
Listen 127.0.0.1:{port}
ProxyRequests On
AllowCONNECT 1-65535
<Proxy "*">
{who}
</Proxy>
""")
    return ["apache2", "-f", folder / "conf", "-DFOREGROUND"]


def microsocks(_, port):
    login = ["-u", LOGIN[0], "-P", LOGIN[1]] if LOGIN else []
    return ["microsocks", "-i", "127.0.0.1", "-p", str(port), *login]


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


def main():
    make_command = {"tinyproxy": tinyproxy, "squid": squid, "apache": apache, "microsocks": microsocks}[sys.argv[1]]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    die_with_parent(0)  # the end of stdin tells of it, and leaves the time to clean up
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mint-proxy-"))
    if ACCOUNT:
        shutil.chown(folder, ACCOUNT["user"], ACCOUNT["group"])
    started = None
    try:
        for _ in range(3):
            started = started or start(make_command, folder)
        if started is None:
            sys.exit(f"{sys.argv[1]} didn't start")
        print(f"listening {started[1]}", flush=True)
        sys.stdin.buffer.read()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if started is not None:
            stop(started[0])
        shutil.rmtree(folder, ignore_errors=True)
        for shared in pathlib.Path("/dev/shm").glob(f"{SQUID_NAME}-*"):
            shared.unlink(missing_ok=True)


main()
