#include "base/process_mark.hpp"

#include <mint/base/random.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <sys/random.h>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

namespace mint {
namespace {

/// The kernel's own generator: needs no memory, and takes five times as long.
void fill_from_system(byte_span out) noexcept {
    while (!out.empty()) {
        const ssize_t size = ::getrandom(out.data(), out.size(), 0);
        if (size > 0) {
            out = out.subspan(static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            // The system has no entropy to give. Predictable masks and keys would be worse than no program.
            std::terminate();
        }
    }
}

/// OpenSSL's generator; false if it fails, which it does if it can't allocate.
[[nodiscard]] bool fill_from_openssl(byte_span out) noexcept {
    static std::atomic<bool> has_begun{false};
    if (!has_begun) {
        // OpenSSL 3.0 crashes if memory runs out while it sets itself up: that needs a tenth of this.
        void* const memory = ::OPENSSL_malloc(std::size_t{512} * 1024);
        if (memory == nullptr) return false;
        ::OPENSSL_free(memory);
    }
    ::ERR_set_mark();
    const bool is_filled =
        ::RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1;
    ::ERR_pop_to_mark();
    if (is_filled) has_begun = true;
    return is_filled;
}

class system_random final : public random_source {
  protected:
    /// The first block is the kernel's, for programs that draw little need none of OpenSSL's state. The others are
    /// OpenSSL's, five times as fast, where that has memory.
    void refill(std::span<std::byte, block_size> block) noexcept override {
        if (!std::exchange(is_begun_, true) || !fill_from_openssl(block)) fill_from_system(block);
    }

  private:
    bool is_begun_ = false;
};

}  // namespace

constinit const std::atomic<std::uint32_t> random_source::unknown_process{0};

void random_source::renew(std::size_t needed) noexcept {
    detail::process_mark& process = detail::this_process();
    const std::uint32_t number = process.current();
    if (number == process_number_ && position_ + needed <= block_.size()) return;
    process_word_ = &process.word();
    process_number_ = number;
    refill(block_);
    position_ = 0;
}

void random_source::fill(byte_span out) noexcept {
    while (!out.empty()) {
        if (needs_renewal(1)) renew(1);
        const std::size_t size = std::min(out.size(), block_.size() - position_);
        std::memcpy(out.data(), block_.data() + position_, size);
        std::memset(block_.data() + position_, 0, size);
        position_ += size;
        out = out.subspan(size);
    }
}

random_source& default_random() noexcept {
    thread_local system_random source;
    return source;
}

}  // namespace mint
