#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>
#include <mint/base/random.hpp>
#include <mint/ws/frame.hpp>
#include <mint/ws/frame_decoder.hpp>
#include <mint/ws/frame_encoder.hpp>
#include <mint/ws/message_assembler.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <variant>
#include <vector>

namespace mint::ws {

/// How a codec behaves; the defaults are a client's.
struct codec_options {
    ws::role role = role::client;
    websocket_limits limits = {};

    /// Whole messages, or pieces as they arrive.
    ws::delivery delivery = delivery::whole_messages;

    /// False skips the UTF-8 check of received text and close reasons, for peers that are trusted to have made it.
    bool validate_utf8 = true;

    /// Where masking keys come from: it must outlive the codec and every copy. None means `default_random()` of the
    /// thread that encodes.
    random_source* random = nullptr;
};

/// A WebSocket connection's two directions as one value: frames to octets and octets to frames (RFC 6455).
///
/// No socket, no clock, no thread: give `decode` what arrived, in any split, and send what `encode` wrote. Pings are
/// not answered and a Close isn't echoed: the caller does both. Control frames may be encoded between the fragments of
/// a message.
///
/// A value: a copy is an independent fork of the whole state, a message half received and one half sent included. Not
/// comparable. Holds heap only while a message is partly received, and for a while after it (see
/// `release_memory`), and what extensions hold, which is copied with it.
///
/// The work is linear in the octets given, however they are split. Throws nothing but std::bad_alloc; where
/// decoding does, the codec has failed, for octets are missing then. A moved-from codec may only be assigned to or
/// destroyed.
class codec {
  public:
    explicit codec(const codec_options& options = {}) noexcept;

    /// With extensions, as a handshake gave them: `handshake_result::extensions`. Their state is that of the end which
    /// negotiated, whatever the role here: a server's comes from what it answered (`permessage_deflate::respond`), not
    /// from the client's.
    codec(const codec_options& options, negotiated_extensions extensions) noexcept;

    /// Appends one frame to `out`, masked with a fresh key where we are the client (RFC 6455 §5.3).
    ///
    /// Errors change neither `out` nor the codec: errc::invalid_text (checked over all pieces of a message together),
    /// message_type_mismatch, control_payload_too_big, invalid_close_code, invalid_close_reason, data_after_close.
    /// One pass over the payload (two for text, whose UTF-8 is checked first); no allocation but `out`'s own growth.
    /// Invalidates no frame that `decode` gave. The payload mustn't view `out`.
    ///
    /// With extensions a data message goes through them, and their errors are added. errc::extension_out_of_step alone
    /// isn't undone: `out` is as it was, but every later data frame fails with it (`extension_codec::encode`); control
    /// frames still go, and receiving goes on.
    [[nodiscard]] std::expected<void, error> encode(const frame& f, buffer& out, const encode_options& options = {}) {
        if (extensions_.empty()) return encoder_.encode(f, out);
        if (const auto* const t = std::get_if<text>(&f)) return encode(*t, out, options);
        if (const auto* const b = std::get_if<binary>(&f)) return encode(*b, out, options);
        return encoder_.encode(f, out);
    }
    [[nodiscard]] std::expected<void, error> encode(const text& f, buffer& out, const encode_options& options = {}) {
        if (passes(opcode::text, f.payload.size(), f.fin)) return encoder_.encode(f, out);
        return encoder_.encode(f, out, extensions_, options);
    }
    [[nodiscard]] std::expected<void, error> encode(const binary& f, buffer& out, const encode_options& options = {}) {
        if (passes(opcode::binary, f.payload.size(), f.fin)) return encoder_.encode(f, out);
        return encoder_.encode(f, out, extensions_, options);
    }

    /// The most octets that `encode` makes of a frame with a payload of so many, its header included.
    [[nodiscard]] std::size_t max_encoded_size(std::size_t payload_size) const noexcept {
        return max_frame_header_size +
               (extensions_.empty() ? payload_size : extensions_.max_encoded_size(payload_size));
    }

    /// The same into a buffer of its own: simpler, and an allocation a frame.
    [[nodiscard]] std::expected<buffer, error> encode(const frame& f, const encode_options& options = {});

    /// Doesn't compile, and says why.
    template <detail::no_frame Other, class... Rest>
    [[nodiscard]] std::expected<void, error> encode(const Other& /*frame*/, Rest&&... /*rest*/) {
        static_assert(detail::required_frame<Other>::is_there);
        return {};
    }

    /// Replaces what is in `out` by the frames that `input`, the next octets received, completes, in order.
    ///
    /// On a broken rule `out` has the good frames before it, and the error has the rule, the offset in the stream and
    /// the close code to send. The codec stays failed: each later call clears `out` and repeats the error. After a
    /// Close was received, all that follows is dropped (RFC 6455 §5.5.1; `discarded_size` counts it).
    ///
    /// Frames view `input`, or the codec's own memory for a message that came in several calls; they are valid until
    /// the next `decode`, `decode_received` or `release_memory`, and while `input` lives. Where a server decodes,
    /// payloads are unmasked in its own memory.
    [[nodiscard]] std::expected<void, error> decode(byte_view input, std::vector<frame>& out);

    /// The same for as much of the front of `input` as permessage-deflate surely makes no more of than
    /// `max_message_size`, at least one octet, which it takes off `input`: call again until that is empty,
    /// `while (!input.empty())`. So messages in pieces can be of any size and compressed as well as any, where `decode`
    /// fails with errc::message_too_big once one call makes more. The limit should be 4 MiB or more; with less it may
    /// still fail. Without pieces or extensions it takes all, and is `decode`. On an error `input` is empty.
    [[nodiscard]] std::expected<void, error> decode_some(byte_view& input, std::vector<frame>& out);

    /// Where the rest of a partly received message may be read to directly, which saves a copy of large messages; empty
    /// when there is none, or when less than 4 KiB of the frame is left, for which a read of its own would cost more:
    /// read into a buffer of your own then, and call `decode`. It ends where the frame ends, and grows with what was
    /// received, never with what was announced. Frames of the last `decode` stay valid. Only where whole messages are
    /// delivered.
    [[nodiscard]] byte_span receive_space();

    /// Takes the first `size` octets of `receive_space()` as received; else as `decode`.
    /// Precondition: `size <= receive_space().size()`.
    [[nodiscard]] std::expected<void, error> decode_received(std::size_t size, std::vector<frame>& out);

    /// Says what it means that the octets end here: nothing after a Close was received, else
    /// errc::closed_without_close_frame, with in its detail whether a frame or message was cut, and how many bytes of
    /// the message's payload had come. A codec that failed
    /// before repeats its error, which is the cause. Changes nothing.
    [[nodiscard]] std::expected<void, error> end_of_input() const;

    /// Gives back all memory that holds no part of a message. Memory of a large message is else kept while more such
    /// messages come, and given back by the second `decode` that needs none. Invalidates the frames of the last
    /// `decode`.
    void release_memory() noexcept;

    /// True when a Close frame was encoded: only receiving is left.
    [[nodiscard]] bool is_close_sent() const noexcept { return encoder_.is_close_sent(); }

    /// True when a Close frame was decoded.
    [[nodiscard]] bool is_close_received() const noexcept { return messages_.is_close_received(); }

    /// True after `decode` failed.
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

    /// True between the first piece sent of a message and its last.
    [[nodiscard]] bool is_message_open() const noexcept { return encoder_.is_message_open(); }

    /// Octets decoded since the start; those that came after a Close frame are not among them.
    [[nodiscard]] std::uint64_t received_size() const noexcept { return frames_.received_size(); }

    /// Octets that came after the Close frame, and were dropped.
    [[nodiscard]] std::uint64_t discarded_size() const noexcept { return discarded_size_; }

    /// Heap octets held now.
    [[nodiscard]] std::size_t memory_size() const noexcept {
        return messages_.memory_size() + extensions_.memory_size();
    }

    /// What was negotiated.
    [[nodiscard]] const negotiated_extensions& extensions() const noexcept { return extensions_; }

  private:
    template <class Step>
    [[nodiscard]] std::expected<void, error> fail_unless_done(Step step);
    [[nodiscard]] std::expected<void, error> decode_batch(byte_view input, std::vector<frame>& out);
    [[nodiscard]] std::size_t take_whole_messages(byte_view input, std::vector<frame>& out);
    [[nodiscard]] std::size_t take_whole_masked_messages(byte_view input, std::vector<frame>& out);
    [[nodiscard]] std::unexpected<error> fail(const error& e);
    /// True for a data frame that no extension changes, which is cheaper to know than to find out.
    [[nodiscard]] bool passes(opcode code, std::size_t size, bool fin) noexcept {
        return extensions_.empty() || (fin && !is_message_open() && extensions_.lets_pass(code, size));
    }

    [[nodiscard]] std::unexpected<error> repeat_failure();
    [[nodiscard]] error failure() const;

    frame_encoder encoder_;
    frame_decoder frames_;
    message_assembler messages_;
    negotiated_extensions extensions_;
    std::uint64_t discarded_size_ = 0;
    std::uint64_t failure_offset_ = 0;
    errc failed_rule_ = errc::failed_already;
    bool has_failed_ = false;
};

}  // namespace mint::ws
