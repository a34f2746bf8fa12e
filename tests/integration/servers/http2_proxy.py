"""A real HTTP/2 server in front of a WebSocket server. http2_proxy.py KIND BACKEND_PORT [--tls CERT KEY]

KIND is nghttpx, haproxy, haproxy_h2 (HTTP/2 to the backend too), apache or lighttpd. In cleartext it takes HTTP/2 with prior
knowledge; over TLS, ALPN decides between h2 and http/1.1. /index.html is its own page, but with nghttpx and haproxy, which have
none; all else is the backend's. Prints "listening PORT" once it accepts connections; SIGUSR1 shuts it down in good order; see
lifetime_of_daemons.py.
"""
import signal
import sys

import lifetime_of_daemons as daemon

KIND, BACKEND = sys.argv[1:3]
TLS = sys.argv[4:6] if sys.argv[3:4] == ["--tls"] else None


def files_of(folder):
    """Certificate, key and both in one, for whoever may read them in this folder."""
    paths = [folder / "cert.pem", folder / "key.pem", folder / "both.pem"]
    texts = [open(name).read() for name in TLS] if TLS else ["", ""]
    for path, text in zip(paths, [*texts, "".join(texts)]):
        path.write_text(text)
        path.chmod(0o600)
        daemon.give_to_account(path)
    return paths


def page_in(folder):
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    (documents / "index.html").write_text("a page\n")
    return documents


def nghttpx(folder, port):
    certificate, key, _ = files_of(folder)
    end = [key, certificate] if TLS else []
    return ["nghttpx", "--conf=/dev/null", "--workers=1", f"--frontend=127.0.0.1,{port};{'tls' if TLS else 'no-tls'}",
            f"--backend=127.0.0.1,{BACKEND};/;proto=http/1.1", "--no-ocsp", "--accesslog-file=/dev/null",
            "--log-level=ERROR", "--frontend-http2-connection-window-size=1M", *end]


def haproxy(folder, port):
    both = files_of(folder)[2]
    bind = f"ssl crt {both} alpn h2,http/1.1" if TLS else "proto h2"
    backend = "proto h2 ws h2" if KIND == "haproxy_h2" else ""
    (folder / "conf").write_text(f"""global
    maxconn 200
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
frontend all
    bind 127.0.0.1:{port} {bind}
    default_backend echo
backend echo
    server echo 127.0.0.1:{BACKEND} {backend}
""")
    return ["haproxy", "-db", "-f", folder / "conf"]


def apache(folder, port):
    certificate, key, _ = files_of(folder)
    names = ["mpm_event", "authz_core", "dir", "socache_shmcb", "ssl", "http2", "proxy", "proxy_http", "proxy_wstunnel"]
    modules = "\n".join(f"LoadModule {name}_module modules/mod_{name}.so" for name in names)
    tls = f"SSLEngine on\nSSLCertificateFile {certificate}\nSSLCertificateKeyFile {key}" if TLS else ""
    (folder / "conf").write_text(f"""ServerRoot /usr/lib/apache2
{modules}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile {folder}/pid
Mutex file:{folder} default
ErrorLog {folder}/errors
SSLSessionCache none
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
DocumentRoot {page_in(folder)}
Listen 127.0.0.1:{port}
Protocols {"h2" if TLS else "h2c"} http/1.1
H2WebSockets on
{tls}
ProxyPass "/index.html" "!"
ProxyPass "/" "http://127.0.0.1:{BACKEND}/" upgrade=websocket timeout=60
""")
    return ["apache2", "-f", folder / "conf", "-DFOREGROUND"]


def lighttpd(folder, port):
    both = files_of(folder)[2]
    tls = f'ssl.engine = "enable"\nssl.pemfile = "{both}"' if TLS else ""
    (folder / "conf").write_text(f"""server.modules += ( "mod_proxy"{', "mod_openssl"' if TLS else ""} )
server.document-root = "{page_in(folder)}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/errors"
index-file.names = ( "index.html" )
server.feature-flags += ( "server.h2proto" => "enable", "server.h2c" => "enable" )
server.stream-request-body = 2
server.stream-response-body = 2
{tls}
$HTTP["url"] != "/index.html" {{
  proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => {BACKEND} )) )
  proxy.header = ( "upgrade" => "enable" )
}}
""")
    return ["lighttpd", "-D", "-f", folder / "conf"]


commands = {"nghttpx": (nghttpx, signal.SIGQUIT), "haproxy": (haproxy, signal.SIGUSR1), "haproxy_h2": (haproxy, signal.SIGUSR1),
            "apache": (apache, signal.SIGWINCH), "lighttpd": (lighttpd, signal.SIGINT)}
command, shut_down_signal = commands[KIND]
daemon.run(KIND, command, shut_down_signal=shut_down_signal)
