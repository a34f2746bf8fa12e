#include "client.hpp"

#include "loop.hpp"
#include "opener.hpp"
#include "preparing.hpp"
#include "signals.hpp"

#include <csignal>

#include <fmt/core.h>

namespace mintws {

exit_status run_client(const client_options& given) {
    std::signal(SIGPIPE, SIG_IGN);  // a closed standard output is an error of write, not our end
    const signals interrupts;
    auto options = given;
    if (const auto asked = ask_for_passwords(options, interrupts); !asked) return asked.error();
    const auto open = prepare(options, read_surroundings());
    if (!open) {
        fmt::print(stderr, "mintws: {}\n", open.error());
        return exit_status::usage;
    }
    if (open->connect.tls.insecure && !options.is_quiet) {
        fmt::print(stderr, "mintws: WARNING: --insecure: anyone on the way can read and change everything\n");
    }
    auto opened = open_websocket(options.url, *open, options.is_verbose, options.is_quiet, interrupts);
    if (!opened) return opened.error();
    loop l{options, opened->connection, opened->socket, interrupts};
    return l.run(opened->is_ended);
}

}  // namespace mintws
