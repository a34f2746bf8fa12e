#include "client_arguments.hpp"

#include "connect_arguments.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/utf8.hpp>
#include <mint/ws/frame.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mintws {

namespace {

constexpr auto description =
    "A WebSocket client for the terminal and for pipes.\n"
    "\n"
    "Lines of standard input go out as text messages. Messages come back on standard output: text as a line each; "
    "binary as "
    "it is,\nor as a hex dump where standard output is a terminal. Everything else goes to standard error.";

constexpr auto notes =
    "Also:\n"
    "  mintws echo --port N        an echo server; see mintws echo --help\n"
    "  mintws demo URL             a conversation with an echo server, frame by frame\n"
    "\n"
    "Examples:\n"
    "  mintws wss://example.org/chat                    talk; end with Ctrl-D\n"
    "  echo hello | mintws ws://localhost:9000/chat     send a line, print what comes back\n"
    "  mintws -1 -x '{\"subscribe\":\"ticks\"}' ws://localhost:9000 </dev/null\n"
    "                                                   send, print one message, close\n"
    "  mintws -n -x hello ws://localhost:9000 | grep x  listen until the server closes\n"
    "  mintws -H 'Cookie: a=b' --bearer TOKEN wss://example.org\n"
    "  mintws --cacert ca.pem --proxy http://proxy:3128 -v wss://inside.example.org\n"
    "\n"
    "Environment:\n"
    "  http_proxy, https_proxy, all_proxy, no_proxy     which proxy, where --proxy says none\n"
    "  SSLKEYLOGFILE                                    append the secrets of TLS to this file\n"
    "\n"
    "Exit status:\n"
    "  0  closed in good order: code 1000 or 1001, none, or the one we sent\n"
    "  1  wrong use, or input that can't be sent\n"
    "  2  name not found, connection refused, host unreachable\n"
    "  3  connecting, the handshake, a pong or the close took too long\n"
    "  4  the server refused the WebSocket or answered it wrongly, or a proxy refused the way\n"
    "  5  the connection broke, or the server closed it with an error code\n"
    "  6  the server broke the protocol, or a limit\n"
    "  7  no TLS, or the server isn't one to trust\n"
    "  8  standard output can't be written\n"
    "  130  interrupted twice (the first time it closes in good order), while connecting, or while the output waits";

// What the options gave before it was checked.
struct raw_options {
    std::string url;
    connect_arguments connect;
    double wait = 0;
    double close_timeout = 5;
    double ping_interval = 0;
    double ping_timeout = 10;
    std::uint16_t close_code = 1000;
    bool no_close = false;
    bool compresses = false;
    bool one = false;
    bool in_lines = false;
    bool is_nul_separated = false;
};

void add_messages(CLI::App& app, raw_options& raw, client_options& options) {
    constexpr auto group = "Messages";
    app.add_flag("-b,--binary", options.sends_binary, "send input as binary messages, in chunks as it comes")
        ->group(group);
    auto* const lines = app.add_flag("--lines", raw.in_lines, "with --binary: each line is a message");
    lines->group(group);
    app.add_flag("-0,--null", raw.is_nul_separated, "messages end with NUL, in and out, and not with a newline")
        ->excludes(lines)
        ->group(group);
    app.add_option("-x,--execute", options.first_messages, "send this before any input; repeatable")
        ->allow_extra_args(false)
        ->group(group);
    auto* const one = app.add_flag("-1,--one", raw.one, "close after one message received");
    one->group(group);
    app.add_option("-N,--count", options.message_count, "close after so many messages received")
        ->excludes(one)
        ->check(CLI::Range(std::uint64_t{1}, ~std::uint64_t{0}, "COUNT"))
        ->group(group);
    const auto add_compression = [&](const char* name, bool compresses, const char* text) {
        app.add_flag_callback(
               name, [&raw, compresses] { raw.compresses = compresses; }, text)
            ->trigger_on_parse()  // the last one counts
            ->group(group);
    };
    add_compression("--compress", true, "offer permessage-deflate");
    add_compression("--no-compress", false, "offer none, which is the default");
    app.add_option("--max-message-size", options.max_message_size, "the longest message or line, e.g. 64MiB")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("64MiB")
        ->group(group);
}

void add_closing(CLI::App& app, raw_options& raw, client_options& options) {
    constexpr auto group = "Pings and closing";
    app.add_flag("-n,--no-close", raw.no_close, "don't close at the end of input: wait for the server")->group(group);
    app.add_option("-w,--wait", raw.wait, "seconds between the end of input and the Close")
        ->type_name("SECONDS")
        ->group(group);
    app.add_option("--close-code", raw.close_code, "the code to close with")
        ->type_name("CODE")
        ->capture_default_str()
        ->group(group);
    app.add_option("--close-reason", options.close_reason, "the reason to close with")->type_name("TEXT")->group(group);
    app.add_option("--close-timeout", raw.close_timeout, "seconds to wait for the server's Close")
        ->type_name("SECONDS")
        ->capture_default_str()
        ->group(group);
    app.add_option("--ping-interval", raw.ping_interval, "seconds between pings; 0 for none")
        ->type_name("SECONDS")
        ->group(group);
    app.add_option("--ping-timeout", raw.ping_timeout, "seconds to wait for a pong")
        ->type_name("SECONDS")
        ->capture_default_str()
        ->group(group);
}

void add_output(CLI::App& app, client_options& options) {
    constexpr auto group = "Output";
    auto* const quiet = app.add_flag("-q,--quiet", options.is_quiet, "nothing but errors on standard error");
    quiet->group(group);
    app.add_flag("-v,--verbose", options.is_verbose,
                 "show connecting, TLS, requests and answers with their secrets, and control frames")
        ->excludes(quiet)
        ->group(group);
    app.add_flag("--report-close", options.reports_close, "say on standard error how the WebSocket ended")
        ->group(group);
    app.add_flag("--ts", options.has_timestamps, "the time (UTC) before each text message")->group(group);
}

std::optional<std::string> apply_connect(const raw_options& raw, client_options& options) {
    auto& limits = options.open.create.limits;
    limits.max_frame_size = options.max_message_size;
    limits.max_message_size = options.max_message_size;
    limits.max_fragment_count = 1U << 20U;  // a person waits for it, and may stop it
    return raw.connect.apply(options);
}

std::optional<std::string> apply_compression(const raw_options& raw, client_options& options) {
    if (raw.compresses) options.open.upgrade.extensions = {mint::ws::permessage_deflate::create().value()};
    return std::nullopt;
}

std::optional<std::string> apply_input(const raw_options& raw, client_options& options) {
    if (raw.is_nul_separated) {
        options.input = input_form::nul_separated;
    } else if (options.sends_binary && !raw.in_lines) {
        options.input = input_form::chunks;
    }
    return std::nullopt;
}

std::optional<std::string> apply_durations(const raw_options& raw, client_options& options) {
    const struct {
        std::string_view option;
        double seconds;
        std::chrono::milliseconds& target;
    } durations[] = {
        {"--wait", raw.wait, options.wait},
        {"--close-timeout", raw.close_timeout, options.close_timeout},
        {"--ping-interval", raw.ping_interval, options.ping_interval},
        {"--ping-timeout", raw.ping_timeout, options.ping_timeout},
    };
    for (const auto& d : durations) {
        const auto checked = duration(d.option, d.seconds);
        if (!checked) return checked.error();
        d.target = *checked;
    }
    return std::nullopt;
}

std::optional<std::string> apply_closing(const raw_options& raw, client_options& options) {
    options.closes_at_end_of_input = !raw.no_close;
    if (raw.one) options.message_count = 1;
    options.close_code = mint::ws::close_code{raw.close_code};
    if (!mint::ws::may_be_on_the_wire(options.close_code)) {
        return "--close-code: " + std::to_string(raw.close_code) + " may not be sent";
    }
    const auto& reason = options.close_reason;
    if (!mint::is_utf8(mint::as_bytes(reason)) || mint::ws::fit_close_reason(reason).size() != reason.size()) {
        return "--close-reason: not UTF-8 of at most 123 octets";
    }
    return std::nullopt;
}

}  // namespace

std::expected<client_options, early_end> parse_client(std::span<const char* const> arguments) {
    CLI::App app{description, "mintws"};
    app.footer(notes);
    raw_options raw;
    client_options options;
    app.add_option("url", raw.url, "ws[s]://[user:password@]host[:port][/path][?query]")->required();
    raw.connect.add_to(app, options);
    add_messages(app, raw, options);
    add_closing(app, raw, options);
    add_output(app, options);
    if (auto end = parse(app, arguments)) return std::unexpected(std::move(*end));
    auto url = websocket_url(raw.url);
    if (!url) return std::unexpected(wrong_use("mintws", url.error()));
    options.url = std::move(*url);
    for (auto* const step : {&apply_connect, &apply_compression, &apply_input, &apply_durations, &apply_closing}) {
        if (const auto problem = step(raw, options)) return std::unexpected(wrong_use("mintws", *problem));
    }
    return options;
}

}  // namespace mintws
