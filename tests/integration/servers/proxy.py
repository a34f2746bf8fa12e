"""A real proxy on a free port of loopback. proxy.py tinyproxy|squid|apache|microsocks [USER PASSWORD]

Prints "listening PORT" once it accepts connections; see lifetime_of_daemons.py.
"""
import os
import pathlib
import subprocess
import sys

import lifetime_of_daemons as daemon

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


def remove_shared_memory():
    for shared in pathlib.Path("/dev/shm").glob(f"{SQUID_NAME}-*"):
        shared.unlink(missing_ok=True)


commands = {"tinyproxy": tinyproxy, "squid": squid, "apache": apache, "microsocks": microsocks}
daemon.run(sys.argv[1], commands[sys.argv[1]], remove_shared_memory)
