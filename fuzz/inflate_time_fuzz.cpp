// Invariant: whatever blocks a compressed message has, inflating it takes at most three times the processor time that
// zlib alone takes for the same bytes, however they come.
#include "support/inflate_times.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <zlib.h>

namespace {

using namespace mint;

constexpr double bound = 3;

/// The largest part at the front that is whole blocks and whole bytes: it may be repeated.
std::string_view blocks_of(std::string_view input) {
    z_stream z{};
    if (::inflateInit2(&z, -15) != Z_OK) std::abort();
    std::vector<Bytef> room(std::size_t{64} * 1024);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // NOLINT(*-const-cast): zlib only reads it
    z.avail_in = static_cast<uInt>(input.size());
    std::size_t size = 0;
    while (true) {
        z.next_out = room.data();
        z.avail_out = static_cast<uInt>(room.size());
        const int result = ::inflate(&z, Z_BLOCK);
        constexpr int is_after_block = 128;
        constexpr int held_bits = 0x3F;
        const bool is_whole = result == Z_STREAM_END ||
                              (result == Z_OK && (z.data_type & is_after_block) != 0 && (z.data_type & held_bits) == 0);
        if (is_whole) size = input.size() - z.avail_in;
        if (result == Z_STREAM_END) ::inflateResetKeep(&z);
        if (result != Z_OK && result != Z_STREAM_END) break;
    }
    ::inflateEnd(&z);
    return input.substr(0, size);
}

void require_time(std::string_view payload, const testing::inflate_way& way) {
    constexpr double measurable = 0.5e-3;
    constexpr int max_try_count = 30;
    testing::inflate_times once;
    once.measure(payload, way, 1);
    const std::size_t count = 1 + static_cast<std::size_t>(std::min(500.0, measurable / once.zlib));
    testing::inflate_times times;
    for (int i = 0; i < max_try_count; ++i) {
        times.measure(payload, way, count);
        if (times.ratio() <= bound) return;
    }
    std::fprintf(stderr, "%.1f times zlib's %.1f ns for a byte\n", times.ratio(),
                 1e9 * times.zlib / static_cast<double>(count * payload.size()));
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t max_unit_size = 8000;
    if (size < 2) return 0;
    const std::string input(reinterpret_cast<const char*>(data) + 1, std::min(size - 1, max_unit_size));
    const std::string_view unit = blocks_of(input);
    if (unit.empty()) return 0;
    const unsigned choice = data[0];
    const std::size_t least_size = (choice & 1U) != 0 ? 4096 : 32 * 1024;
    std::string payload;
    while (payload.size() < least_size) payload += unit;
    payload.push_back('\0');
    testing::inflate_way way{.is_afresh = (choice & 2U) != 0};
    if ((choice & 4U) != 0) way.step = (choice & 8U) != 0 ? 100 : 1000;
    require_time(payload, way);
    return 0;
}
