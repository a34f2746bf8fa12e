#include <mint/base/buffer.hpp>

#include <algorithm>
#include <limits>
#include <new>

namespace mint {
namespace {

// Cache lines for small storage, pages for large: a read or copy to an odd page offset can be half as fast.
constexpr std::size_t large_storage = 64 * 1024;

[[nodiscard]] std::align_val_t alignment_for(std::size_t capacity) noexcept {
    return std::align_val_t{capacity >= large_storage ? std::size_t{4096} : std::size_t{64}};
}

[[nodiscard]] std::byte* allocate(std::size_t capacity) {
    return static_cast<std::byte*>(::operator new(capacity, alignment_for(capacity)));
}

void deallocate(std::byte* data, std::size_t capacity) noexcept {
    if (data != nullptr) ::operator delete(data, alignment_for(capacity));
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
