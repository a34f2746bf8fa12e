#include "base/long_ascii.hpp"

#include <mint/base/utf8.hpp>

#include <algorithm>
#include <cstring>

#include <simdjson.h>

namespace mint {
namespace {

/// How many octets of a character an octet starts (1 to 4), or 0 when none can start with it (RFC 3629 §4).
[[nodiscard]] constexpr unsigned character_size(unsigned char lead) noexcept {
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    return lead < 0xF5 ? 4 : 0;
}

/// True if `octet` may be the second one of a character that starts with `lead`: nothing overlong, no surrogate,
/// nothing over U+10FFFF.
[[nodiscard]] constexpr bool may_follow(unsigned char lead, unsigned char octet) noexcept {
    switch (lead) {
        case 0xE0: return octet >= 0xA0 && octet <= 0xBF;
        case 0xED: return octet >= 0x80 && octet <= 0x9F;
        case 0xF0: return octet >= 0x90 && octet <= 0xBF;
        case 0xF4: return octet >= 0x80 && octet <= 0x8F;
        default: return octet >= 0x80 && octet <= 0xBF;
    }
}

[[nodiscard]] const unsigned char* octets_of(byte_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

[[nodiscard]] std::uint64_t load_eight(const unsigned char* p) noexcept {
    std::uint64_t eight = 0;
    std::memcpy(&eight, p, 8);
    return eight;
}

/// Octets at the front that are ASCII, looked at 32 and then eight at a time.
[[nodiscard]] std::size_t ascii_prefix(const unsigned char* p, std::size_t size) noexcept {
    constexpr std::uint64_t top_bits = 0x8080808080808080U;
    std::size_t i = 0;
    for (; i + 32 <= size; i += 32) {
        const std::uint64_t any =
            load_eight(p + i) | load_eight(p + i + 8) | load_eight(p + i + 16) | load_eight(p + i + 24);
        if ((any & top_bits) != 0) break;
    }
    for (; i + 8 <= size; i += 8) {
        if ((load_eight(p + i) & top_bits) != 0) break;
    }
    if (size >= 8 && i + 8 > size && (load_eight(p + size - 8) & top_bits) == 0) return size;
    while (i < size && p[i] < 0x80) ++i;
    return i;
}

struct scan_result {
    std::size_t valid;    ///< octets of whole, valid characters at the front
    std::size_t pending;  ///< octets behind them that start a character which isn't complete
    bool failed;          ///< the octet behind those two can't stand there
};

[[nodiscard]] scan_result scan(const unsigned char* p, std::size_t size) noexcept {
    std::size_t i = 0;
    while (i != size) {
        if (p[i] < 0x80) {
            i += ascii_prefix(p + i, size - i);
            continue;
        }
        const unsigned wanted = character_size(p[i]);
        if (wanted == 0) return {i, 0, true};
        for (unsigned k = 1; k < wanted; ++k) {
            if (i + k == size) return {i, k, false};
            const bool fits = k == 1 ? may_follow(p[i], p[i + 1]) : (p[i + k] & 0xC0) == 0x80;
            if (!fits) return {i, k, true};
        }
        i += wanted;
    }
    return {size, 0, false};
}

/// Octets at the end that may belong to a character that isn't complete: at most three, from its lead octet on.
[[nodiscard]] std::size_t unfinished_tail(const unsigned char* p, std::size_t size) noexcept {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, size); ++back) {
        const unsigned char octet = p[size - back];
        if ((octet & 0xC0) == 0x80) continue;
        return character_size(octet) > back ? back : 0;
    }
    return 0;
}

// Up to these sizes a call through the library's dispatch costs more than it saves (bench/utf8_bench.cpp).
constexpr std::size_t small_ascii_size = 256;
constexpr std::size_t small_mixed_size = 24;

[[nodiscard]] scan_result check(const unsigned char* p, std::size_t size) noexcept {
    const std::size_t ascii = size <= small_ascii_size ? ascii_prefix(p, size) : detail::long_ascii_prefix(p, size);
    if (ascii == size) return {size, 0, false};
    if (size - ascii <= small_mixed_size) {
        const scan_result rest = scan(p + ascii, size - ascii);
        return {ascii + rest.valid, rest.pending, rest.failed};
    }
    const std::size_t tail = unfinished_tail(p, size);
    const std::size_t whole = size - tail;
    const std::size_t start = ascii / 64 * 64;  // the library takes blocks of 64 octets
    const bool is_valid = simdjson::validate_utf8(reinterpret_cast<const char*>(p + start), whole - start);
    const std::size_t known = is_valid ? whole : ascii;
    const scan_result rest = scan(p + known, size - known);
    return {known + rest.valid, rest.pending, rest.failed};
}

}  // namespace

bool is_utf8(byte_view bytes) noexcept {
    const scan_result r = check(octets_of(bytes), bytes.size());
    return !r.failed && r.pending == 0;
}

std::size_t first_invalid_utf8(byte_view bytes) noexcept {
    const scan_result r = check(octets_of(bytes), bytes.size());
    return r.valid + r.pending;
}

bool utf8_validator::update(byte_view chunk) noexcept {
    if (failed_) return false;
    const unsigned char* p = octets_of(chunk);
    std::size_t size = chunk.size();
    if (size == 0) return true;

    if (pending_size_ != 0) {
        const auto lead = static_cast<unsigned char>(pending_[0]);
        const unsigned wanted = character_size(lead);
        while (pending_size_ < wanted && size != 0) {
            const bool fits = pending_size_ == 1 ? may_follow(lead, *p) : (*p & 0xC0) == 0x80;
            if (!fits) {
                fail();
                return false;
            }
            if (pending_size_ < pending_.size()) pending_[pending_size_] = static_cast<std::byte>(*p);
            ++pending_size_;
            ++p;
            --size;
            ++offset_;
        }
        if (pending_size_ < wanted) return true;
        forget_pending();
    }

    const scan_result r = check(p, size);
    offset_ += r.valid + r.pending;
    if (r.failed) {
        fail();
        return false;
    }
    if (r.pending != 0) std::memcpy(pending_.data(), p + r.valid, r.pending);
    pending_size_ = static_cast<std::uint8_t>(r.pending);
    return true;
}

}  // namespace mint
