#include "arguments.hpp"

#include "client_arguments.hpp"
#include "suggestion.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mintws {

namespace {

std::expected<command, early_end> parse_echo(std::span<const char* const> arguments) {
    CLI::App app{"An echo server: sends each message back. Ends with SIGINT or SIGTERM.", "mintws echo"};
    echo_options options;
    std::pair<std::string, std::string> tls;
    app.add_option("-p,--port", options.port, "the port; 0 for any that is free, which is told on standard error")
        ->type_name("PORT")
        ->required();
    app.add_option("--host", options.host, "the address to listen on")->type_name("ADDRESS")->capture_default_str();
    app.add_option("--tls", tls,
                   "speak TLS with this certificate, its chain behind it, and this private key: PEM files")
        ->type_name("CERT KEY");
    app.add_option("--max-message-size", options.max_message_size, "the longest message taken")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("64MiB");
    if (auto end = parse(app, arguments)) return std::unexpected(std::move(*end));
    std::tie(options.certificate_file, options.key_file) = std::move(tls);
    return options;
}

std::expected<command, early_end> parse_demo(std::span<const char* const> arguments) {
    CLI::App app{"A conversation with an echo server, printed frame by frame.", "mintws demo"};
    std::string text;
    demo_options options;
    app.add_option("url", text, "the echo server: ws://host:port/path or wss://host:port/path")->required();
    app.add_option("--cacert", options.ca_file, "trust the CAs in this PEM file, and no others")->type_name("FILE");
    auto* const compress = app.add_flag("--compress", options.compresses, "with permessage-deflate");
    app.add_flag("--http2", options.uses_http2, "ten WebSockets and a request at once, on one HTTP/2 connection")
        ->excludes(compress);
    if (auto end = parse(app, arguments)) return std::unexpected(std::move(*end));
    auto url = websocket_url(text);
    if (!url) return std::unexpected(wrong_use("mintws demo", url.error()));
    options.url = std::move(*url);
    return options;
}

// A word in place of a URL that is most like a command.
std::optional<early_end> mistyped_command(std::string_view first) {
    static const std::vector<std::string> commands{"echo", "demo"};
    if (first.starts_with('-') || first.find_first_of(":/.") != std::string_view::npos) return std::nullopt;
    if (first == "help" || first == "version") {
        return wrong_use("mintws",
                         "there is no command " + std::string{first} + "; it is mintws --" + std::string{first});
    }
    const auto meant = closest(first, commands);
    if (!meant) return std::nullopt;
    return wrong_use("mintws", "there is no command " + std::string{first} + "; mintws " + *meant + " is most like it");
}

}  // namespace

std::expected<command, early_end> parse_arguments(std::span<const char* const> arguments) {
    const std::string_view first = arguments.empty() ? std::string_view{} : arguments.front();
    if (first == "echo") return parse_echo(arguments.subspan(1));
    if (first == "demo") return parse_demo(arguments.subspan(1));
    if (auto end = mistyped_command(first)) return std::unexpected(std::move(*end));
    auto options = parse_client(arguments);
    if (!options) return std::unexpected(std::move(options.error()));
    return std::move(*options);
}

}  // namespace mintws
