// Boost.Beast in memory: A1 encodes client frames, A2 and A3 decode server frames; permessage-deflate compiled out.
#include "compare/in_memory.hpp"
#include "memory_stream.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace {

using websocket = boost::beast::websocket::stream<compare::memory_stream, false>;

struct configuration {
    const char* name;
    bool is_fragmented;  // into frames of 4 KiB
    bool is_lean;        // a write buffer of 64 KiB, and masking keys that can be guessed
};

constexpr configuration configurations[] = {{"Beast defaults (auto_fragment)", true, false},
                                            {"Beast 1 frame", false, false},
                                            {"Beast 1 frame,64K wbuf,fast prng", false, true}};

void encode(std::size_t size, const configuration& c) {
    const std::string payload = compare::binary_payload(size);
    const compare::placed_copy placed{payload};
    boost::asio::io_context context;
    websocket ws{context};
    ws.handshake("localhost", "/");
    ws.binary(true);
    ws.auto_fragment(c.is_fragmented);
    if (c.is_lean) {
        ws.secure_prng(false);
        ws.write_buffer_bytes(64 * 1024);
    }
    const boost::asio::const_buffer message{placed.view().data(), size};
    const std::size_t count = compare::batch_size(size);
    const compare::rate rate = compare::measure([&] {
        for (std::size_t i = 0; i < count; ++i) ws.write(message);
        return count;
    });
    compare::print("A1", c.name, compare::size_name(size), rate, size);
}

void decode(std::string_view row, const std::string& name, const std::string& payload, unsigned char first_octet) {
    compare::wire input{payload, first_octet};
    boost::asio::io_context context;
    websocket ws{context};
    ws.handshake("localhost", "/");
    ws.read_message_max(64 * 1024 * 1024);
    ws.next_layer().replay(input);
    boost::beast::flat_buffer message;
    std::size_t looked_at = 0;
    const compare::rate rate = compare::measure([&] {
        for (std::size_t i = 0; i < input.frame_count(); ++i) {
            ws.read(message);
            if (message.size() != payload.size()) std::abort();
            const auto* first = static_cast<const unsigned char*>(message.data().data());
            looked_at += std::size_t{first[0]} + first[payload.size() - 1];
            message.consume(message.size());
        }
        return input.frame_count();
    });
    compare::keep(&looked_at);
    compare::print(row, "Beast", name, rate, payload.size());
}

}  // namespace

int main() {
    for (const std::size_t size : compare::binary_sizes) {
        for (const configuration& c : configurations) encode(size, c);
    }
    compare::for_each_decode_case(decode);
}
