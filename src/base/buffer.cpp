#include <mint/base/buffer.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>

namespace mint {
namespace {

// From here on memcpy and the kernel may copy with `rep movsb`, which some processors do ten times slower to 1 to 31
// bytes after the source's place in its page. A multiple of 64 is safe, and costs one read or copy nothing else.
constexpr std::size_t min_aligned_capacity = 4096;
constexpr std::size_t alignment = 64;

// The alignment is made inside a plain block: glibc's heap fragments under blocks allocated with an alignment. The byte
// before the storage says how far it is from the block's begin, 1 to 64 bytes.
[[nodiscard]] std::byte* allocate(std::size_t capacity) {
    if (capacity < min_aligned_capacity) return static_cast<std::byte*>(::operator new(capacity));
    auto* const block = static_cast<std::byte*>(::operator new(capacity + alignment));
    const std::size_t distance = alignment - reinterpret_cast<std::uintptr_t>(block) % alignment;
    block[distance - 1] = static_cast<std::byte>(distance);
    return block + distance;
}

void deallocate(std::byte* data, std::size_t capacity) noexcept {
    if (data == nullptr) return;
    ::operator delete(capacity < min_aligned_capacity ? data : data - static_cast<std::size_t>(data[-1]));
}

}  // namespace

buffer::buffer(const buffer& other) {
    if (other.empty()) return;
    data_ = allocate(other.size());
    capacity_ = end_ = other.size();
    std::memcpy(data_, other.data_ + other.begin_, end_);
}

buffer& buffer::operator=(const buffer& other) {
    if (this != &other) *this = buffer{other};
    return *this;
}

buffer& buffer::operator=(buffer&& other) noexcept {
    if (this != &other) {
        deallocate(data_, capacity_);
        data_ = std::exchange(other.data_, nullptr);
        begin_ = std::exchange(other.begin_, 0);
        end_ = std::exchange(other.end_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
}

buffer::~buffer() { deallocate(data_, capacity_); }

void buffer::release() noexcept {
    deallocate(data_, capacity_);
    data_ = nullptr;
    begin_ = end_ = capacity_ = 0;
}

void buffer::make_room(std::size_t size) {
    const std::size_t kept = this->size();
    // Moving down costs `kept` octets and is paid for by the `begin_` octets consumed since the last time.
    if (begin_ >= kept && size <= capacity_ - kept) {
        std::memcpy(data_, data_ + begin_, kept);
    } else {
        if (size > std::numeric_limits<std::size_t>::max() / 4 - kept) throw std::bad_alloc{};
        const std::size_t wanted = std::max({kept + size, capacity_ * 2, std::size_t{64}});
        const std::size_t capacity = (wanted + 63) / 64 * 64;
        std::byte* const data = allocate(capacity);
        if (kept != 0) std::memcpy(data, data_ + begin_, kept);
        deallocate(data_, capacity_);
        data_ = data;
        capacity_ = capacity;
    }
    begin_ = 0;
    end_ = kept;
}

}  // namespace mint
