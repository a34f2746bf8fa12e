#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/error.hpp>
#include <mint/base/random.hpp>
#include <mint/base/utf8.hpp>
#include <mint/ws/frame.hpp>
#include <mint/ws/frame_header.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <cstdint>
#include <expected>
#include <optional>

namespace mint::ws {

/// How one frame is encoded, where extensions have a choice.
struct encode_options {
    /// False sends the message as it is: it has secrets beside what others choose, or is known not to shrink. Said with
    /// the message's first frame.
    bool compress = true;
};

/// Frames to the octets that go on the wire, appended to the caller's buffer.
///
/// A client masks each frame with a fresh key while it copies (RFC 6455 §5.3); the caller's payload is only read.
/// Messages go out whole, or in fragments: `text` or `binary` frames without `fin`, then one with it, and control
/// frames wherever the caller puts them between (§5.4). After a Close nothing more is encoded (§5.5.1).
///
/// A regular type without heap, but for `==`; copies share the random source, which must outlive them.
class frame_encoder {
  public:
    /// Without `random`, masking keys come from `default_random()` of the thread that encodes.
    explicit frame_encoder(role sender = role::client, random_source* random = nullptr) noexcept
        : random_(random), sender_(sender) {}

    /// Appends one frame to `out`, whatever it holds. Errors change neither `out` nor the encoder: errc::invalid_text
    /// (over all pieces of a message together), message_type_mismatch, control_payload_too_big, invalid_close_code,
    /// invalid_close_reason, data_after_close.
    [[nodiscard]] std::expected<void, error> encode(const frame& f, buffer& out);
    [[nodiscard]] std::expected<void, error> encode(const text& f, buffer& out);
    [[nodiscard]] std::expected<void, error> encode(const binary& f, buffer& out);
    [[nodiscard]] std::expected<void, error> encode(const ping& f, buffer& out);
    [[nodiscard]] std::expected<void, error> encode(const pong& f, buffer& out);
    [[nodiscard]] std::expected<void, error> encode(const close& f, buffer& out);

    /// The same by way of extensions, which change data messages alone. Errors of theirs are added.
    [[nodiscard]] std::expected<void, error> encode(const text& f, buffer& out, negotiated_extensions& extensions,
                                                    const encode_options& options);
    [[nodiscard]] std::expected<void, error> encode(const binary& f, buffer& out, negotiated_extensions& extensions,
                                                    const encode_options& options);

    /// True when a Close frame was encoded.
    [[nodiscard]] bool is_close_sent() const noexcept { return close_sent_; }

    /// True between the first piece of a message and its last.
    [[nodiscard]] bool is_message_open() const noexcept { return message_code_ != opcode::continuation; }

  private:
    [[nodiscard]] std::expected<void, error> check_control(byte_view payload) const;
    [[nodiscard]] std::expected<utf8_validator, error> check(const text& f) const;
    [[nodiscard]] std::optional<errc> broken_by(opcode code) const noexcept;
    void write_data(opcode code, byte_view payload, bool fin, buffer& out);
    [[nodiscard]] std::expected<void, error> write_by_way_of(negotiated_extensions& extensions, opcode code,
                                                             byte_view payload, bool fin, buffer& out,
                                                             const encode_options& options);
    void write_control(opcode code, byte_view payload, buffer& out);
    void write(opcode code, byte_view payload, bool fin, buffer& out);

    utf8_validator text_;  // of the open message
    random_source* random_;
    opcode message_code_ = opcode::continuation;  // of the open message; continuation where none is open
    role sender_;
    bool close_sent_ = false;
};

}  // namespace mint::ws
