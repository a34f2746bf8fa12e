// A1 encodes client frames, A2 decodes server frames, A3 decodes text and checks its UTF-8: the codec alone, in memory.
// One operation is one whole message; reads are at most 64 KiB.
#include "compare/in_memory.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace mint;

void measure_encode(std::size_t size) {
    const std::string payload = compare::binary_payload(size);
    const compare::placed_copy placed{payload};
    const ws::binary message{as_bytes(placed.view())};
    ws::codec client;
    buffer out;
    const std::size_t count = compare::batch_size(size);
    const compare::rate rate = compare::measure([&] {
        for (std::size_t i = 0; i < count; ++i) {
            out.clear();
            if (!client.encode(message, out)) std::abort();
            compare::keep(out.view().data());
        }
        return count;
    });
    compare::print("A1", "mint", compare::size_name(size), rate, size);
}

/// Messages from here on are worth a second read, so that all but their beginning is read to its place.
constexpr std::size_t large_message_size = 32 * 1024;

/// Decodes all of `input`, each read going where the codec wants it; returns the messages that came. Between messages,
/// where the codec has no place yet, a read is short while messages are large: what it takes of the next one is copied
/// again.
template <class Message>
std::size_t decode_all(ws::codec& client, compare::wire& input, char* scratch, std::vector<ws::frame>& frames) {
    std::size_t message_count = 0;
    std::size_t sum = 0;
    std::size_t read_size = compare::wire::read_size;
    for (input.rewind(); !input.is_at_end();) {
        if (const byte_span space = client.receive_space(); !space.empty()) {
            if (!client.decode_received(input.read(space.data(), space.size()), frames)) std::abort();
        } else {
            const std::size_t size = input.read(scratch, read_size);
            if (!client.decode(as_bytes(std::string_view{scratch, size}), frames)) std::abort();
        }
        for (const ws::frame& frame : frames) {
            const auto* message = std::get_if<Message>(&frame);
            if (message == nullptr || message->payload.size() != input.payload_size()) std::abort();
            read_size = message->payload.size() < large_message_size ? compare::wire::read_size : 4096;
            sum +=
                static_cast<std::size_t>(message->payload.front()) + static_cast<std::size_t>(message->payload.back());
        }
        message_count += frames.size();
    }
    compare::keep(&sum);
    return message_count;
}

template <class Message>
void measure_decode(std::string_view row, const std::string& name, std::string_view payload,
                    unsigned char first_octet) {
    compare::wire input{payload, first_octet};
    const compare::memory_block scratch = compare::allocate_pages(compare::wire::read_size);
    ws::codec client;
    std::vector<ws::frame> frames;
    const compare::rate rate = compare::measure([&] {
        const std::size_t count = decode_all<Message>(client, input, scratch.get(), frames);
        if (count != input.frame_count()) std::abort();
        return count;
    });
    compare::print(row, "mint", name, rate, payload.size());
}

}  // namespace

int main() {
    for (const std::size_t size : compare::binary_sizes) measure_encode(size);
    compare::for_each_decode_case(
        [](std::string_view row, const std::string& name, std::string_view payload, unsigned char first_octet) {
            if (row == "A2") {
                measure_decode<ws::binary>(row, name, payload, first_octet);
            } else {
                measure_decode<ws::text>(row, name, payload, first_octet);
            }
        });
}
