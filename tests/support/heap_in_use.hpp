#pragma once

#include <cstddef>
#include <malloc.h>
#if defined(__SANITIZE_ADDRESS__)
#define MINT_TESTS_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MINT_TESTS_UNDER_ASAN 1
#endif
#endif
#if defined(MINT_TESTS_UNDER_ASAN)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // whose header GCC's packages leave out
#endif

namespace mint::testing {

/// Octets that the whole process has allocated and not freed, by `malloc` too: libraries in C count.
inline std::ptrdiff_t heap_in_use() noexcept {
#if defined(MINT_TESTS_UNDER_ASAN)
    return static_cast<std::ptrdiff_t>(::__sanitizer_get_current_allocated_bytes());
#else
    const auto info = ::mallinfo2();
    return static_cast<std::ptrdiff_t>(info.uordblks + info.hblkhd);
#endif
}

/// Bytes that the C library holds for all of that: what is in use, and what is free and not given back. The same as
/// `heap_in_use` where the allocator is another one.
inline std::ptrdiff_t heap_held() noexcept {
#if defined(MINT_TESTS_UNDER_ASAN)
    return heap_in_use();
#else
    const auto info = ::mallinfo2();
    return static_cast<std::ptrdiff_t>(info.arena + info.hblkhd);
#endif
}

}  // namespace mint::testing
