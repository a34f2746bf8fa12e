#include <mint/base/random.hpp>

#include <algorithm>
#include <exception>
#include <pthread.h>

#include <openssl/rand.h>

namespace mint {

// After fork() the child has its parent's unused octets: every source must start a new block there.
struct fork_watch {
    fork_watch() noexcept {
        ::pthread_atfork(nullptr, nullptr, [] { ++random_source::fork_generation_; });
    }
};

namespace {

const fork_watch watch;

class system_random final : public random_source {
  protected:
    void refill(std::span<std::byte, block_size> block) noexcept override {
        // OpenSSL's generator fails only where the system has no entropy to give. Predictable masks and keys would be
        // worse than no program.
        if (::RAND_bytes(reinterpret_cast<unsigned char*>(block.data()), static_cast<int>(block.size())) != 1) {
            std::terminate();
        }
    }
};

}  // namespace

void random_source::start_block() noexcept {
    refill(block_);
    position_ = 0;
    generation_ = fork_generation_;
}

void random_source::fill(byte_span out) noexcept {
    while (!out.empty()) {
        if (position_ == block_.size() || generation_ != fork_generation_) start_block();
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
