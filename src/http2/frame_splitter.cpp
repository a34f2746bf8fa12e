#include "http2/frame_splitter.hpp"

#include <algorithm>

namespace mint::http2::detail {

namespace {

/// The payload's length, in a frame header's first three octets.
std::size_t length_in(byte_view header) noexcept {
    return std::to_integer<std::size_t>(header[0]) << 16 | std::to_integer<std::size_t>(header[1]) << 8 |
           std::to_integer<std::size_t>(header[2]);
}

}  // namespace

frame_splitter::piece frame_splitter::next(byte_view input) noexcept {
    if (payload_left_ == 0) return next_header(input);
    const std::size_t size = std::min(payload_left_, input.size());
    payload_left_ -= size;
    offset_ += size;
    return {.octets = input.first(size), .consumed = size, .ends_frame = payload_left_ == 0};
}

frame_splitter::piece frame_splitter::next_header(byte_view input) noexcept {
    if (header_have_ == 0) frame_offset_ = offset_;
    if (header_have_ == 0 && input.size() >= header_size) {
        payload_size_ = length_in(input);
        const std::size_t payload = std::min(payload_size_, input.size() - header_size);
        payload_left_ = payload_size_ - payload;
        offset_ += header_size + payload;
        return {.octets = input.first(header_size + payload),
                .consumed = header_size + payload,
                .ends_frame = payload_left_ == 0};
    }
    const std::size_t size = std::min(header_size - header_have_, input.size());
    std::ranges::copy(input.first(size), header_.begin() + static_cast<std::ptrdiff_t>(header_have_));
    header_have_ += size;
    offset_ += size;
    if (header_have_ < header_size) return {.octets = {}, .consumed = size, .ends_frame = false};
    header_have_ = 0;
    payload_size_ = payload_left_ = length_in(header_);
    return {.octets = header_, .consumed = size, .ends_frame = payload_left_ == 0};
}

bool server_preface::accepts(byte_view input) noexcept {
    constexpr std::byte settings_type{4};
    constexpr std::byte ack_flag{1};
    for (std::size_t i = 0; i < input.size() && !is_complete(); ++i, ++seen_) {
        if (seen_ == 0 && input[i] != std::byte{0}) return false;  // no SETTINGS frame is over 64 KiB
        if (seen_ == 3 && input[i] != settings_type) return false;
        if (seen_ == 4 && (input[i] & ack_flag) != std::byte{0}) return false;
    }
    return true;
}

}  // namespace mint::http2::detail
