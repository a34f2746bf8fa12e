#include "ws/limit_error.hpp"

#include <mint/ws/frame_decoder.hpp>

#include <algorithm>
#include <cstring>

namespace mint::ws {

std::expected<std::optional<frame_chunk>, error> frame_decoder::next(byte_view& input) {
    if (has_failed_) return std::unexpected(failure());
    const bool is_first = !in_payload_;
    if (is_first) {
        const auto complete = take_header(input);
        if (!complete) return std::unexpected(complete.error());
        if (!*complete) return std::nullopt;
    } else if (input.empty()) {
        return std::nullopt;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(header_.payload_size - position_, input.size()));
    frame_chunk chunk = take_payload(input.first(size));
    chunk.is_first = is_first;
    input = input.subspan(size);
    return chunk;
}

frame_chunk frame_decoder::take_payload(byte_view payload) noexcept {
    const frame_chunk chunk{header_, payload, position_, frame_offset_, false};
    position_ += payload.size();
    received_size_ += payload.size();
    if (!chunk.is_last()) return chunk;
    in_payload_ = false;
    if (!is_control(header_.code)) fragments_size_ = header_.fin ? 0 : fragments_size_ + header_.payload_size;
    return chunk;
}

/// Takes octets up to a header's end; false when it needs more than there are.
std::expected<bool, error> frame_decoder::take_header(byte_view& input) {
    if (input.empty()) return false;
    if (head_size_ == 0) frame_offset_ = received_size_;
    const std::size_t added = std::min<std::size_t>(input.size(), head_.size() - head_size_);
    // A header that lies whole in the input is parsed there.
    byte_view head = input;
    if (head_size_ > 0) {
        std::memcpy(head_.data() + head_size_, input.data(), added);
        head = {head_.data(), head_size_ + added};
    }
    const auto fail = [this, head](errc rule) {
        has_failed_ = true;
        failed_rule_ = rule;
        head_[0] = head[0];  // for `failure`
        return std::unexpected(failure());
    };
    if (const auto rule = broken_rule(head)) return fail(*rule);
    const auto parsed = parse_frame_header(head, receiver_, allowed_rsv_);
    if (!parsed) return fail(parsed.error());
    if (!*parsed) {  // then all of the input belongs to this header
        if (head_size_ == 0) std::memcpy(head_.data(), input.data(), added);
        head_size_ = static_cast<std::uint8_t>(head_size_ + added);
        received_size_ += added;
        input = input.subspan(added);
        return false;
    }
    if ((*parsed)->payload_size > max_frame_size_) return fail(errc::frame_too_big);

    header_ = **parsed;
    const std::size_t taken = header_.size - head_size_;
    received_size_ += taken;
    input = input.subspan(taken);
    head_size_ = 0;
    position_ = 0;
    in_payload_ = true;
    if (!is_control(header_.code)) message_open_ = !header_.fin;
    return true;
}

/// The rules of a frame's first octet: those of the octet itself, then whether it may follow what came before
/// (RFC 6455 §5.4). They go before all others, so that the error doesn't depend on how the octets were split.
std::optional<errc> frame_decoder::broken_rule(byte_view head) const noexcept {
    if (const auto first = parse_frame_header(head.first(1), receiver_, allowed_rsv_); !first) return first.error();
    const auto code = static_cast<opcode>(head[0] & std::byte{0x0F});
    if (is_control(code)) return std::nullopt;
    if (code == opcode::continuation && !message_open_) return errc::unexpected_continuation;
    if (code != opcode::continuation && message_open_) return errc::expected_continuation;
    return std::nullopt;
}

error frame_decoder::failure() const {
    error reason = detail::make_error(failed_rule_, frame_offset_, max_frame_size_);
    const char first = static_cast<char>(head_[0]);
    // The rule's byte alone counts, so that the text doesn't depend on how the bytes were split.
    const bool may_be_text = (first >= 'A' && first <= 'Z') || first == '<';
    if (failed_rule_ == errc::reserved_bit_set && may_be_text) {
        reason.detail = std::string{"it begins with '"} + first + "': perhaps HTTP came where a frame was due";
    }
    return reason;
}

}  // namespace mint::ws
