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
        const auto checked = check(f);
        if (!checked) return std::unexpected(checked.error());
        write_data(opcode::text, as_bytes(f.payload), f.fin, out);
        text_ = *checked;
        return {};
    }
    write(opcode::text, as_bytes(f.payload), true, out);
    return {};
}

std::expected<void, error> frame_encoder::encode(const binary& f, buffer& out) {
    if (const auto rule = broken_by(opcode::binary)) return std::unexpected(*rule);
    write_data(opcode::binary, f.payload, f.fin, out);
    return {};
}

/// Whether this text may be sent now; what is known of the message's UTF-8 behind it.
std::expected<utf8_validator, error> frame_encoder::check(const text& f) const {
    if (const auto rule = broken_by(opcode::text)) return std::unexpected(*rule);
    utf8_validator checked = message_code_ == opcode::text ? text_ : utf8_validator{};
    if (!checked.update(as_bytes(f.payload))) return std::unexpected(errc::invalid_text);
    if (f.fin && !checked.is_complete()) return std::unexpected(errc::invalid_text);
    return checked;
}

/// The rule that a data frame of this type would break now.
std::optional<errc> frame_encoder::broken_by(opcode code) const noexcept {
    if (close_sent_) return errc::data_after_close;
    if (is_message_open() && message_code_ != code) return errc::message_type_mismatch;
    return std::nullopt;
}

std::expected<void, error> frame_encoder::encode(const text& f, buffer& out, negotiated_extensions& extensions,
                                                 const encode_options& options) {
    const auto checked = check(f);
    if (!checked) return std::unexpected(checked.error());
    auto written = write_by_way_of(extensions, opcode::text, as_bytes(f.payload), f.fin, out, options);
    if (written) text_ = *checked;
    return written;
}

std::expected<void, error> frame_encoder::encode(const binary& f, buffer& out, negotiated_extensions& extensions,
                                                 const encode_options& options) {
    if (const auto rule = broken_by(opcode::binary)) return std::unexpected(*rule);
    return write_by_way_of(extensions, opcode::binary, f.payload, f.fin, out, options);
}

/// What an extension makes is written behind room for the longest header, and masked where it belongs.
std::expected<void, error> frame_encoder::write_by_way_of(negotiated_extensions& extensions, opcode code,
                                                          byte_view payload, bool fin, buffer& out,
                                                          const encode_options& options) {
    const message_part part{
        .code = code, .is_first = !is_message_open(), .is_last = fin, .may_compress = options.compress};
    const std::size_t start = out.size();
    static_cast<void>(out.prepare(max_frame_header_size));
    out.commit(max_frame_header_size);
    const auto encoded = [&] {
        try {
            return extensions.encode(part, payload, out);
        } catch (...) {
            out.truncate(start);
            throw;
        }
    }();
    if (!encoded || !*encoded) {
        out.truncate(start);
        if (!encoded) return std::unexpected(encoded.error());
        write_data(code, payload, fin, out);
        return {};
    }
    const byte_span made = out.bytes().subspan(start);
    const std::size_t size = made.size() - max_frame_header_size;
    const opcode first_code = part.is_first ? code : opcode::continuation;
    const unsigned rsv = part.is_first ? **encoded : 0U;
    const auto first = static_cast<std::uint8_t>((fin ? 0x80U : 0U) | rsv | static_cast<unsigned>(first_code));
    const bool masks = sender_ == role::client;
    std::byte* at = detail::put_frame_header(made.data(), first, masks, size);
    detail::mask_key key = 0;
    if (masks) {
        key = (random_ != nullptr ? *random_ : default_random()).next_u32();
        std::memcpy(at, &key, sizeof key);
        at += sizeof key;
    }
    const std::byte* const from = made.data() + max_frame_header_size;
    if (key != 0) {
        detail::mask_copy(at, from, size, key);  // which may go to the front of where it comes from
    } else {
        std::memmove(at, from, size);
    }
    out.truncate(start + static_cast<std::size_t>(at - made.data()) + size);
    message_code_ = fin ? opcode::continuation : code;
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
