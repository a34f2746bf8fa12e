#include "base/process_mark.hpp"

#include <memory>
#include <sys/mman.h>
#include <unistd.h>

namespace mint::detail {

process_mark::process_mark() noexcept {
    using word = std::atomic<std::uint32_t>;
    void* const page = ::mmap(nullptr, sizeof(word), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    if (::madvise(page, sizeof(word), MADV_WIPEONFORK) != 0) {
        ::munmap(page, sizeof(word));
        return;
    }
    word_ = std::construct_at(static_cast<word*>(page), 0U);  // wiped memory is the same again
}

std::uint32_t process_mark::current() noexcept {
    if (word_ == &unknown_) {
        const pid_t process = ::getpid();
        if (process_ != process) {
            ++last_;  // first, so that no thread of the new process sees the old number with the new id
            process_ = process;
        }
        return last_;
    }
    std::uint32_t number = *word_;
    if (number != 0) return number;
    const std::uint32_t next = ++last_;
    return word_->compare_exchange_strong(number, next) ? next : number;
}

process_mark& this_process() noexcept {
    static process_mark mark;
    return mark;
}

}  // namespace mint::detail
