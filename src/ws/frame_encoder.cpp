#include "ws/close_payload.hpp"
#include "ws/mask.hpp"
#include "ws/put_frame_header.hpp"

#include <mint/ws/frame_encoder.hpp>

#include <array>
#include <cstring>

namespace mint::ws {

/// Inlined: a call costs as much as masking a small payload.
[[gnu::always_inline]] inline void frame_encoder::write(opcode code, byte_view payload, bool fin, buffer& out) {
    const std::size_t size = payload.size();
    std::byte* const begin = out.prepare(max_frame_header_size + size).data();
    const auto first = static_cast<std::uint8_t>((fin ? 0x80U : 0U) | static_cast<unsigned>(code));
    const bool masks = sender_ == role::client;
    std::byte* at = detail::put_frame_header(begin, first, masks, size);
    detail::mask_key key = 0;
    if (masks) {
        key = (random_ != nullptr ? *random_ : default_random()).next_u32();
        std::memcpy(at, &key, sizeof key);
        at += sizeof key;
    }
    if (size > 0) detail::mask_copy(at, payload.data(), size, key);
    out.commit(static_cast<std::size_t>(at - begin) + size);
}

/// Writes a message or a fragment of one, whose first frame alone has its opcode (RFC 6455 §5.4).
[[gnu::always_inline]] inline void frame_encoder::write_data(opcode code, byte_view payload, bool fin, buffer& out) {
    write(is_message_open() ? opcode::continuation : code, payload, fin, out);
    message_code_ = fin ? opcode::continuation : code;
}

std::expected<void, error> frame_encoder::encode(const frame& f, buffer& out) {
    return std::visit([&](const auto& kind) { return encode(kind, out); }, f);
}

std::expected<void, error> frame_encoder::encode(const text& f, buffer& out) {
    if (close_sent_) return std::unexpected(errc::data_after_close);
    if (message_code_ == opcode::continuation && f.fin) {
        if (!is_utf8(as_bytes(f.payload))) return std::unexpected(errc::invalid_text);
    } else {
        if (message_code_ == opcode::binary) return std::unexpected(errc::message_type_mismatch);
        utf8_validator checked = message_code_ == opcode::text ? text_ : utf8_validator{};
        if (!checked.update(as_bytes(f.payload))) return std::unexpected(errc::invalid_text);
        if (f.fin && !checked.is_complete()) return std::unexpected(errc::invalid_text);
        write_data(opcode::text, as_bytes(f.payload), f.fin, out);
        text_ = checked;
        return {};
    }
    write(opcode::text, as_bytes(f.payload), true, out);
    return {};
}

std::expected<void, error> frame_encoder::encode(const binary& f, buffer& out) {
    if (close_sent_) return std::unexpected(errc::data_after_close);
    if (message_code_ == opcode::text) return std::unexpected(errc::message_type_mismatch);
    write_data(opcode::binary, f.payload, f.fin, out);
    return {};
}

std::expected<void, error> frame_encoder::encode(const ping& f, buffer& out) {
    if (auto checked = check_control(f.payload); !checked) return checked;
    write_control(opcode::ping, f.payload, out);
    return {};
}

std::expected<void, error> frame_encoder::encode(const pong& f, buffer& out) {
    if (auto checked = check_control(f.payload); !checked) return checked;
    write_control(opcode::pong, f.payload, out);
    return {};
}

std::expected<void, error> frame_encoder::encode(const close& f, buffer& out) {
    if (close_sent_) return std::unexpected(errc::data_after_close);
    if (const auto rule = detail::check_close_to_send(f)) return std::unexpected(*rule);
    std::array<std::byte, detail::max_control_payload_size> payload;
    const std::size_t size = detail::write_close_payload(f, payload);
    write_control(opcode::close, byte_view{payload}.first(size), out);
    close_sent_ = true;
    return {};
}

std::expected<void, error> frame_encoder::check_control(byte_view payload) const {
    if (close_sent_) return std::unexpected(errc::data_after_close);
    if (payload.size() > detail::max_control_payload_size) return std::unexpected(errc::control_payload_too_big);
    return {};
}

void frame_encoder::write_control(opcode code, byte_view payload, buffer& out) { write(code, payload, true, out); }

}  // namespace mint::ws
