#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>
#include <mint/base/utf8.hpp>
#include <mint/ws/frame.hpp>
#include <mint/ws/frame_decoder.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

namespace mint::ws {

/// How received messages are given to the caller.
enum class delivery : std::uint8_t {
    whole_messages,  ///< each as one frame with `fin`, however it was fragmented; bounded by the limits
    pieces,  ///< as the octets arrive, in memory for what one call gives; the last piece, which may be empty, has `fin`
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
/// A message that lies whole in one chunk and isn't masked is given as a view of that chunk. Everything else is
/// gathered in memory of the assembler's own, contiguous, which grows with the octets received and never with a size
/// announced.
///
/// A value: a copy has its own memory with the messages that are partly received, while frames given before keep
/// viewing the original's. Holds no heap while nothing is partly received; see `release_memory`. After an error it may
/// only be destroyed or assigned to.
class message_assembler {
  public:
    explicit message_assembler(const assembler_options& options = {}) noexcept;
    message_assembler(const message_assembler& other);
    message_assembler(message_assembler&& other) noexcept;
    message_assembler& operator=(const message_assembler& other);
    message_assembler& operator=(message_assembler&& other) noexcept;
    ~message_assembler();

    /// Begins a batch: the frames given before are invalid from now on. Where `keep_space`, what was written to the
    /// memory of `payload_space` stays.
    void begin_batch(bool keep_space = false);

    /// Ends a batch; of the frame begun `payload_left` octets are still to come. Gives memory back that two batches one
    /// after another didn't need.
    void end_batch(std::uint64_t payload_left) noexcept;

    /// Takes the next chunk, and appends to `out` what it completes, at most one frame. Errors have the offset of the
    /// frame's first octet, or for UTF-8 that came without extensions the bad octet's own; where a text ends inside a
    /// character, the offset behind it.
    ///
    /// Messages that `extensions` want go through them; the limits hold for what they make, and in pieces that of a
    /// message for what they make in one batch. Always the same ones, or none.
    [[nodiscard]] std::expected<void, error> take(const frame_chunk& chunk, std::vector<frame>& out,
                                                  negotiated_extensions* extensions = nullptr);

    /// Memory where the next octets of the frame begun may be written, at most `payload_left` of them; empty where that
    /// saves nothing. Give what was written to `take`, as a chunk whose payload is the front of this very memory.
    [[nodiscard]] byte_span payload_space(const frame_header& header, std::uint64_t payload_left);

    /// Memory for `size` octets that the caller unmasks, of which it keeps the front with `keep_unmasked`; its frames
    /// live as long as those that `take` gives. Precondition: no message is open.
    [[nodiscard]] std::byte* unmasking_space(std::size_t size);
    void keep_unmasked(std::size_t size) noexcept;

    /// Gives back the memory that holds no part of a message; the frames given before are invalid then.
    void release_memory() noexcept;

    /// As many octets as the rest of this batch can take without passing the limit of what permessage-deflate makes in
    /// pieces; at least one for the first `take`, at most all there could be.
    [[nodiscard]] std::size_t safe_input_size() const noexcept;

    /// True if an unfragmented message may have `size` octets.
    [[nodiscard]] bool is_within_limits(std::uint64_t size) const noexcept { return size <= max_single_size_; }

    [[nodiscard]] const assembler_options& options() const noexcept { return options_; }

    /// True when a Close frame was given.
    [[nodiscard]] bool is_close_received() const noexcept { return close_received_; }

    /// Heap octets held now.
    [[nodiscard]] std::size_t memory_size() const noexcept;

  private:
    [[nodiscard]] std::expected<void, error> take_control(const frame_chunk& chunk, std::vector<frame>& out);
    [[nodiscard]] std::expected<void, error> take_data(const frame_chunk& chunk, std::vector<frame>& out,
                                                       negotiated_extensions* extensions);
    [[nodiscard]] std::expected<void, error> take_by_way_of(negotiated_extensions& extensions, const frame_chunk& chunk,
                                                            std::vector<frame>& out);
    [[nodiscard]] std::expected<void, error> start_data_frame(const frame_chunk& chunk,
                                                              const negotiated_extensions* extensions);
    [[nodiscard]] std::expected<void, error> check_close(const frame_chunk& chunk, byte_view received) const;
    [[nodiscard]] std::expected<void, error> check_text(const frame_chunk& chunk, byte_view payload);
    [[nodiscard]] std::size_t extension_budget(negotiated_extensions& extensions, bool is_first);
    [[nodiscard]] byte_view gather(const frame_chunk& chunk);
    void give_data(std::vector<frame>& out, byte_view payload, bool fin) const;
    void give_control(std::vector<frame>& out, opcode code, byte_view payload);
    [[nodiscard]] detail::message_memory& memory();

    assembler_options options_;
    std::uint64_t max_single_size_;
    std::uint64_t message_size_ = 0;  // of the open message, as its frames so far announced
    utf8_validator text_;             // of the open message
    std::unique_ptr<detail::message_memory> memory_;
    std::uint32_t fragment_count_ = 0;  // frames of the open message
    std::uint8_t rsv_ = 0;              // of the open message
    bool is_extended_ = false;          // it goes through extensions
    opcode message_code_ = opcode::binary;
    bool close_received_ = false;
};

}  // namespace mint::ws
