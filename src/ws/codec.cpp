#include "ws/limit_error.hpp"

#include <mint/ws/codec.hpp>

#include <utility>

namespace mint::ws {

codec::codec(const codec_options& options) noexcept
    : encoder_(options.role, options.random),
      frames_(options.role, options.limits.max_frame_size),
      messages_({options.limits, options.delivery, options.validate_utf8}) {}

std::expected<void, error> codec::encode(const frame& f, buffer& out) { return encoder_.encode(f, out); }
std::expected<void, error> codec::encode(const text& f, buffer& out) { return encoder_.encode(f, out); }
std::expected<void, error> codec::encode(const binary& f, buffer& out) { return encoder_.encode(f, out); }

std::expected<buffer, error> codec::encode(const frame& f) {
    buffer out;
    if (auto encoded = encoder_.encode(f, out); !encoded) return std::unexpected(std::move(encoded.error()));
    return out;
}

std::expected<void, error> codec::decode(byte_view input, std::vector<frame>& out) {
    out.clear();
    if (has_failed_) return repeat_failure();
    messages_.begin_batch();
    return decode_batch(input, out);
}

/// Decodes into a batch that was begun.
std::expected<void, error> codec::decode_batch(byte_view input, std::vector<frame>& out) {
    while (!messages_.is_close_received()) {
        const auto chunk = frames_.next(input);
        if (!chunk) return fail(chunk.error());
        if (!*chunk) break;
        if (const auto taken = messages_.take(**chunk, out); !taken) return fail(taken.error());
    }
    discarded_size_ += input.size();
    messages_.end_batch(frames_.payload_left());
    return {};
}

byte_span codec::receive_space() {
    if (has_failed_ || frames_.payload_left() == 0) return {};
    return messages_.payload_space(frames_.header(), frames_.payload_left());
}

std::expected<void, error> codec::decode_received(std::size_t size, std::vector<frame>& out) {
    out.clear();
    if (has_failed_) return repeat_failure();
    const byte_view payload = receive_space().first(size);
    messages_.begin_batch(true);
    if (size > 0) {
        if (const auto taken = messages_.take(frames_.take_payload(payload), out); !taken) return fail(taken.error());
    }
    messages_.end_batch(frames_.payload_left());
    return {};
}

std::expected<void, error> codec::end_of_input() const {
    if (is_close_received()) return {};
    if (has_failed_) return std::unexpected(failure());
    error cut{errc::closed_without_close_frame};
    cut.offset = frames_.received_size();
    if (!frames_.is_between_frames()) {
        cut.detail = "inside a frame";
    } else if (!frames_.is_between_messages()) {
        cut.detail = "inside a fragmented message";
    }
    return std::unexpected(std::move(cut));
}

void codec::release_memory() noexcept { messages_.release_memory(); }

std::unexpected<error> codec::fail(const error& e) {
    has_failed_ = true;
    failed_rule_ = e.code;
    failure_offset_ = e.offset;
    return std::unexpected(e);
}

/// Nothing is assembled any more after a failure, and the frames before it were seen.
std::unexpected<error> codec::repeat_failure() {
    messages_ = message_assembler{messages_.options()};
    return std::unexpected(failure());
}

error codec::failure() const { return detail::make_error(failed_rule_, failure_offset_, messages_.options().limits); }

}  // namespace mint::ws
