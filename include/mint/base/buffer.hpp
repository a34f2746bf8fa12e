#pragma once

#include <mint/base/bytes.hpp>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace mint {

/// Octets appended at the back and consumed at the front: what an encoder writes into and a socket takes from.
///
/// A regular type: a copy owns its own storage, a moved-from buffer is empty and holds none. An empty buffer that was
/// never written to holds no heap. Over its life the work is linear in the octets appended: growing doubles the
/// storage, and consumed room at the front is reused only where that moves fewer octets than were consumed since.
/// Storage of 4 KiB or more starts at a multiple of 64 bytes. Throws nothing but std::bad_alloc, and then it is
/// unchanged.
///
/// Every view or pointer into it is valid until the next `append`, `prepare`, `reserve`, `release` or assignment.
class buffer {
  public:
    buffer() noexcept = default;
    buffer(const buffer& other);
    buffer(buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          begin_(std::exchange(other.begin_, 0)),
          end_(std::exchange(other.end_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    buffer& operator=(const buffer& other);
    buffer& operator=(buffer&& other) noexcept;
    ~buffer();

    /// Room for at least `size` octets behind the last one, not initialised; nothing is appended yet. The span is
    /// exactly `size` long; `available()` tells how much room there is in all. Amortised O(1) beside the writing.
    [[nodiscard]] byte_span prepare(std::size_t size) {
        if (size > capacity_ - end_) make_room(size);
        return {data_ + end_, size};
    }

    /// Appends the first `size` octets of the room that `prepare` gave. Precondition: `size <= available()`.
    void commit(std::size_t size) noexcept { end_ += size; }

    /// Appends a copy of `bytes`, which must not lie in this buffer.
    void append(byte_view bytes) {
        if (bytes.empty()) return;
        std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
        commit(bytes.size());
    }
    void append(std::string_view text) { append(as_bytes(text)); }

    /// Drops the first `size` octets. Precondition: `size <= this->size()`. O(1).
    void consume(std::size_t size) noexcept {
        begin_ += size;
        if (begin_ == end_) begin_ = end_ = 0;
    }

    /// Drops the last octets so that `size` stay. Precondition: `size <= this->size()`. O(1).
    void truncate(std::size_t size) noexcept {
        end_ = begin_ + size;
        if (size == 0) begin_ = end_ = 0;
    }

    /// Drops everything and keeps the storage. O(1).
    void clear() noexcept { begin_ = end_ = 0; }

    /// Drops everything and gives the storage back.
    void release() noexcept;

    /// Makes `capacity()` at least `size` octets behind the first one kept.
    void reserve(std::size_t size) {
        if (size > this->size() && size - this->size() > capacity_ - end_) make_room(size - this->size());
    }

    [[nodiscard]] byte_view view() const noexcept { return {data_ + begin_, end_ - begin_}; }
    [[nodiscard]] byte_span bytes() noexcept { return {data_ + begin_, end_ - begin_}; }
    [[nodiscard]] std::string_view text() const noexcept { return as_text(view()); }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

    /// Room behind the last octet that `prepare` gives without allocating or moving anything.
    [[nodiscard]] std::size_t available() const noexcept { return capacity_ - end_; }

    /// Heap octets held.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    friend bool operator==(const buffer& a, const buffer& b) noexcept { return a.text() == b.text(); }

  private:
    void make_room(std::size_t size);

    std::byte* data_ = nullptr;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace mint
