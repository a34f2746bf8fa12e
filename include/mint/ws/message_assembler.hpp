#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>
#include <mint/base/utf8.hpp>
#include <mint/ws/frame.hpp>
#include <mint/ws/frame_decoder.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

namespace mint::ws {

/// How received messages are given to the caller.
enum class delivery : std::uint8_t {
    whole_messages,  ///< each as one frame with `fin`, however it was fragmented; bounded by the limits
    pieces,          ///< as the octets arrive, in constant memory; the last piece, which may be empty, has `fin`
};

/// How messages are assembled.
struct assembler_options {
    websocket_limits limits = {};
    ws::delivery delivery = delivery::whole_messages;
    bool validate_utf8 = true;
};

namespace detail {
class message_memory;
}

/// Frames as a `frame_decoder` gives them to whole messages or pieces of them (RFC 6455 §5.4), unmasked.
///
/// Enforces the limits on messages, the rules of UTF-8 in text (§8.1) and those of Close frames (§5.5.1, §7.4).
/// A message that lies whole in one chunk and isn't masked is given as a view of that chunk. Everything else is gathered
/// in memory of the assembler's own, contiguous, which grows with the octets received and never with a size announced.
///
/// A value: a copy has its own memory with the messages that are partly received, while frames given before keep viewing the
/// original's. Holds no heap while nothing is partly received; see `release_memory`. After an error it may only be
/// destroyed or assigned to.
class message_assembler {
  public:
    explicit message_assembler(const assembler_options& options = {}) noexcept;
    message_assembler(const message_assembler& other);
    message_assembler(message_assembler&& other) noexcept;
    message_assembler& operator=(const message_assembler& other);
    message_assembler& operator=(message_assembler&& other) noexcept;
    ~message_assembler();

    /// Marks the beginning of a batch: what frames given before view is overwritten from now on.
    void begin_batch() noexcept;

    /// Marks the end of a batch: gives memory back that wasn't needed for two of them.
    void end_batch() noexcept;

    /// Takes the next chunk, and appends what it completes to `out`; at most one frame. Errors have the offset of
    /// the frame's first octet, or for UTF-8 the bad octet's own; where a text ends inside a character, the offset behind it.
    [[nodiscard]] std::expected<void, error> take(const frame_chunk& chunk, std::vector<frame>& out);

    /// Where the next octets of the frame begun may be written, at most `payload_left` of them; empty where that saves
    /// nothing. Give what was written to `take` as a chunk whose payload is the front of this very memory.
    [[nodiscard]] byte_span payload_space(const frame_header& header, std::uint64_t payload_left);

    /// Memory of exactly `size` octets for payloads that are unmasked elsewhere; lives as what `take` gives does.
    /// Precondition: no message is open.
    [[nodiscard]] std::byte* unmasking_space(std::size_t size);

    /// Gives back all memory that holds no part of a message; what frames given before view goes with it.
    void release_memory() noexcept;

    /// True if the largest payload that both limits let through in one frame is at least `size`.
    [[nodiscard]] bool is_within_limits(std::uint64_t size) const noexcept { return size <= max_single_size_; }

    [[nodiscard]] const assembler_options& options() const noexcept { return options_; }

    /// True when a Close frame was given.
    [[nodiscard]] bool is_close_received() const noexcept { return close_received_; }

    /// True between the first fragment of a message and its last.
    [[nodiscard]] bool is_message_open() const noexcept { return message_open_; }

    /// Heap octets held now.
    [[nodiscard]] std::size_t memory_size() const noexcept;

  private:
    [[nodiscard]] std::expected<void, error> take_control(const frame_chunk& chunk, std::vector<frame>& out);
    [[nodiscard]] std::expected<void, error> take_close(const frame_chunk& chunk, byte_view payload,
                                                        std::vector<frame>& out);
    [[nodiscard]] std::expected<void, error> take_data(const frame_chunk& chunk, std::vector<frame>& out);
    [[nodiscard]] std::expected<void, error> start_data_frame(const frame_chunk& chunk);
    [[nodiscard]] std::expected<void, error> check_text(const frame_chunk& chunk, byte_view payload, bool ends);
    [[nodiscard]] byte_view gather(const frame_chunk& chunk);
    [[nodiscard]] detail::message_memory& memory();
    void give(std::vector<frame>& out, byte_view payload, bool fin) const;

    assembler_options options_;
    std::uint64_t max_single_size_;
    std::uint64_t message_size_ = 0;     // payload of the open message, as announced by its frames so far
    utf8_validator text_;                // of the open message
    std::unique_ptr<detail::message_memory> memory_;
    std::uint32_t fragment_count_ = 0;   // frames of the open message
    opcode message_code_ = opcode::binary;
    bool message_open_ = false;
    bool close_received_ = false;
};

}  // namespace mint::ws
