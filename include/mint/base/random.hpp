#pragma once

#include <mint/base/bytes.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace mint {

/// Random octets for masking keys and handshake nonces, taken from a block that is refilled as a whole.
///
/// RFC 6455 §5.3 wants masking keys from a strong source of entropy, fresh for each frame; drawing them four octets at
/// a time from the system would cost more than the frame. Octets handed out are wiped. A child process never repeats
/// its parent's bytes, whether fork, _Fork or clone made it. Not for use from two threads at once; see
/// `default_random`.
class random_source {
  public:
    random_source() noexcept = default;
    random_source(const random_source&) = delete;
    random_source& operator=(const random_source&) = delete;
    virtual ~random_source() = default;

    /// Four fresh octets. A few instructions, except for each 4,096th call.
    [[nodiscard]] std::uint32_t next_u32() noexcept {
        if (needs_renewal(4)) renew(4);
        std::uint32_t value = 0;
        std::memcpy(&value, block_.data() + position_, 4);
        std::memset(block_.data() + position_, 0, 4);
        position_ += 4;
        return value;
    }

    /// Fills all of `out` with fresh octets.
    void fill(byte_span out) noexcept;

  protected:
    static constexpr std::size_t block_size = 16 * 1024;

    /// Writes a whole block. An implementation that can't must not return: predictable masks are a vulnerability.
    virtual void refill(std::span<std::byte, block_size> block) noexcept = 0;

  private:
    /// Whether there aren't `needed` bytes, or this may be another process than the one that took the block.
    [[nodiscard]] bool needs_renewal(std::size_t needed) const noexcept {
        return position_ + needed > block_.size() || process_number_ != process_word_->load(std::memory_order_relaxed);
    }
    void renew(std::size_t needed) noexcept;

    static const std::atomic<std::uint32_t> unknown_process;

    const std::atomic<std::uint32_t>* process_word_ = &unknown_process;  // 0 in a child process; see random.cpp
    std::uint32_t process_number_ = 0;
    std::size_t position_ = block_size;
    std::array<std::byte, block_size> block_;
};

/// This thread's source, cryptographic: getrandom(2) first, then OpenSSL's generator, which is faster, unless that
/// fails. Made at its first use on each thread.
[[nodiscard]] random_source& default_random() noexcept;

}  // namespace mint
