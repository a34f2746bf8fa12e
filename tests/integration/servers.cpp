#include "servers.hpp"

#include "support/certificates.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace mint::test {
namespace {

std::string script(const char* name) { return std::string{MINT_TEST_SERVERS} + "/" + name; }

test_server start_python(const char* name, const std::vector<std::string>& arguments = {},
                         const std::vector<std::string>& environment = {}) {
    // Debian's modules belong to Debian's interpreter, not to the first python3 on the path.
    std::vector<std::string> command = {"/usr/bin/python3", "-B", script(name)};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test_server{command, environment};
}

test_server start_node(const char* name, const std::vector<std::string>& arguments,
                       std::vector<std::string> environment = {}) {
    std::vector<std::string> command = {"node", script(name)};
    command.insert(command.end(), arguments.begin(), arguments.end());
    environment.push_back(std::string{"NODE_PATH="} + MINT_NODE_MODULES);
    return test_server{command, environment};
}

std::vector<std::string> tls_arguments(bool is_secure) {
    const auto& good = testing::certificates::shared().good;
    if (!is_secure) return {};
    return {"--tls", good.certificate_file, good.key_file};
}

test_server start(peer p, const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {}) {
    switch (p) {
        case peer::python_websockets: return start_python("websockets_echo.py", arguments, environment);
        case peer::python_aiohttp: return start_python("aiohttp_echo.py", arguments, environment);
        case peer::npm_ws: break;
    }
    return start_node("server.js", arguments, environment);
}

/// Starts each at its first use.
template <class Key>
class servers_by {
  public:
    template <class Start>
    test_server& at(const Key& key, Start start) {
        auto& server = servers_[key];
        if (!server) server = std::make_unique<test_server>(start());
        return *server;
    }

  private:
    std::map<Key, std::unique_ptr<test_server>> servers_;
};

}  // namespace

std::string_view name_of(peer p) noexcept {
    switch (p) {
        case peer::npm_ws: return "npm_ws";
        case peer::python_websockets: return "python_websockets";
        case peer::python_aiohttp: return "python_aiohttp";
    }
    return "";
}

std::string_view name_of(http2_peer p) noexcept {
    switch (p) {
        case http2_peer::nghttpx: return "nghttpx";
        case http2_peer::haproxy: return "haproxy";
        case http2_peer::haproxy_h2: return "haproxy_h2";
        case http2_peer::apache: return "apache";
        case http2_peer::lighttpd: return "lighttpd";
        case http2_peer::node: return "node";
        case http2_peer::hypercorn: return "hypercorn";
    }
    return "";
}

test_server& http2_server_of(http2_peer p, bool is_secure) {
    static servers_by<std::pair<http2_peer, bool>> servers;
    return servers.at({p, is_secure}, [&] { return start_http2_server_of(p, is_secure); });
}

test_server start_http2_server_of(http2_peer p, bool is_secure) {
    if (p == http2_peer::node) return start_http2_server(is_secure);
    std::vector<std::string> arguments = tls_arguments(is_secure);
    if (p == http2_peer::hypercorn) return start_python("hypercorn_echo.py", arguments);
    auto& backend = http2_backend_of(p);
    arguments.insert(arguments.begin(), {std::string{name_of(p)}, std::to_string(backend.port())});
    return start_python("http2_proxy.py", arguments);
}

test_server start_deflating_http2_server_of(http2_peer p, const test_server& backend) {
    std::vector<std::string> arguments = tls_arguments(true);
    if (p == http2_peer::hypercorn) return start_python("hypercorn_echo.py", arguments);
    arguments.insert(arguments.begin(), {std::string{name_of(p)}, std::to_string(backend.port())});
    return start_python("http2_proxy.py", arguments);
}

test_server& http2_backend_of(http2_peer p) {
    return p == http2_peer::haproxy_h2 ? http2_server_of(http2_peer::node, false) : node_server();
}

test_server start_http2_server(bool is_secure, std::vector<std::string> arguments) {
    const auto tls = tls_arguments(is_secure);
    arguments.insert(arguments.begin(), tls.begin(), tls.end());
    return start_node("http2_server.js", arguments);
}

test_server start_deflating_server(peer p, const std::string& options) {
    return start(p, {}, {"MINT_DEFLATE=" + options});
}

test_server& server_of(peer p) {
    static servers_by<peer> servers;
    return servers.at(p, [p] { return start(p, {}); });
}

test_server& tls_server_of(peer p) {
    static servers_by<peer> servers;
    const auto& good = testing::certificates::shared().good;
    return servers.at(p, [&] { return start(p, {"--tls", good.certificate_file, good.key_file}); });
}

test_server start_tls_server(const std::string& certificate_file, const std::string& key_file,
                             const std::string& client_ca_file) {
    std::vector<std::string> arguments = {"--tls", certificate_file, key_file};
    if (!client_ca_file.empty()) arguments.push_back(client_ca_file);
    return start_node("server.js", arguments);
}

test_server start_unix_server(const std::string& path) { return start_node("server.js", {"--unix", path}); }

test_server& proxy_server(const std::string& kind, const std::string& user, const std::string& password) {
    static servers_by<std::tuple<std::string, std::string, std::string>> proxies;
    return proxies.at({kind, user, password}, [&] {
        return user.empty() ? start_python("proxy.py", {kind}) : start_python("proxy.py", {kind, user, password});
    });
}

}  // namespace mint::test
