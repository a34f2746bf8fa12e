#pragma once

#include <cstddef>

namespace mint::testing {

/// Counts this thread's allocations by `operator new` since it was made. Programs that use it replace the operator: its
/// source is linked by name (mint_test_count_allocations).
class allocation_counter {
  public:
    allocation_counter() noexcept;

    [[nodiscard]] std::size_t count() const noexcept;

    /// Octets that this thread has allocated and not freed since then; freed ones that are older count against it.
    [[nodiscard]] std::ptrdiff_t held_size() const noexcept;

  private:
    std::size_t count_at_start_;
    std::ptrdiff_t size_at_start_;
};

/// While it lives, this thread's allocation number `index`, counted from 0, fails, and none after it.
class failing_allocation {
  public:
    explicit failing_allocation(std::size_t index) noexcept;
    failing_allocation(const failing_allocation&) = delete;
    failing_allocation& operator=(const failing_allocation&) = delete;
    ~failing_allocation();
};

}  // namespace mint::testing
