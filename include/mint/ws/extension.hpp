#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/field_value.hpp>
#include <mint/ws/frame_header.hpp>
#include <mint/ws/opcode.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace mint::ws {

/// The parameters of one extension in Sec-WebSocket-Extensions (RFC 6455 §9.1): `name`, `name=value`.
using extension_parameters = std::vector<parameter>;

/// A stretch of a data message as an extension meets it: of what is sent the payload of one frame, of what is received
/// whatever is there of one, unmasked.
struct message_part {
    opcode code = opcode::binary;  ///< text or binary: the message's own, in its continuation frames too
    std::uint8_t rsv = 0;          ///< received: the message's reserved bits, those of other extensions too
    bool is_first = true;          ///< the message begins with it
    bool is_last = true;           ///< the message ends behind it
    std::uint64_t frame_size = 0;  ///< received: octets of payload of the whole frame that it is from
    bool may_compress = true;      ///< sent: false where the caller doesn't want this message compressed
};

/// Where an extension puts what it makes: memory of the codec's, within a budget that it can't pass.
class extension_output {
  public:
    extension_output(const extension_output&) = delete;
    extension_output& operator=(const extension_output&) = delete;

    /// Room for as many octets as `size`, or as the budget leaves where that is less. Empty for a size of 0, which says
    /// nothing, and once the budget is used up: nothing more is wanted then, and the extension returns; the codec knows
    /// why. Valid until the next call.
    [[nodiscard]] byte_span prepare(std::size_t size) {
        room_size_ = size < left_ ? size : left_;
        if (room_size_ > 0) return room(room_size_);
        is_exceeded_ = is_exceeded_ || size > 0;
        return {};
    }

    /// Keeps the first `size` octets of that room, or of what is left of it. More than that keeps none, and passes the
    /// budget.
    void commit(std::size_t size) {
        if (size > room_size_) return exceed();
        room_size_ -= size;
        left_ -= size;
        if (size > 0 && !take(size)) left_ = room_size_ = 0;
    }

    /// Copies octets; false where the budget doesn't allow all of them.
    [[nodiscard]] bool append(byte_view octets);

    /// Says that there is more than the budget allows, where that is known without room for it.
    void exceed() noexcept {
        left_ = room_size_ = 0;
        is_exceeded_ = true;
    }

    /// Octets that the budget allows still.
    [[nodiscard]] std::size_t left() const noexcept { return left_; }

    /// True if more was asked for than was left.
    [[nodiscard]] bool is_exceeded() const noexcept { return is_exceeded_; }

  protected:
    explicit extension_output(std::size_t budget) noexcept : left_(budget) {}
    ~extension_output() = default;

  private:
    [[nodiscard]] virtual byte_span room(std::size_t size) = 0;

    /// False where nothing more is wanted.
    [[nodiscard]] virtual bool take(std::size_t size) = 0;

    std::size_t left_;
    std::size_t room_size_ = 0;  ///< left of what `prepare` gave last
    bool is_exceeded_ = false;
};

/// One connection's state of an extension, both directions. Written by whoever writes an extension; called by the
/// codec, never from two threads at a time.
///
/// Throws nothing but std::bad_alloc, behind which the codec is no longer used.
class extension_codec {
  public:
    virtual ~extension_codec() = default;
    extension_codec& operator=(const extension_codec&) = delete;

    /// An independent copy of the whole state: a message half sent or half received goes on in both.
    [[nodiscard]] virtual std::unique_ptr<extension_codec> clone() const = 0;

    /// Encodes a part of a message to be sent. Puts what is sent in its place into `out`, and returns the reserved bits
    /// that mark the message, which count in its first part, 0 where it has none; or nothing, with nothing in `out`, to
    /// let the message pass as it is, and then the rest of it isn't shown to the extension. Parts go out as frames, one
    /// each. An extension that only looks on copies each part.
    ///
    /// An error refuses the frame, and the state must be what it was before; it is the caller's fault, and an errc of
    /// another fault is taken for errc::invalid_argument. Its detail says why, without the extension's name. Where
    /// another extension took the frame before, where the budget was passed, a bit isn't its own or the rest of a
    /// message that it took is let pass, or memory ran out, the states of both ends may differ from then on: this and
    /// every later data frame fails with errc::extension_out_of_step, whose detail names the extension and its words.
    /// The budget of `out` is what `max_encoded_size` says.
    [[nodiscard]] virtual std::expected<std::optional<std::uint8_t>, error> encode(const message_part& part,
                                                                                   byte_view payload,
                                                                                   extension_output& out) = 0;

    /// Decodes a part of a message that is received: one that has any of the extension's reserved bits; an extension
    /// without reserved bits gets each. Puts what it means into `out`. `payload` may be cut anywhere, and be empty.
    ///
    /// An error ends the connection: errc::extension_failed, or another errc whose fault is the peer's; any other is
    /// taken for extension_failed, and gets the extension's name before its detail.
    [[nodiscard]] virtual std::expected<void, error> decode(const message_part& part, byte_view payload,
                                                            extension_output& out) = 0;

    /// So many octets of whole messages of type `code` go by without being shown to `encode`, which would let them
    /// pass: asked for behind each message that it did let pass, where it is the only extension. It saves what showing
    /// them costs; without it each is shown.
    [[nodiscard]] virtual std::uint32_t octets_to_pass(opcode /*code*/) noexcept { return 0; }

    /// The most octets that `encode` makes of a part of so many. It bounds what is received too: of a message of
    /// max_message_size, so many octets and an eighth more may come from the extension that decodes before this one.
    [[nodiscard]] virtual std::size_t max_encoded_size(std::size_t size) const noexcept = 0;

    /// Heap octets held now, the object itself included; 0 where nobody counts.
    [[nodiscard]] virtual std::size_t memory_size() const noexcept { return 0; }

  protected:
    extension_codec() = default;
    extension_codec(const extension_codec&) = default;
};

/// An extension as it is offered: immutable, and shared by any number of connections (RFC 6455 §9). Users write their
/// own; docs/extensions.md has an example.
class extension {
  public:
    virtual ~extension() = default;
    extension(const extension&) = delete;
    extension& operator=(const extension&) = delete;

    /// Its registered name, a token.
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// The reserved bits that it marks its messages with: any of rsv1, rsv2, rsv3. With none it is shown every message.
    [[nodiscard]] virtual std::uint8_t reserved_bits() const noexcept = 0;

    /// What is offered, the best first; one element for each offer of this extension.
    [[nodiscard]] virtual std::vector<extension_parameters> offers() const = 0;

    /// Checks what the server accepted, and makes the state of one connection, never null. An error fails the
    /// handshake: errc::invalid_extension_parameter with a detail that names the parameter.
    [[nodiscard]] virtual std::expected<std::unique_ptr<extension_codec>, error> accept(
        const extension_parameters& answer) const = 0;

  protected:
    extension() = default;
};

using extension_ptr = std::shared_ptr<const extension>;

}  // namespace mint::ws
