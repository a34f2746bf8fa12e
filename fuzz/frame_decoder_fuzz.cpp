// Invariant: whatever the split, and read directly or not, octets give the same frames, the same error at the same
// offset, and never take more memory than in proportion to what was received and to the limits; a failed codec repeats
// its error.
#include "decoded_frames.hpp"

#include <span>

namespace {

using namespace mint;

ws::codec_options options_of(std::uint8_t flags) {
    ws::codec_options options;
    options.role = (flags & 1U) != 0 ? ws::role::server : ws::role::client;
    options.delivery = (flags & 2U) != 0 ? ws::delivery::pieces : ws::delivery::whole_messages;
    options.validate_utf8 = (flags & 4U) == 0;
    if ((flags & 16U) != 0) options.limits = {.max_frame_size = 200, .max_message_size = 300, .max_fragment_count = 4};
    if ((flags & 32U) != 0) options.limits.max_frame_size = options.limits.max_message_size = 1ULL << 40U;
    return options;
}

void require_bounded_memory(const ws::codec& codec, const ws::codec_options& options, std::size_t received_size,
                            std::size_t read_size) {
    constexpr std::size_t overhead = 16 * 1024;
    fuzz::require(codec.memory_size() <= 4 * received_size + overhead);
    fuzz::require(codec.memory_size() / 4 <= options.limits.max_message_size + read_size + overhead);
}

fuzz::decoded_frames decode_whole(const ws::codec_options& options, byte_view input) {
    ws::codec codec{options};
    fuzz::decoded_frames result;
    fuzz::receive(codec, input, input.size(), false, result);
    require_bounded_memory(codec, options, input.size(), input.size());
    fuzz::require(codec.has_failed() == result.rule.has_value());
    return result;
}

fuzz::decoded_frames decode_split(const ws::codec_options& options, byte_view input, std::uint8_t seed, bool directly) {
    ws::codec codec{options};
    fuzz::decoded_frames result;
    fuzz::read_sizes sizes{seed};
    std::size_t received_size = 0;
    while (received_size < input.size() && !result.rule) {
        if (seed % 5 == 0) codec = ws::codec{codec};  // a fork goes on where the original was
        const byte_view left = input.subspan(received_size);
        const std::size_t size = fuzz::receive(codec, left, sizes.next(left.size()), directly, result);
        received_size += size;
        require_bounded_memory(codec, options, received_size, size);
    }
    if (result.rule) {
        std::vector<ws::frame> frames;
        const auto again = codec.decode(input, frames);
        fuzz::require(!again && again.error().code == result.rule && again.error().offset == result.offset &&
                      frames.empty());
    } else {
        fuzz::require(codec.received_size() + codec.discarded_size() == input.size());
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const ws::codec_options options = options_of(data[0]);
    const byte_view input = std::as_bytes(std::span{data + 2, size - 2});
    fuzz::decoded_frames whole = decode_whole(options, input);
    fuzz::decoded_frames split = decode_split(options, input, data[1], (data[0] & 8U) != 0);
    if (whole.rule) {
        whole.drop_open_message();
        split.drop_open_message();
    }
    fuzz::require(whole == split);
    return 0;
}
