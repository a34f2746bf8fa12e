#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>
#include <mint/ws/frame_header.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

namespace mint::ws {

/// A stretch of one frame: what is there of its payload now.
struct frame_chunk {
    frame_header header;

    /// The next octets of the payload as they came, still masked where `header.masked`; views the decoder's input.
    byte_view payload;

    /// How many octets of the frame's payload came before these. Where masked, the key's octet for `payload[i]` is the
    /// one at `(position + i) % 4`.
    std::uint64_t position = 0;

    /// Where the frame's first octet stands, counted in octets since the start of the stream.
    std::uint64_t frame_offset = 0;

    /// True for a frame's first chunk, which may be empty: it comes as soon as the header is there.
    bool is_first = true;

    /// True if the frame ends here.
    [[nodiscard]] bool is_last() const noexcept { return position + payload.size() == header.payload_size; }

    /// Where `payload[0]` stands in the stream.
    [[nodiscard]] std::uint64_t payload_offset() const noexcept { return frame_offset + header.size + position; }
};

/// Octets, split anywhere, to frames as they stand on the wire: headers parsed, payloads seen in place.
///
/// Enforces the rules that one can tell from headers alone (RFC 6455 §5.2, §5.4, §5.5): those of
/// `parse_frame_header`, which frame may follow which, and the limit on a frame's size. Each is reported as soon as the
/// octets that break it are there, with the offset of the frame's first octet; the decoder then stays failed and
/// repeats it. Masks, fragments and UTF-8 are `message_assembler`'s part.
///
/// A regular type without heap.
class frame_decoder {
  public:
    /// `receiver` is our own role. `allowed_rsv` are the reserved bits that extensions gave a meaning: they may stand
    /// in the first frame of a data message and nowhere else.
    explicit frame_decoder(role receiver = role::client,
                           std::uint64_t max_frame_size = websocket_limits{}.max_frame_size,
                           std::uint8_t allowed_rsv = 0) noexcept
        : max_frame_size_(max_frame_size), receiver_(receiver), allowed_rsv_(allowed_rsv) {}

    /// Takes the next chunk off the front of `input`. Nothing when all of `input` was taken and more octets are needed;
    /// call it until then. The chunk views the memory of `input`.
    [[nodiscard]] std::expected<std::optional<frame_chunk>, error> next(byte_view& input);

    /// Takes `size` octets that hold whole data frames which are whole messages, and nothing else; the caller parsed
    /// them itself. Precondition: `is_between_messages()`.
    void skip_whole_messages(std::size_t size) noexcept { received_size_ += size; }

    /// Reads the chunk's payload elsewhere: as `next` for `size` octets of payload at `payload`, which the caller
    /// already has where it wants them. Precondition: `size <= payload_left()`.
    [[nodiscard]] frame_chunk take_payload(byte_view payload) noexcept;

    /// True where the next octet starts a frame that isn't a fragment of a message begun before.
    [[nodiscard]] bool is_between_messages() const noexcept {
        return !in_payload_ && head_size_ == 0 && !message_open_;
    }

    /// True where the next octet starts a frame.
    [[nodiscard]] bool is_between_frames() const noexcept { return !in_payload_ && head_size_ == 0; }

    /// Octets that the frame begun still needs; 0 outside of payloads.
    [[nodiscard]] std::uint64_t payload_left() const noexcept {
        return in_payload_ ? header_.payload_size - position_ : 0;
    }

    /// Bytes of payload that came of the message begun, which isn't whole; 0 between messages.
    [[nodiscard]] std::uint64_t message_payload_size() const noexcept {
        if (!is_inside_message()) return 0;
        return fragments_size_ + (is_in_data_payload() ? position_ : 0);
    }

    /// True where the next byte is a message's, or of a control frame between its fragments.
    [[nodiscard]] bool is_inside_message() const noexcept { return message_open_ || is_in_data_payload(); }

    /// The header of the frame begun. Meaningful while `payload_left()` isn't 0.
    [[nodiscard]] const frame_header& header() const noexcept { return header_; }

    /// Octets taken since the start.
    [[nodiscard]] std::uint64_t received_size() const noexcept { return received_size_; }

    [[nodiscard]] role receiver() const noexcept { return receiver_; }

    friend bool operator==(const frame_decoder&, const frame_decoder&) = default;

  private:
    [[nodiscard]] std::expected<bool, error> take_header(byte_view& input);
    [[nodiscard]] std::optional<errc> broken_rule(byte_view head) const noexcept;
    [[nodiscard]] error failure() const;
    [[nodiscard]] bool is_in_data_payload() const noexcept { return in_payload_ && !is_control(header_.code); }

    frame_header header_;               // of the frame whose payload is being taken
    std::uint64_t position_ = 0;        // in that payload
    std::uint64_t fragments_size_ = 0;  // payloads of the open message's frames before that
    std::uint64_t frame_offset_ = 0;    // of the frame's first octet
    std::uint64_t received_size_ = 0;
    std::uint64_t max_frame_size_;
    std::array<std::byte, max_frame_header_size> head_{};  // the octets of a header that isn't complete yet
    std::uint8_t head_size_ = 0;
    role receiver_;
    std::uint8_t allowed_rsv_;
    bool in_payload_ = false;
    bool message_open_ = false;  // a data frame without FIN came, and its last fragment didn't
    bool has_failed_ = false;
    errc failed_rule_ = errc::failed_already;
};

}  // namespace mint::ws
