#pragma once

#include "support/bit_writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mint::testing {

/// Writes blocks of DEFLATE (RFC 1951 §3.2) whose headers are most of the work. A final block fills its last byte: what
/// follows it in a message begins with a new one (RFC 7692 §7.2.3.4).
class block_writer {
  public:
    explicit block_writer(bool is_final = false) : is_final_(is_final) {}

    void fixed(std::string_view letters, unsigned longest_matches = 0) {
        begin(1);
        for (const char c : letters) out_.put_code(0x30U + static_cast<unsigned char>(c), 8);
        for (unsigned i = 0; i < longest_matches; ++i) {
            out_.put_code(0xC5, 8);
            out_.put_code(0, 5);
        }
        out_.put_code(0, 7);
        end();
    }

    void stored(std::string_view content) {
        begin(0);
        fill_byte();
        const auto size = static_cast<unsigned>(content.size());
        out_.put(size, 16);
        out_.put(~size & 0xFFFFU, 16);
        for (const char c : content) out_.put(static_cast<unsigned char>(c), 8);
    }

    /// With these lengths of codes, and nothing in it.
    void dynamic(std::span<const std::uint8_t> literals, std::span<const std::uint8_t> distances) {
        begin(2);
        std::vector<std::uint8_t> lengths(literals.begin(), literals.end());
        lengths.insert(lengths.end(), distances.begin(), distances.end());
        const auto runs = runs_of(lengths);
        constexpr std::array<std::uint8_t, 19> order{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        const auto sizes = sizes_for(runs);
        std::size_t count = order.size();
        while (count > 4 && sizes[order[count - 1]] == 0) --count;
        out_.put(static_cast<unsigned>(literals.size()) - 257, 5);
        out_.put(static_cast<unsigned>(distances.size()) - 1, 5);
        out_.put(static_cast<unsigned>(count) - 4, 4);
        for (std::size_t i = 0; i < count; ++i) out_.put(sizes[order[i]], 3);
        for (const run& each : runs) {
            put_symbol(sizes, each.symbol);
            out_.put(each.extra, each.symbol < 16 ? 0 : each.symbol == 16 ? 2 : each.symbol == 17 ? 3 : 7);
        }
        put_symbol(literals, 256);
        end();
    }

    void fill_byte() {
        while (out_.bit_count() % 8 != 0) out_.put(0, 1);
    }

    [[nodiscard]] bool ends_with_byte() const { return out_.bit_count() % 8 == 0; }
    [[nodiscard]] const std::string& bytes() const { return out_.octets(); }

  private:
    /// A length, or how often one is repeated (RFC 1951 §3.2.7).
    struct run {
        unsigned symbol;
        unsigned extra = 0;
    };

    void begin(unsigned type) {
        out_.put(is_final_ ? 1 : 0, 1);
        out_.put(type, 2);
    }

    void end() {
        if (is_final_) fill_byte();
    }

    static std::vector<run> runs_of(std::span<const std::uint8_t> lengths) {
        std::vector<run> runs;
        for (std::size_t i = 0; i < lengths.size();) {
            const auto differs = [&](std::uint8_t length) { return length != lengths[i]; };
            const auto end = std::find_if(lengths.begin() + static_cast<std::ptrdiff_t>(i), lengths.end(), differs);
            auto count = static_cast<unsigned>(end - lengths.begin()) - static_cast<unsigned>(i);
            const bool repeats = i > 0 && lengths[i] == lengths[i - 1];
            if (lengths[i] == 0 && count >= 3) {
                count = std::min(count, 138U);
                runs.push_back(count < 11 ? run{17, count - 3} : run{18, count - 11});
            } else if (repeats && count >= 3) {
                count = std::min(count, 6U);
                runs.push_back({16, count - 3});
            } else {
                count = 1;
                runs.push_back({lengths[i]});
            }
            i += count;
        }
        return runs;
    }

    /// A complete code for the symbols of these runs, whose sizes differ by one bit at most.
    static std::array<std::uint8_t, 19> sizes_for(const std::vector<run>& runs) {
        std::array<std::uint8_t, 19> sizes{};
        for (const run& each : runs) sizes[each.symbol] = 1;
        const auto count = static_cast<unsigned>(std::ranges::count(sizes, 1));
        if (count < 2) return sizes;
        const auto size = static_cast<unsigned>(std::bit_width(count)) - 1;
        unsigned longer_count = 2 * (count - (1U << size));
        for (std::uint8_t& each : sizes) {
            if (each == 0) continue;
            each = static_cast<std::uint8_t>(longer_count > 0 ? size + 1 : size);
            if (longer_count > 0) --longer_count;
        }
        return sizes;
    }

    /// By the codes that those lengths make (RFC 1951 §3.2.2).
    void put_symbol(std::span<const std::uint8_t> sizes, std::size_t symbol) {
        unsigned code = 0;
        for (unsigned size = 1; size < sizes[symbol]; ++size) {
            code = (code + static_cast<unsigned>(std::ranges::count(sizes, size))) << 1U;
        }
        code += static_cast<unsigned>(std::ranges::count(sizes.first(symbol), sizes[symbol]));
        out_.put_code(code, sizes[symbol]);
    }

    bool is_final_;
    bit_writer out_;
};

/// A few KiB of blocks that end with a byte: any number of copies, and a byte 00 at the end, is a message's payload.
struct hostile_blocks {
    std::string name;
    std::string bytes;
};

/// Each kind of block that costs a decoder more than its bytes do, final and not, by itself and by turns.
inline std::vector<hostile_blocks> all_hostile_blocks() {
    using write_function = std::function<void(block_writer&)>;
    std::vector<std::uint8_t> few(257);
    few[97] = few[256] = 1;
    std::vector<std::uint8_t> full(286, 8);
    std::fill_n(full.begin() + 226, 60, std::uint8_t{9});
    std::vector<std::uint8_t> far(30, 5);
    far[0] = far[1] = 4;
    std::vector<std::uint8_t> lengthy(286);
    for (std::size_t i = 0; i < 16; ++i) lengthy[241 + i] = static_cast<std::uint8_t>(std::min<std::size_t>(i + 1, 15));
    const std::vector<std::uint8_t> one_far{1};
    std::vector<std::pair<std::string, write_function>> kinds{
        {"fixed, empty", [](block_writer& w) { w.fixed(""); }},
        {"fixed, a letter", [](block_writer& w) { w.fixed("a"); }},
        {"fixed, a match", [](block_writer& w) { w.fixed("a", 1); }},
        {"fixed, 8 matches", [](block_writer& w) { w.fixed("a", 8); }},
        {"fixed, 32 matches", [](block_writer& w) { w.fixed("a", 32); }},
        {"stored, empty", [](block_writer& w) { w.stored(""); }},
        {"stored, a letter", [](block_writer& w) { w.stored("a"); }},
        {"stored, 64 letters", [](block_writer& w) { w.stored(std::string(64, 'a')); }},
        {"dynamic, least", [&](block_writer& w) { w.dynamic(few, one_far); }},
        {"dynamic, all codes", [&](block_writer& w) { w.dynamic(full, far); }},
        {"dynamic, long codes", [&](block_writer& w) { w.dynamic(lengthy, one_far); }},
    };
    const auto single_kinds = kinds;
    kinds.emplace_back("by turns", [single_kinds](block_writer& w) {
        for (const auto& [name, write] : single_kinds) write(w);
    });
    kinds.emplace_back("fixed, stored", [](block_writer& w) {
        w.fixed("a");
        w.stored("b");
    });
    constexpr std::size_t enough = 2000;
    std::vector<hostile_blocks> all;
    for (const bool is_final : {false, true}) {
        for (const auto& [name, write] : kinds) {
            block_writer out{is_final};
            do write(out);
            while (out.bytes().size() < enough || !out.ends_with_byte());
            all.push_back({name + (is_final ? ", final" : ""), out.bytes()});
        }
    }
    return all;
}

}  // namespace mint::testing
