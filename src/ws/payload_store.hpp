#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mint::ws::detail {

/// Payloads gathered in contiguous memory: one open at a time, which grows, and those finished in this batch, whose
/// views stay valid until the next batch begins.
///
/// Grows with the octets committed: by doubling, so that the work is linear in them. Memory of one batch is used again
/// by the next ones; what turns out too large for two of them is given back. A copy has the open payload only.
class payload_store {
  public:
    payload_store() noexcept = default;
    payload_store(const payload_store& other);
    payload_store& operator=(const payload_store&) = delete;
    ~payload_store() = default;

    /// From now on the views of finished payloads are invalid. Where `keep_room`, the room that `prepare` gave stays as
    /// it is, with what was written there.
    void begin_batch(bool keep_room);

    /// Ends a batch, of which `expected_size` octets more are to come for the open payload. False when nothing was open
    /// or finished in it.
    bool end_batch(std::uint64_t expected_size) noexcept;

    /// Room for `size` octets behind the open payload, which needn't become larger than `max_payload_size`.
    [[nodiscard]] std::byte* prepare(std::size_t size, std::uint64_t max_payload_size) {
        if (size > block_.available()) make_room(size, max_payload_size);
        return block_.prepare(size).data();
    }

    /// Appends `size` octets of that room to the open payload.
    void commit(std::size_t size) noexcept { block_.commit(size); }

    /// Ends the open payload.
    byte_view finish() noexcept {
        const byte_view payload = open_payload();
        open_begin_ = block_.size();
        was_finished_ = true;
        return payload;
    }

    [[nodiscard]] byte_view open_payload() const noexcept { return block_.view().subspan(open_begin_); }

    /// Room that `prepare` gives without taking memory.
    [[nodiscard]] std::size_t available() const noexcept { return block_.available(); }

    /// Gives back the memory that holds no part of the open payload; views of finished payloads are invalid then.
    void release_memory() noexcept;

    [[nodiscard]] std::size_t memory_size() const noexcept;

  private:
    void make_room(std::size_t size, std::uint64_t max_payload_size);
    void move_open_payload_to(buffer fresh);

    buffer block_;                      // finished payloads, then the open one
    std::size_t open_begin_ = 0;        // in block_
    buffer spare_;                      // of an earlier batch
    std::vector<buffer> retired_;       // hold finished payloads of this batch
    std::uint8_t oversized_count_ = 0;  // batches one after another that needed far less than there is
    bool was_finished_ = false;         // in this batch
};

}  // namespace mint::ws::detail
