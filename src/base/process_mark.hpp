#pragma once

#include <atomic>
#include <cstdint>
#include <sys/types.h>

namespace mint::detail {

/// Tells a process from those whose memory is a copy of its own, however they were made: fork, _Fork, clone.
///
/// The number stands in a page that the kernel wipes in the copy (MADV_WIPEONFORK, Linux 4.14). An older kernel can't:
/// there the process id is asked at each call, and `word` stays 0. May be used by several threads at once.
class process_mark {
  public:
    process_mark() noexcept;
    process_mark(const process_mark&) = delete;
    process_mark& operator=(const process_mark&) = delete;

    /// This process's number: not 0, and none that `current` gave in a process that this one is a copy of.
    [[nodiscard]] std::uint32_t current() noexcept;

    /// That number, or 0: then only `current` knows.
    [[nodiscard]] const std::atomic<std::uint32_t>& word() const noexcept { return *word_; }

  private:
    std::atomic<std::uint32_t> unknown_{0};
    std::atomic<std::uint32_t>* word_ = &unknown_;
    std::atomic<std::uint32_t> last_{0};
    std::atomic<pid_t> process_{0};  // used only if the kernel doesn't wipe
};

/// The one for all of this process.
[[nodiscard]] process_mark& this_process() noexcept;

}  // namespace mint::detail
