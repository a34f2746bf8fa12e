#pragma once

#include "ws/deflate_backend.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace mint::ws::detail {

/// States that hold nothing between messages, for connections without context takeover: one that is done with a message
/// lays its state down for the next, so that a thousand of them need one. Of each window's size some are kept, so that
/// threads needn't wait for each other.
///
/// Safe to use from any number of threads at once; never blocks.
template <class State>
class shared_states {
  public:
    shared_states() = default;
    shared_states(const shared_states&) = delete;
    shared_states& operator=(const shared_states&) = delete;
    ~shared_states() {
        for (auto& places : shelves_) {
            for (auto& place : places) delete place.load(std::memory_order_relaxed);
        }
    }

    /// Nothing where none lies there.
    [[nodiscard]] std::unique_ptr<State> take(std::uint8_t window_bits) noexcept {
        for (auto& place : shelf_of(window_bits)) {
            if (State* const found = place.exchange(nullptr, std::memory_order_acquire)) {
                return std::unique_ptr<State>{found};
            }
        }
        return nullptr;
    }

    /// Precondition: it was reset.
    void lay_down(std::uint8_t window_bits, std::unique_ptr<State> state) noexcept {
        for (auto& place : shelf_of(window_bits)) {
            State* none = nullptr;
            if (place.compare_exchange_strong(none, state.get(), std::memory_order_release,
                                              std::memory_order_relaxed)) {
                static_cast<void>(state.release());  // it is the place's now
                return;
            }
        }
    }

  private:
    static constexpr std::size_t window_size_count = 8;
    static constexpr std::uint8_t least_window_bits = 8;
    static constexpr std::size_t kept_count = 4;
    using shelf = std::array<std::atomic<State*>, kept_count>;

    [[nodiscard]] shelf& shelf_of(std::uint8_t window_bits) noexcept {
        return shelves_[window_bits - least_window_bits];
    }

    std::array<shelf, window_size_count> shelves_{};
};

/// Of one `permessage_deflate`, whose connections have all their settings but the window in common.
struct shared_deflate_states {
    shared_states<compressor> compressors;
    shared_states<decompressor> decompressors;
};

}  // namespace mint::ws::detail
