#include "arguments.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/utf8.hpp>
#include <mint/version.hpp>
#include <mint/ws/frame.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>
#include <utility>

#include <CLI/CLI.hpp>
#include <openssl/evp.h>

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
    "  mintws ws://localhost:9000                       talk; end with Ctrl-D\n"
    "  echo hello | mintws ws://localhost:9000/chat     send a line, print what comes back\n"
    "  mintws -1 -x '{\"subscribe\":\"ticks\"}' ws://localhost:9000 </dev/null\n"
    "                                                   send, print one message, close\n"
    "  mintws -n -x hello ws://localhost:9000 | grep x  listen until the server closes\n"
    "  mintws -H 'Cookie: a=b' --bearer TOKEN ws://localhost:9000\n"
    "\n"
    "Exit status:\n"
    "  0  closed in good order: code 1000 or 1001, none, or the one we sent\n"
    "  1  wrong use, or input that can't be sent\n"
    "  2  name not found, connection refused, host unreachable\n"
    "  3  connecting, the handshake, a pong or the close took too long\n"
    "  4  the server refused the WebSocket\n"
    "  5  the connection broke, or the server closed it with an error code\n"
    "  6  the server broke the protocol, or a limit\n"
    "  130  interrupted twice: the first time it closes in good order";

early_end usage(std::string_view program, const std::string& problem) {
    std::string text = std::string{program} + ": " + problem + "\nTry '" + std::string{program} + " --help'.\n";
    return {.text = std::move(text), .status = exit_status::usage};
}

// Parses, or says why there is nothing to do.
std::optional<early_end> parse(CLI::App& app, std::span<const char* const> arguments) {
    app.set_version_flag("-V,--version", "mintws " MINT_VERSION_STRING);
    std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};  // as CLI11 wants them
    try {
        app.parse(reversed);
        return std::nullopt;
    } catch (const CLI::CallForHelp&) {
        return early_end{.text = app.help(), .status = exit_status::success};
    } catch (const CLI::CallForVersion& version) {
        return early_end{.text = std::string{version.what()} + "\n", .status = exit_status::success};
    } catch (const CLI::ParseError& problem) {
        return usage(app.get_name(), problem.what());
    }
}

std::string base64(std::string_view octets) {
    std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');  // with the NUL that OpenSSL writes behind it
    auto* const out = reinterpret_cast<unsigned char*>(text.data());
    const auto* const in = reinterpret_cast<const unsigned char*>(octets.data());
    text.resize(static_cast<std::size_t>(::EVP_EncodeBlock(out, in, static_cast<int>(octets.size()))));
    return text;
}

std::expected<mint::url, std::string> websocket_url(const std::string& text) {
    auto url = mint::parse_url(text);
    if (!url) return std::unexpected(text + ": " + mint::to_string(url.error()));
    if (!url->is_websocket) return std::unexpected(text + ": a WebSocket's URL starts with ws://");
    if (url->is_secure) return std::unexpected(text + ": this version speaks no TLS yet; only ws:// works");
    return std::move(*url);
}

std::expected<std::chrono::milliseconds, std::string> duration(std::string_view option, double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e7) {
        return std::unexpected(std::string{option} + ": no number of seconds from 0 to 10000000");
    }
    return std::chrono::milliseconds{std::llround(seconds * 1000)};
}

// What the options gave before it was checked.
struct raw_options {
    std::string url;
    std::vector<std::string> header_lines;
    std::optional<std::string> origin;
    std::optional<std::string> credentials;
    std::optional<std::string> bearer;
    double wait = 0;
    double connect_timeout = 30;
    double close_timeout = 5;
    double ping_interval = 0;
    double ping_timeout = 10;
    std::uint16_t close_code = 1000;
    bool no_close = false;
    bool one = false;
};

void add_options(CLI::App& app, raw_options& raw, client_options& options) {
    app.add_option("url", raw.url, "ws://[user:password@]host[:port][/path][?query]")->required();

    constexpr auto request = "The request";
    app.add_option("-H,--header", raw.header_lines, "'Name: value', a field of its own; repeatable")
        ->allow_extra_args(false)
        ->group(request);
    app.add_option("--origin", raw.origin, "the Origin field")->group(request);
    app.add_option("-s,--subprotocol", options.subprotocols, "offer a subprotocol; repeatable, the best first")
        ->allow_extra_args(false)
        ->group(request);
    auto* const basic = app.add_option("--auth", raw.credentials, "user:password, for Basic authentication");
    auto* const bearer = app.add_option("--bearer", raw.bearer, "a token, for Bearer authentication");
    basic->excludes(bearer)->group(request);
    bearer->group(request);
    app.add_option("--connect-timeout", raw.connect_timeout, "seconds for connecting, and again for the handshake")
        ->capture_default_str()
        ->group(request);

    constexpr auto messages = "Messages";
    app.add_flag("-b,--binary", options.sends_binary, "send lines as binary messages")->group(messages);
    app.add_option("-x,--execute", options.first_messages, "send this before any input; repeatable")
        ->allow_extra_args(false)
        ->group(messages);
    auto* const one = app.add_flag("-1,--one", raw.one, "close after one message received");
    one->group(messages);
    app.add_option("-N,--count", options.message_count, "close after so many messages received")
        ->excludes(one)
        ->check(CLI::Range(std::uint64_t{1}, ~std::uint64_t{0}, "COUNT"))
        ->group(messages);
    app.add_option("--max-message-size", options.max_message_size, "the longest message or line, e.g. 64MiB")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("64MiB")
        ->group(messages);

    constexpr auto closing = "Pings and closing";
    app.add_flag("-n,--no-close", raw.no_close, "don't close at the end of input: wait for the server")->group(closing);
    app.add_option("-w,--wait", raw.wait, "seconds between the end of input and the Close")->group(closing);
    app.add_option("--close-code", raw.close_code, "the code to close with")->capture_default_str()->group(closing);
    app.add_option("--close-reason", options.close_reason, "the reason to close with")->group(closing);
    app.add_option("--close-timeout", raw.close_timeout, "seconds to wait for the server's Close")
        ->capture_default_str()
        ->group(closing);
    app.add_option("--ping-interval", raw.ping_interval, "seconds between pings; 0 for none")->group(closing);
    app.add_option("--ping-timeout", raw.ping_timeout, "seconds to wait for a pong")
        ->capture_default_str()
        ->group(closing);

    constexpr auto output = "Output";
    auto* const quiet = app.add_flag("-q,--quiet", options.is_quiet, "nothing but errors on standard error");
    quiet->group(output);
    app.add_flag("-v,--verbose", options.is_verbose, "show the request, the response and control frames")
        ->excludes(quiet)
        ->group(output);
    app.add_flag("--report-close", options.reports_close, "say on standard error how the WebSocket ended")
        ->group(output);
    app.add_flag("--ts", options.has_timestamps, "the time (UTC) before each text message")->group(output);
}

// Appends the fields that the options stand for; a problem for the user where that can't be.
std::optional<std::string> add_fields(const raw_options& raw, client_options& options) {
    for (const auto& line : raw.header_lines) {
        const auto colon = line.find(':');
        if (colon == std::string::npos) return "--header: '" + line + "' has no colon";
        if (!options.fields.append(std::string_view{line}.substr(0, colon), std::string_view{line}.substr(colon + 1))) {
            return "--header: '" + line + "' is no legal field";
        }
    }
    if (raw.origin && !options.fields.set("origin", *raw.origin)) return "--origin: no legal field value";
    std::string authorization;
    if (raw.bearer) {
        authorization = "Bearer " + *raw.bearer;
    } else if (raw.credentials) {
        if (raw.credentials->find(':') == std::string::npos) return "--auth: no colon in user:password";
        authorization = "Basic " + base64(*raw.credentials);
    } else if (!options.url.userinfo.empty() && !options.fields.contains("authorization")) {
        const auto& userinfo = options.url.userinfo;
        authorization = "Basic " + base64(userinfo.find(':') == std::string::npos ? userinfo + ":" : userinfo);
    }
    if (!authorization.empty() && !options.fields.set("authorization", authorization)) {
        return "--bearer: no legal field value";
    }
    return std::nullopt;
}

std::optional<std::string> add_durations(const raw_options& raw, client_options& options) {
    const struct {
        std::string_view option;
        double seconds;
        std::chrono::milliseconds& target;
    } durations[] = {
        {"--wait", raw.wait, options.wait},
        {"--connect-timeout", raw.connect_timeout, options.connect_timeout},
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

std::optional<std::string> add_closing(const raw_options& raw, client_options& options) {
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

std::expected<command, early_end> parse_client(std::span<const char* const> arguments) {
    CLI::App app{description, "mintws"};
    app.footer(notes);
    app.get_formatter()->column_width(34);
    raw_options raw;
    client_options options;
    add_options(app, raw, options);
    if (auto end = parse(app, arguments)) return std::unexpected(std::move(*end));
    auto url = websocket_url(raw.url);
    if (!url) return std::unexpected(usage("mintws", url.error()));
    options.url = std::move(*url);
    for (auto* const step : {&add_fields, &add_durations, &add_closing}) {
        if (const auto problem = step(raw, options)) return std::unexpected(usage("mintws", *problem));
    }
    return options;
}

std::expected<command, early_end> parse_echo(std::span<const char* const> arguments) {
    CLI::App app{"An echo server: sends each message back. Ends with SIGINT or SIGTERM.", "mintws echo"};
    app.get_formatter()->column_width(34);
    echo_options options;
    std::pair<std::string, std::string> tls;
    app.add_option("-p,--port", options.port, "the port; 0 for any that is free, which is told on standard error")
        ->required();
    app.add_option("--host", options.host, "the address to listen on")->capture_default_str();
    app.add_option("--max-message-size", options.max_message_size, "the longest message taken")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("64MiB");
    app.add_option("--tls", tls,
                   "speak TLS with this certificate, its chain behind it, and this private key: PEM files")
        ->type_name("CERT KEY");
    if (auto end = parse(app, arguments)) return std::unexpected(std::move(*end));
    std::tie(options.certificate_file, options.key_file) = std::move(tls);
    return options;
}

std::expected<command, early_end> parse_demo(std::span<const char* const> arguments) {
    CLI::App app{"A conversation with an echo server, printed frame by frame.", "mintws demo"};
    std::string text;
    app.add_option("url", text, "the echo server: ws://host:port/path")->required();
    if (auto end = parse(app, arguments)) return std::unexpected(std::move(*end));
    auto url = websocket_url(text);
    if (!url) return std::unexpected(usage("mintws demo", url.error()));
    return demo_options{.url = std::move(*url)};
}

}  // namespace

std::expected<command, early_end> parse_arguments(std::span<const char* const> arguments) {
    const std::string_view first = arguments.empty() ? std::string_view{} : arguments.front();
    if (first == "echo") return parse_echo(arguments.subspan(1));
    if (first == "demo") return parse_demo(arguments.subspan(1));
    return parse_client(arguments);
}

}  // namespace mintws
