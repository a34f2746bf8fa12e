#include "support/count_allocations.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

thread_local std::size_t allocation_count = 0;
thread_local std::ptrdiff_t held = 0;
thread_local std::ptrdiff_t left_until_failure = -1;  // below 0: none fails

void* take(std::size_t size, std::size_t alignment) {
    if (left_until_failure >= 0 && left_until_failure-- == 0) throw std::bad_alloc{};
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    void* const memory = alignment <= alignof(std::max_align_t) ? std::malloc(size == 0 ? 1 : size)
                                                                : std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) throw std::bad_alloc{};
    ++allocation_count;
    held += static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
    return memory;
}

void give_back(void* memory) noexcept {
    if (memory != nullptr) held -= static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return take(size, 1); }
void* operator new[](std::size_t size) { return take(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return take(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return take(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

namespace mint::testing {

allocation_counter::allocation_counter() noexcept : count_at_start_(allocation_count), size_at_start_(held) {}

std::size_t allocation_counter::count() const noexcept { return allocation_count - count_at_start_; }

std::ptrdiff_t allocation_counter::held_size() const noexcept { return held - size_at_start_; }

failing_allocation::failing_allocation(std::size_t index) noexcept {
    left_until_failure = static_cast<std::ptrdiff_t>(index);
}

failing_allocation::~failing_allocation() { left_until_failure = -1; }

}  // namespace mint::testing
