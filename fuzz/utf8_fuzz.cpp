// Invariant: whatever the split, utf8_validator finds the first bad octet that one call over the whole text finds, and
// both agree with is_utf8 and with a decoder that goes octet by octet.
#include <mint/base/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace {

/// The first octet that can't stand in its place, by decoding; `size` where there is none.
std::size_t first_bad(const std::uint8_t* p, std::size_t size, bool& is_whole) {
    std::size_t i = 0;
    while (i < size) {
        const std::uint8_t lead = p[i];
        std::size_t more = 0;
        std::uint8_t low = 0x80;
        std::uint8_t high = 0xBF;
        if (lead < 0x80) {
        } else if (lead >= 0xC2 && lead <= 0xDF) {
            more = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            more = 2;
            if (lead == 0xE0) low = 0xA0;
            if (lead == 0xED) high = 0x9F;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            more = 3;
            if (lead == 0xF0) low = 0x90;
            if (lead == 0xF4) high = 0x8F;
        } else {
            return i;
        }
        ++i;
        for (; more != 0; --more, ++i) {
            if (i == size) {
                is_whole = false;
                return size;
            }
            if (p[i] < low || p[i] > high) return i;
            low = 0x80;
            high = 0xBF;
        }
    }
    return size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::uint32_t split = data[0];
    ++data;
    --size;
    bool is_whole = true;
    const std::size_t bad = first_bad(data, size, is_whole);
    const mint::byte_view text = std::as_bytes(std::span{data, size});
    if (mint::first_invalid_utf8(text) != bad) std::abort();
    if (mint::is_utf8(text) != (bad == size && is_whole)) std::abort();
    mint::utf8_validator whole;
    if (whole.update(text) != (bad == size)) std::abort();
    mint::utf8_validator v;
    bool ok = true;
    for (mint::byte_view rest = text; !rest.empty();) {
        // Chunks of 0 to 511 octets, mostly short ones, drawn from the first octet of the input.
        split = split * 1664525U + 1013904223U;
        const std::size_t longest = (split & 0x100U) != 0 ? 512 : 8;
        const std::size_t chunk = std::min<std::size_t>(rest.size(), (split >> 16U) % longest);
        ok = v.update(rest.first(chunk));
        rest = rest.subspan(chunk);
    }
    if (ok != (bad == size) || v.offset() != bad || v.is_complete() != (bad == size && is_whole)) std::abort();
    if (!(v == whole)) std::abort();
    return 0;
}
