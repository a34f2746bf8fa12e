#include "ws/payload_store.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mint::ws::detail {
namespace {

/// Blocks below this aren't worth giving back while they are in use.
constexpr std::size_t small_size = 64 * 1024;

/// The smallest block: a cache line.
constexpr std::size_t min_block_size = 64;

}  // namespace

payload_store::payload_store(const payload_store& other) { block_.append(other.open_payload()); }

void payload_store::begin_batch(bool keep_room) {
    was_finished_ = false;
    for (buffer& block : retired_) {
        if (block.capacity() > spare_.capacity()) std::swap(block, spare_);
    }
    retired_.clear();
    spare_.clear();
    if (keep_room) return;
    if (open_payload().empty()) {
        block_.clear();
        open_begin_ = 0;
    }
    if (oversized_count_ < 2) return;
    oversized_count_ = 0;
    spare_.release();
    if (open_payload().empty()) {
        block_.release();
    } else if (block_.capacity() > 2 * open_payload().size() + small_size / 2) {
        move_open_payload_to({});
    }
}

bool payload_store::end_batch(std::uint64_t expected_size) noexcept {
    std::size_t needed_size = block_.size();
    for (const buffer& block : retired_) needed_size += block.size();
    const std::size_t held_size = block_.capacity() + spare_.capacity();
    const bool is_oversized = held_size > small_size && held_size / 8 > needed_size && held_size / 8 > expected_size;
    oversized_count_ = is_oversized ? static_cast<std::uint8_t>(std::min(oversized_count_ + 1, 2)) : 0;
    return was_finished_ || !open_payload().empty();
}

void payload_store::make_room(std::size_t size, std::uint64_t max_payload_size) {
    const std::size_t open_size = open_payload().size();
    const std::size_t needed_size = open_size + size;
    if (!was_finished_ && needed_size <= block_.capacity()) {
        // Nothing views the front any more. An open payload is moved there at most once, for then it begins at 0.
        if (open_size > 0) std::memmove(block_.bytes().data(), open_payload().data(), open_size);
        block_.truncate(open_size);
        open_begin_ = 0;
        return;
    }
    if (needed_size <= spare_.capacity()) {
        // The two take turns where messages begin in one batch and end in the next.
        std::swap(block_, spare_);
        block_.append(spare_.view().subspan(open_begin_));
        open_begin_ = 0;
        if (was_finished_) retired_.push_back(std::exchange(spare_, {}));
        spare_.clear();
        return;
    }
    const auto doubled_size = static_cast<std::size_t>(std::min<std::uint64_t>(2 * open_size, max_payload_size));
    // Where many payloads are finished in one batch, not each takes a block of its own.
    const std::size_t next_size = was_finished_ ? std::min(2 * block_.capacity(), small_size) : 0;
    buffer fresh;
    fresh.reserve(std::max({needed_size, doubled_size, next_size, min_block_size}));
    move_open_payload_to(std::move(fresh));
}

void payload_store::move_open_payload_to(buffer fresh) {
    fresh.append(open_payload());
    if (was_finished_) retired_.push_back(std::move(block_));
    block_ = std::move(fresh);
    open_begin_ = 0;
}

void payload_store::release_memory() noexcept {
    retired_.clear();
    retired_.shrink_to_fit();
    spare_.release();
    was_finished_ = false;
    if (!open_payload().empty()) return;
    block_.release();
    open_begin_ = 0;
}

std::size_t payload_store::memory_size() const noexcept {
    std::size_t size = block_.capacity() + spare_.capacity() + retired_.capacity() * sizeof(buffer);
    for (const buffer& block : retired_) size += block.capacity();
    return size;
}

}  // namespace mint::ws::detail
