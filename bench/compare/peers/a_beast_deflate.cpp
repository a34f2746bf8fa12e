// Boost.Beast's permessage-deflate in memory, row A4: levels 1 and 6, memLevel 8, context takeover; framing, masking
// and the check of UTF-8 included. What it inflates was compressed by zlib at the same level.
#include "compare/in_memory.hpp"
#include "compare/json_messages.hpp"
#include "memory_stream.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>
#include <zlib.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace {

using websocket = boost::beast::websocket::stream<compare::memory_stream, true>;

void open(websocket& ws, int level) {
    boost::beast::websocket::permessage_deflate options;
    options.client_enable = true;
    options.compLevel = level;
    options.memLevel = 8;
    ws.set_option(options);
    ws.handshake("localhost", "/");
    ws.text(true);
    ws.auto_fragment(false);
    ws.write_buffer_bytes(64 * 1024);
    ws.read_message_max(64 * 1024 * 1024);
}

/// What a server sends that compresses with zlib: RFC 7692 §7.2.1, with context takeover.
compare::wire compressed_wire(const compare::message_set& set, int level) {
    constexpr unsigned char compressed_text = 0xc1;
    constexpr std::size_t tail_size = 4;  // 00 00 ff ff isn't sent
    z_stream zlib{};
    if (deflateInit2(&zlib, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
    std::string frames;
    for (const std::string& message : set.messages) {
        std::string input = message;
        std::string output(deflateBound(&zlib, input.size()) + 64, '\0');
        zlib.next_in = reinterpret_cast<Bytef*>(input.data());
        zlib.avail_in = static_cast<uInt>(input.size());
        zlib.next_out = reinterpret_cast<Bytef*>(output.data());
        zlib.avail_out = static_cast<uInt>(output.size());
        if (deflate(&zlib, Z_SYNC_FLUSH) != Z_OK || zlib.avail_out == 0) std::abort();
        output.resize(output.size() - zlib.avail_out - tail_size);
        compare::append_server_frame(frames, compressed_text, output);
    }
    deflateEnd(&zlib);
    return {frames, set.messages.size()};
}

void measure(const compare::message_set& set, int level) {
    constexpr const char* accepted = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    boost::asio::io_context context;
    websocket sender{context, accepted};
    open(sender, level);
    const auto send_all = [&] {
        for (const std::string& message : set.messages) sender.write(boost::asio::buffer(message));
        return set.messages.size();
    };
    sender.next_layer().forget_written_size();
    send_all();
    const double ratio = static_cast<double>(set.size()) / static_cast<double>(sender.next_layer().written_size());
    const compare::rate compressed = compare::measure(send_all);

    compare::wire input = compressed_wire(set, level);
    websocket receiver{context, accepted};
    open(receiver, level);
    receiver.next_layer().replay(input);
    boost::beast::flat_buffer received;
    for (const std::string& message : set.messages) {
        receiver.read(received);
        if (boost::beast::buffers_to_string(received.data()) != message) std::abort();
        received.consume(received.size());
    }
    const compare::rate decompressed = compare::measure([&] {
        for (const std::string& message : set.messages) {
            receiver.read(received);
            if (received.size() != message.size()) std::abort();
            received.consume(received.size());
        }
        return set.messages.size();
    });
    const double mean_size = static_cast<double>(set.size()) / static_cast<double>(set.messages.size());
    compare::print_deflate("Beast pmd L" + std::to_string(level), set.name, mean_size, compressed, decompressed, ratio);
}

}  // namespace

int main() {
    for (const compare::message_set& set : compare::json_messages()) {
        for (const int level : {1, 6}) measure(set, level);
    }
}
