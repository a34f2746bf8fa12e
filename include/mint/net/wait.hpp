#pragma once

#include <mint/base/error.hpp>

#include <chrono>
#include <expected>
#include <span>

namespace mint::net {

/// A point in time up to which something may take; or never.
class deadline {
  public:
    using clock = std::chrono::steady_clock;

    /// From now on; one too far away for the clock is never.
    explicit deadline(std::chrono::milliseconds timeout) noexcept;

    /// At a point in time.
    explicit deadline(clock::time_point at) noexcept : at_(at) {}

    [[nodiscard]] bool is_never() const noexcept { return at_ == clock::time_point::max(); }

    /// Time left, rounded up so that a wait of that length doesn't end early; 0 when it passed, `milliseconds::max()`
    /// for never.
    [[nodiscard]] std::chrono::milliseconds left() const noexcept;
    [[nodiscard]] bool has_passed() const noexcept { return left() == std::chrono::milliseconds::zero(); }

  private:
    clock::time_point at_;
};

/// Directions to wait for, or those that are ready.
struct readiness {
    bool read = false;   ///< octets, an end, or an error can be read
    bool write = false;  ///< octets may be sent, or an error is there
};

/// A descriptor, and what to wait for on it.
struct interest {
    int descriptor = -1;
    readiness wanted;

    friend bool operator==(const interest& a, const interest& b) noexcept {
        return a.descriptor == b.descriptor && a.wanted.read == b.wanted.read && a.wanted.write == b.wanted.write;
    }
};

/// Waits until one of several descriptors is ready for what is wanted of it; with none, until the deadline. Signals
/// don't end it. errc::timeout; system_error.
[[nodiscard]] std::expected<void, error> wait_any(std::span<const interest> wanted, const deadline& until);

/// Waits until the descriptor is ready for one of the directions wanted; signals don't end it.
/// errc::timeout; system_error.
[[nodiscard]] std::expected<readiness, error> wait(int descriptor, readiness wanted, const deadline& until);

}  // namespace mint::net
