#pragma once

#include <mint/base/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mint {

/// Random octets for masking keys and handshake nonces, taken from a block that is refilled as a whole.
///
/// RFC 6455 §5.3 wants masking keys from a strong source of entropy, fresh for each frame; drawing them four octets at
/// a time from the system would cost more than the frame. Octets handed out are wiped. A child process after fork()
/// never repeats its parent's octets. Not for use from two threads at once; see `default_random`.
class random_source {
  public:
    random_source() noexcept = default;
    random_source(const random_source&) = delete;
    random_source& operator=(const random_source&) = delete;
    virtual ~random_source() = default;

    /// Four fresh octets. A few instructions, but for each 1,024th call.
    [[nodiscard]] std::uint32_t next_u32() noexcept {
        if (position_ + 4 > block_.size() || generation_ != fork_generation_) start_block();
        std::uint32_t value = 0;
        std::memcpy(&value, block_.data() + position_, 4);
        std::memset(block_.data() + position_, 0, 4);
        position_ += 4;
        return value;
    }

    /// Fills all of `out` with fresh octets.
    void fill(byte_span out) noexcept;

  protected:
    static constexpr std::size_t block_size = 4096;

    /// Writes a whole block. An implementation that can't must not return: predictable masks are a vulnerability.
    virtual void refill(std::span<std::byte, block_size> block) noexcept = 0;

  private:
    void start_block() noexcept;

    static inline std::uint32_t fork_generation_ = 1;  // counted up in a child process; see random.cpp
    friend struct fork_watch;

    std::uint32_t generation_ = 0;
    std::size_t position_ = block_size;
    std::array<std::byte, block_size> block_;
};

/// This thread's source, cryptographic, from OpenSSL's generator. Made at its first use on each thread.
[[nodiscard]] random_source& default_random() noexcept;

}  // namespace mint
