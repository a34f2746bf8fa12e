#include "ws/close_payload.hpp"
#include "ws/mask.hpp"

#include <mint/ws/frame_encoder.hpp>

#include <array>
#include <bit>

namespace mint::ws {

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
    write(opcode::ping, f.payload, true, out);
    return {};
}

std::expected<void, error> frame_encoder::encode(const pong& f, buffer& out) {
    if (auto checked = check_control(f.payload); !checked) return checked;
    write(opcode::pong, f.payload, true, out);
    return {};
}

std::expected<void, error> frame_encoder::encode(const close& f, buffer& out) {
    if (close_sent_) return std::unexpected(errc::data_after_close);
    if (const auto rule = detail::check_close_to_send(f)) return std::unexpected(*rule);
    std::array<std::byte, detail::max_control_payload_size> payload;
    const std::size_t size = detail::write_close_payload(f, payload);
    write(opcode::close, byte_view{payload}.first(size), true, out);
    close_sent_ = true;
    return {};
}

std::expected<void, error> frame_encoder::check_control(byte_view payload) const {
    if (close_sent_) return std::unexpected(errc::data_after_close);
    if (payload.size() > detail::max_control_payload_size) return std::unexpected(errc::control_payload_too_big);
    return {};
}

/// Writes a message or a fragment of one, whose first frame alone has its opcode (RFC 6455 §5.4).
void frame_encoder::write_data(opcode code, byte_view payload, bool fin, buffer& out) {
    write(is_message_open() ? opcode::continuation : code, payload, fin, out);
    message_code_ = fin ? opcode::continuation : code;
}

void frame_encoder::write(opcode code, byte_view payload, bool fin, buffer& out) {
    const byte_span room = out.prepare(max_frame_header_size + payload.size());
    frame_header header;
    header.code = code;
    header.fin = fin;
    header.payload_size = payload.size();
    detail::mask_key key = 0;
    if (sender_ == role::client) {
        key = (random_ != nullptr ? *random_ : default_random()).next_u32();
        header.masked = true;
        header.masking_key = std::bit_cast<std::array<std::byte, 4>>(key);
    }
    const std::size_t header_size = write_frame_header(header, room);
    if (!payload.empty()) detail::mask_copy(room.data() + header_size, payload.data(), payload.size(), key);
    out.commit(header_size + payload.size());
}

}  // namespace mint::ws
