// Invariant: however the same octets are split, the machine gives the same responses, data joined, and the same error
// at the same offset; data lies inside what it was given; and what it gives grows no faster than what it gets.
//
// Input: an octet that picks the requests (0x80: a CONNECT), one that picks a split, then what the peer sends.
#include "../tests/support/response_transcript.hpp"

#include <mint/base/buffer.hpp>
#include <mint/http1/client_machine.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace mint;

void require(bool holds) {
    if (!holds) std::abort();
}

void ask(http1::client_machine& machine, unsigned kinds) {
    static const headers none;
    static const headers upgrade{{"upgrade", "websocket"}, {"connection", "upgrade"}};
    static const headers last{{"connection", "close"}};
    buffer out;
    if (kinds % 4 == 0 && (kinds & 0x80) != 0) {
        require(machine.connect("h:443", none, out).has_value());
        return;
    }
    if (kinds % 4 == 0) {
        require(machine.upgrade({.method = "GET", .target = "/", .fields = upgrade}, out).has_value());
        return;
    }
    for (unsigned i = 0; i < kinds % 4; ++i) {
        const char* method = (kinds >> (2 + i)) % 2 == 0 ? "GET" : "HEAD";
        require(machine.request({.method = method, .target = "/", .fields = none}, no_body{}, out).has_value());
    }
    if (kinds & 0x40)
        require(machine.request({.method = "PUT", .target = "/", .fields = last}, streamed_body{}, out).has_value());
}

/// The transcript of a run with chunks of 1 to `longest` octets, or with all in one where that is 0, and with the end
/// of the connection behind it.
std::string run(unsigned kinds, byte_view input, std::size_t longest) {
    http1::client_machine machine{
        {.host = "h",
         .limits = {.max_header_section_size = 512, .max_field_count = 8, .max_interim_response_count = 3}}};
    ask(machine, kinds);
    testing::response_transcript transcript;
    std::vector<response> out;
    std::uint32_t state = static_cast<std::uint32_t>(longest);
    while (!input.empty()) {
        state = state * 1103515245 + 12345;
        const std::size_t size = longest == 0 ? input.size() : std::min(input.size(), 1 + (state >> 16) % longest);
        const byte_view chunk = input.first(size);
        input = input.subspan(size);
        out.clear();
        const auto received = machine.receive(chunk, out);
        for (const response& r : out) {
            const auto* data = std::get_if<responses::data>(&r);
            if (data == nullptr) continue;
            require(!data->bytes.empty() && data->bytes.data() >= chunk.data() &&
                    data->bytes.data() + data->bytes.size() <= chunk.data() + chunk.size());
        }
        transcript.add(out);
        require(machine.unfinished_head().size() <= 512);
        if (!received) {
            transcript.add_failure(received.error());
            out.clear();
            const auto again = machine.receive(chunk, out);
            require(!again && out.empty() && again.error().code == received.error().code && machine.wants_close());
            return transcript.text();
        }
    }
    out.clear();
    const auto ended = machine.receive_eof(out);
    transcript.add(out);
    if (!ended) transcript.add_failure(ended.error());
    require(machine.open_request_count() == 0);
    return transcript.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const unsigned kinds = data[0];
    const byte_view input = std::as_bytes(std::span{data + 2, size - 2});
    const std::string whole = run(kinds, input, 0);
    require(whole.size() <= 64 * input.size() + 1024);
    require(run(kinds, input, 1) == whole);
    require(run(kinds, input, 2 + data[1]) == whole);
    return 0;
}
