#include "servers.hpp"

#include <string>

namespace mint::test {
namespace {

std::string script(const char* name) { return std::string{MINT_TEST_SERVERS} + "/" + name; }

test_server start_python(const char* name) {
    // Debian's modules belong to Debian's interpreter, not to the first python3 on the path.
    return test_server{{"/usr/bin/python3", "-B", script(name)}};
}

}  // namespace

std::string_view name_of(peer p) noexcept {
    switch (p) {
        case peer::npm_ws: return "npm_ws";
        case peer::python_websockets: return "python_websockets";
        case peer::python_aiohttp: return "python_aiohttp";
    }
    return "";
}

test_server& server_of(peer p) {
    switch (p) {
        case peer::python_websockets: {
            static test_server server = start_python("websockets_echo.py");
            return server;
        }
        case peer::python_aiohttp: {
            static test_server server = start_python("aiohttp_echo.py");
            return server;
        }
        case peer::npm_ws: break;
    }
    static test_server server{{"node", script("server.js")}, {std::string{"NODE_PATH="} + MINT_NODE_MODULES}};
    return server;
}

}  // namespace mint::test
