#include "ws/limit_error.hpp"
#include "ws/mask.hpp"
#include "ws/whole_message.hpp"

#include <mint/ws/codec.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace mint::ws {
namespace {

[[gnu::always_inline]] inline void give(std::vector<frame>& out, bool is_text, byte_view payload) {
    if (is_text) {
        out.emplace_back(std::in_place_type<text>, as_text(payload), true);
    } else {
        out.emplace_back(std::in_place_type<binary>, payload, true);
    }
}

/// A frame may be larger than the message in it, by what extensions may add to one of the limit.
std::uint64_t max_frame_size(const websocket_limits& limits, const negotiated_extensions& extensions) noexcept {
    if (limits.max_frame_size < limits.max_message_size) return limits.max_frame_size;  // smaller ones are wanted
    constexpr std::uint64_t largest = std::numeric_limits<std::size_t>::max() / 4;
    const auto size = static_cast<std::size_t>(std::min(limits.max_message_size, largest));
    return std::max<std::uint64_t>(limits.max_frame_size, extensions.max_encoded_size(size));
}

}  // namespace

codec::codec(const codec_options& options) noexcept
    : encoder_(options.role, options.random),
      frames_(options.role, options.limits.max_frame_size),
      messages_({options.limits, options.delivery, options.validate_utf8}) {}

codec::codec(const codec_options& options, negotiated_extensions extensions) noexcept
    : encoder_(options.role, options.random),
      frames_(options.role, max_frame_size(options.limits, extensions), extensions.reserved_bits()),
      messages_({options.limits, options.delivery, options.validate_utf8}),
      extensions_(std::move(extensions)) {}

std::expected<buffer, error> codec::encode(const frame& f, const encode_options& options) {
    buffer out;
    if (auto encoded = encode(f, out, options); !encoded) return std::unexpected(std::move(encoded.error()));
    return out;
}

std::expected<void, error> codec::decode(byte_view input, std::vector<frame>& out) {
    out.clear();
    if (has_failed_) return repeat_failure();
    return fail_unless_done([&]() -> std::expected<void, error> {
        messages_.begin_batch();
        auto decoded = decode_batch(input, out);
        if (decoded) messages_.end_batch(frames_.payload_left());
        return decoded;
    });
}

std::expected<void, error> codec::decode_some(byte_view& input, std::vector<frame>& out) {
    out.clear();
    byte_view rest = std::exchange(input, {});  // where it fails nothing is left to go on with
    if (has_failed_) return repeat_failure();
    return fail_unless_done([&]() -> std::expected<void, error> {
        messages_.begin_batch();
        std::size_t size = 0;
        do {
            size = extensions_.empty() ? rest.size() : std::min(rest.size(), messages_.safe_input_size());
            if (auto decoded = decode_batch(rest.first(size), out); !decoded) return decoded;
            rest = rest.subspan(size);
        } while (size > 0 && !rest.empty());
        messages_.end_batch(frames_.payload_left());
        input = rest;
        return {};
    });
}

/// Where memory runs out halfway, octets of the stream are missing: nothing after them may look like a message.
template <class Step>
std::expected<void, error> codec::fail_unless_done(Step step) {
    try {
        return step();
    } catch (...) {
        has_failed_ = true;
        failed_rule_ = errc::failed_already;
        failure_offset_ = frames_.received_size();
        throw;
    }
}

/// Decodes into a batch that was begun, and isn't ended.
std::expected<void, error> codec::decode_batch(byte_view input, std::vector<frame>& out) {
    while (!messages_.is_close_received()) {
        if (frames_.is_between_messages() && !extensions_.wants(0)) {
            const std::size_t taken_size = frames_.receiver() == role::client ? take_whole_messages(input, out)
                                                                              : take_whole_masked_messages(input, out);
            frames_.skip_whole_messages(taken_size);
            input = input.subspan(taken_size);
        }
        const auto chunk = frames_.next(input);
        if (!chunk) return fail(chunk.error());
        if (!*chunk) break;
        if (const auto taken = messages_.take(**chunk, out, &extensions_); !taken) return fail(taken.error());
    }
    discarded_size_ += input.size();
    return {};
}

/// Takes the unfragmented messages at the front of `input` that lie whole in it, which are most of all that come;
/// returns their size, headers included. They are delivered where they lie.
std::size_t codec::take_whole_messages(byte_view input, std::vector<frame>& out) {
    const std::byte* at = input.data();
    const std::byte* const end = at + input.size();
    const bool validates = messages_.options().validate_utf8;
    detail::whole_message found;
    while (detail::parse_whole_message<false>(at, static_cast<std::size_t>(end - at), found)) {
        const byte_view payload{at + found.header_size, found.payload_size};
        if (!messages_.is_within_limits(found.payload_size)) break;
        if (found.is_text && validates && !is_utf8(payload)) break;
        give(out, found.is_text, payload);
        at = payload.data() + payload.size();
    }
    return static_cast<std::size_t>(at - input.data());
}

/// The same for what clients send: payloads are unmasked into memory of our own.
std::size_t codec::take_whole_masked_messages(byte_view input, std::vector<frame>& out) {
    const std::byte* at = input.data();
    const std::byte* const end = at + input.size();
    const bool validates = messages_.options().validate_utf8;
    std::byte* space = nullptr;
    std::size_t unmasked_size = 0;
    detail::whole_message found;
    while (detail::parse_whole_message<true>(at, static_cast<std::size_t>(end - at), found)) {
        if (!messages_.is_within_limits(found.payload_size)) break;
        if (space == nullptr) space = messages_.unmasking_space(static_cast<std::size_t>(end - at));
        detail::mask_key key = 0;
        std::memcpy(&key, at + found.header_size, sizeof key);
        const std::byte* const masked = at + found.header_size + sizeof key;
        const byte_view payload{space + unmasked_size, found.payload_size};
        detail::mask_copy(space + unmasked_size, masked, found.payload_size, key);
        if (found.is_text && validates && !is_utf8(payload)) break;
        give(out, found.is_text, payload);
        unmasked_size += found.payload_size;
        at = masked + found.payload_size;
    }
    if (unmasked_size > 0) messages_.keep_unmasked(unmasked_size);
    return static_cast<std::size_t>(at - input.data());
}

byte_span codec::receive_space() {
    if (has_failed_ || frames_.payload_left() == 0) return {};
    return messages_.payload_space(frames_.header(), frames_.payload_left());
}

std::expected<void, error> codec::decode_received(std::size_t size, std::vector<frame>& out) {
    out.clear();
    if (has_failed_) return repeat_failure();
    return fail_unless_done([&]() -> std::expected<void, error> {
        const byte_view payload = receive_space().first(size);
        messages_.begin_batch(true);
        if (size > 0) {
            const auto taken = messages_.take(frames_.take_payload(payload), out, &extensions_);
            if (!taken) return fail(taken.error());
        }
        messages_.end_batch(frames_.payload_left());
        return {};
    });
}

std::expected<void, error> codec::end_of_input() const {
    if (is_close_received()) return {};
    if (has_failed_) return std::unexpected(failure());
    error cut{errc::closed_without_close_frame};
    cut.offset = frames_.received_size();
    if (frames_.is_inside_message()) {
        const auto size = frames_.message_payload_size();
        cut.detail = "inside a message: " + std::to_string(size) + (size == 1 ? " byte" : " bytes") + " of it had come";
    } else if (!frames_.is_between_frames()) {
        cut.detail = "inside a frame";
    }
    return std::unexpected(std::move(cut));
}

void codec::release_memory() noexcept {
    messages_.release_memory();
    extensions_.release_memory();
}

std::unexpected<error> codec::fail(const error& e) {
    has_failed_ = true;
    failed_rule_ = e.code;
    failure_offset_ = e.offset;
    extensions_.keep_detail(e.detail);
    return std::unexpected(e);
}

/// Nothing is assembled any more after a failure, and the frames before it were seen.
std::unexpected<error> codec::repeat_failure() {
    messages_ = message_assembler{messages_.options()};
    return std::unexpected(failure());
}

error codec::failure() const {
    error e = detail::make_error(failed_rule_, failure_offset_, messages_.options().limits);
    if (!extensions_.empty()) e.detail = extensions_.detail();
    return e;
}

}  // namespace mint::ws
