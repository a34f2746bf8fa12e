#include "connect_arguments.hpp"

#include "command_line.hpp"

#include <mint/base/credentials.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace mintws {

namespace {

login split_login(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return {.username = text, .password = std::nullopt};
    return {.username = text.substr(0, colon), .password = text.substr(colon + 1)};
}

}  // namespace

void connect_arguments::add_to(CLI::App& app, client_options& options) {
    add_request(app, options);
    add_connecting(app, options);
    add_tls(app, options);
    add_proxy(app, options);
}

void connect_arguments::add_request(CLI::App& app, client_options& options) {
    constexpr auto group = "The request";
    app.add_option("-H,--header", header_lines_, "'Name: value', a field of its own; repeatable")
        ->type_name("LINE")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--origin", origin_, "the Origin field")->type_name("ORIGIN")->group(group);
    app.add_option("-s,--subprotocol", options.open.upgrade.subprotocols,
                   "offer a subprotocol; repeatable, the best first")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->group(group);
    auto* const basic = app.add_option("--auth", login_, "Basic authentication; without the password it is asked for");
    auto* const bearer = app.add_option("--bearer", bearer_, "Bearer authentication");
    basic->excludes(bearer)->type_name("USER:PASS")->group(group);
    bearer->type_name("TOKEN")->group(group);
    app.add_flag("--title-case", options.open.connect.title_case_fields,
                 "send field names as Upgrade and Sec-WebSocket-Key, for servers that mind; HTTP/1.1 only")
        ->group(group);
    auto* const follows = app.add_flag("-L,--location", follows_,
                                       "follow redirects; credentials and subprotocols stay with the first origin");
    follows->group(group);
    app.add_flag("--keep-subprotocols", options.open.redirects.keeps_subprotocols,
                 "with --location: offer them to other origins as well")
        ->needs(follows)
        ->group(group);
    app.add_option("--max-redirs", max_redirects_, "how many of them")
        ->type_name("N")
        ->capture_default_str()
        ->group(group);
}

void connect_arguments::add_connecting(CLI::App& app, client_options& options) {
    constexpr auto group = "Connecting";
    app.add_option("--connect-timeout", timeout_,
                   "seconds for all of it: lookup, proxy, TLS, handshake, redirects; 0 for no limit")
        ->type_name("SECONDS")
        ->capture_default_str()
        ->group(group);
    auto* const http1 = app.add_flag("--http1.1", is_http1_, "speak HTTP/1.1, as without it");
    http1->group(group);
    app.add_flag("--http2", is_http2_,
                 "speak HTTP/2: over wss:// where the server takes WebSockets on it, else HTTP/1.1; over ws:// in any "
                 "case")
        ->excludes(http1)
        ->group(group);
    auto* const v4 = app.add_flag("-4,--ipv4", only_v4_, "use IPv4 only");
    v4->group(group);
    app.add_flag("-6,--ipv6", only_v6_, "use IPv6 only")->excludes(v4)->group(group);
    app.add_option("--resolve", resolves_, "connect to this address for the host and port; repeatable")
        ->type_name("HOST:PORT:ADDRESS[,ADDRESS]")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--unix", options.open.connect.unix_path,
                   "connect to this Unix domain socket; the URL still names the server")
        ->type_name("PATH")
        ->group(group);
}

void connect_arguments::add_tls(CLI::App& app, client_options& options) {
    constexpr auto group = "TLS (wss://)";
    auto& tls = options.open.connect.tls;
    app.add_option("--cacert", tls.ca_file, "trust the CAs in this PEM file, not the system's")
        ->type_name("FILE")
        ->group(group);
    auto* const cert = app.add_option("--cert", tls.certificate_file, "our own certificate, its chain behind it: PEM");
    cert->type_name("FILE")->group(group);
    auto* const key = app.add_option("--key", tls.key_file, "its private key: PEM; else it is in --cert's file");
    key->type_name("FILE")->needs(cert)->group(group);
    app.add_option("--pass", tls.passphrase, "the private key's passphrase")
        ->type_name("TEXT")
        ->needs(cert)
        ->group(group);
    app.add_option("--pinnedpubkey", pinned_keys_, "accept these public keys alone: sha256//BASE64, ';' between")
        ->type_name("HASHES")
        ->group(group);
    auto* const tls1_2 = app.add_flag("--tls1.2", is_tls1_2_, "at least TLS 1.2, as without it");
    tls1_2->group(group);
    app.add_flag("--tls1.3", is_tls1_3_, "at least TLS 1.3")->excludes(tls1_2)->group(group);
    app.add_flag("--old-suites", tls.allows_old_suites,
                 "offer old servers with TLS 1.2 RSA key exchange and CBC as well")
        ->group(group);
    app.add_flag("-k,--insecure", tls.insecure, "DANGER: talk to anyone, whatever the certificate says")->group(group);
}

void connect_arguments::add_proxy(CLI::App& app, client_options& options) {
    constexpr auto group = "Proxies (else from http_proxy, https_proxy, all_proxy, no_proxy)";
    auto* const proxy =
        app.add_option("--proxy", options.proxy, "[http|https|socks5://][user:password@]host[:port]; \"\" for none");
    proxy->type_name("URL")->group(group);
    app.add_option("--proxy-user", proxy_login_, "credentials for the proxy, whoever named it")
        ->type_name("USER:PASS")
        ->group(group);
    app.add_option("--noproxy", options.no_proxy, "hosts to connect to directly, as no_proxy has them")
        ->type_name("LIST")
        ->group(group);
    app.get_option("--unix")->excludes(proxy);
}

std::optional<std::string> connect_arguments::apply(client_options& options) const {
    const auto timeout = duration("--connect-timeout", timeout_);
    if (!timeout) return timeout.error();
    using std::chrono::milliseconds;
    auto& connect = options.open.connect;
    connect.timeout = *timeout == milliseconds::zero() ? milliseconds::max() : *timeout;
    if (is_http2_) {
        using mint::http::protocol;
        connect.protocols =
            options.url.is_secure ? std::vector{protocol::http2, protocol::http1} : std::vector{protocol::http2};
    }
    if (only_v4_) connect.ip = mint::net::ip_preference::only_v4;
    if (only_v6_) connect.ip = mint::net::ip_preference::only_v6;
    if (follows_) options.open.redirects.max_count = max_redirects_;
    for (const auto step : {&connect_arguments::apply_fields, &connect_arguments::apply_resolve,
                            &connect_arguments::apply_tls, &connect_arguments::apply_proxy}) {
        if (auto problem = (this->*step)(options)) return problem;
    }
    return std::nullopt;
}

std::optional<std::string> connect_arguments::apply_fields(client_options& options) const {
    auto& fields = options.open.fields;
    for (const auto& line : header_lines_) {
        const auto colon = line.find(':');
        if (colon == std::string::npos) return "--header: '" + line + "' has no colon";
        if (!fields.append(std::string_view{line}.substr(0, colon), std::string_view{line}.substr(colon + 1))) {
            return "--header: '" + line + "' is no legal field";
        }
    }
    if (origin_ && !fields.set("origin", *origin_)) return "--origin: no legal field value";
    if (login_) options.auth = split_login(*login_);
    if (bearer_) {
        const auto value = mint::bearer_credentials(*bearer_);
        if (!value || !fields.set("authorization", *value)) return "--bearer: no legal token";
    }
    return std::nullopt;
}

std::optional<std::string> connect_arguments::apply_resolve(client_options& options) const {
    for (const auto& text : resolves_) {
        auto parsed = parse_resolve(text);
        if (!parsed) return parsed.error();
        options.resolved.push_back(std::move(*parsed));
    }
    return std::nullopt;
}

std::optional<std::string> connect_arguments::apply_tls(client_options& options) const {
    auto& tls = options.open.connect.tls;
    if (is_tls1_3_) tls.min_version = mint::net::tls_version::tls1_3;
    if (!pinned_keys_) return std::nullopt;
    std::string_view rest = *pinned_keys_;
    while (true) {
        const auto end = std::min(rest.find(';'), rest.size());
        const auto key = rest.substr(0, end);
        if (!key.starts_with("sha256//")) return "--pinnedpubkey: '" + std::string{key} + "' isn't sha256//BASE64";
        tls.pinned_keys.emplace_back(key);
        if (end == rest.size()) return std::nullopt;
        rest.remove_prefix(end + 1);
    }
}

std::optional<std::string> connect_arguments::apply_proxy(client_options& options) const {
    if (options.proxy && !options.proxy->empty()) {
        const auto proxy = mint::http::parse_proxy(*options.proxy);
        if (!proxy) return "--proxy: " + mint::to_string(proxy.error());
    }
    if (proxy_login_) options.proxy_login = split_login(*proxy_login_);
    return std::nullopt;
}

}  // namespace mintws
