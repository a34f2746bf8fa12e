#include "demo.hpp"

#include "conversation.hpp"
#include "demo_http2.hpp"
#include "printer.hpp"
#include "standard_streams.hpp"

#include <mint/mint.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace mintws {

namespace ws = mint::ws;

namespace {

// 1 MiB of text, so that a wrong octet anywhere shows.
std::string large_text() {
    std::string text;
    text.reserve(1U << 20U);
    while (text.size() < 1U << 20U) text += static_cast<char>('a' + (text.size() * 7 + text.size() / 251) % 26);
    return text;
}

bool talk(conversation& with) {
    constexpr std::array<unsigned char, 8> octets{0x00, 0x01, 0x02, 0x7F, 0x80, 0xFD, 0xFE, 0xFF};
    const ws::frame binary = ws::binary{std::as_bytes(std::span{octets})};
    const ws::frame hello = ws::text{"Hello, wörld"};
    const auto large = large_text();
    const ws::frame ping = ws::ping{mint::as_bytes("in between")};
    const ws::frame last_ping = ws::ping{mint::as_bytes("are you there?")};

    return with.exchange({hello}, {hello}) && with.exchange({binary}, {binary}) &&
           with.exchange({ws::text{"one, ", false}, ws::text{"two, ", false}, ping, ws::text{"three", true}},
                         {ws::pong{mint::as_bytes("in between")}, ws::text{"one, two, three"}}) &&
           with.exchange({ws::text{large}}, {ws::text{large}}) &&
           with.exchange({last_ping}, {ws::pong{mint::as_bytes("are you there?")}}) &&
           with.exchange({ws::close{ws::close_code::normal, "goodbye"}},
                         {ws::close{ws::close_code::normal, "goodbye"}}) &&
           with.expect_end();
}

}  // namespace

exit_status run_demo(const demo_options& options) {
    if (options.uses_http2) return run_demo_http2(options);
    auto with = conversation::open(options.url, options.ca_file, options.compresses);
    if (!with) {
        tell("mintws demo: {}\n", visible_line(with.error().text));
        return with.error().status;
    }
    if (!talk(*with)) {
        tell("mintws demo: {}\n", visible_line(with->problem().text));
        return with->problem().status;
    }
    print("\nEach reply was what it had to be: {} frames sent, {} received.\n", with->sent_count(),
          with->received_count());
    if (with->is_compressed()) {
        print("Compressed: sent {}, received {}.\n", describe(with->sent()), describe(with->received()));
    }
    return exit_status::success;
}

}  // namespace mintws
