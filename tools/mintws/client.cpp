#include "client.hpp"

#include "loop.hpp"
#include "opener.hpp"
#include "preparing.hpp"
#include "signals.hpp"
#include "standard_streams.hpp"

namespace mintws {

namespace {

exit_status talk(const client_options& given, const signals& interrupts) {
    auto options = given;
    if (const auto asked = ask_for_passwords(options, interrupts); !asked) return asked.error();
    const auto open = prepare(options, read_surroundings());
    if (!open) {
        tell("mintws: {}\n", open.error());
        return exit_status::usage;
    }
    if (open->connect.tls.insecure && !options.is_quiet) {
        tell("mintws: WARNING: --insecure: anyone on the way can read and change everything\n");
    }
    auto opened = open_websocket(options.url, *open, options.is_verbose, options.is_quiet, interrupts);
    if (!opened) return opened.error();
    loop l{options, opened->connection, opened->socket, interrupts};
    return l.run(opened->is_ended);
}

}  // namespace

exit_status run_client(const client_options& options) {
    const signals interrupts;
    const auto status = talk(options, interrupts);
    // Interrupts are blocked: nothing may wait without looking for them.
    if (standard_error().write_all(interrupts.descriptor())) return status;
    standard_error().give_up();
    return exit_status::interrupted;
}

}  // namespace mintws
