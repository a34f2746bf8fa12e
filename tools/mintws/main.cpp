#include "arguments.hpp"
#include "client.hpp"
#include "demo.hpp"
#include "echo_server.hpp"
#include "exit_status.hpp"
#include "standard_streams.hpp"

#include <mint/base/overloaded.hpp>

#include <clocale>
#include <cstdio>
#include <span>
#include <variant>

#include <fmt/core.h>

namespace mintws {
namespace {

exit_status run_echo(const echo_options& options) {
    auto server = echo_server::listen(options);
    if (!server) {
        tell("mintws echo: {}\n", server.error());
        return exit_status::unreachable;
    }
    tell("listening on {}\n", server->address());  // scripts wait for this line
    if (const auto ended = server->run(); !ended) {
        tell("mintws echo: {}\n", ended.error());
        return exit_status::abnormal;
    }
    return exit_status::success;
}

exit_status run(std::span<const char* const> arguments) {
    const auto parsed = parse_arguments(arguments);
    if (!parsed) {
        const auto& end = parsed.error();
        if (end.status == exit_status::success) {
            print("{}", end.text);
        } else {
            tell(end.text);
        }
        return end.status;
    }
    return std::visit(mint::overloaded{
                          [](const client_options& options) { return run_client(options); },
                          [](const echo_options& options) { return run_echo(options); },
                          [](const demo_options& options) { return run_demo(options); },
                      },
                      *parsed);
}

}  // namespace
}  // namespace mintws

int main(int count, char** values) {
    using mintws::exit_status;
    if (!mintws::prepare_standard_streams()) return static_cast<int>(exit_status::usage);
    std::setlocale(LC_CTYPE, "");  // for editing lines of UTF-8
    const std::span<const char* const> arguments{values, static_cast<std::size_t>(count)};
    const auto status = mintws::run(arguments.empty() ? arguments : arguments.subspan(1));
    return static_cast<int>(mintws::finish_standard_streams(status));
}
