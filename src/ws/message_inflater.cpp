#include "ws/message_inflater.hpp"

#include "ws/bit_reader.hpp"
#include "ws/huffman_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

namespace mint::ws::detail {

namespace {

constexpr std::size_t longest_match = 258;
constexpr std::size_t copy_step = 16;
constexpr std::size_t literals_at_once = 3;

/// What one turn of the loop may write, a match's last step whole.
constexpr std::size_t turn_size = literals_at_once + longest_match + copy_step;

/// Behind the payload: a load that looks ahead, and all that may be read before it is seen that the payload is over.
constexpr std::size_t input_padding = 64;

constexpr unsigned max_code_size = 12;
constexpr unsigned max_distance_extra = 13;

/// Of code lengths, which are coded themselves (RFC 1951 §3.2.7).
constexpr unsigned max_length_code_size = 7;
using length_code_table = huffman_table<max_length_code_size>;

constexpr std::size_t literal_count = 286;  // literals, the end of the block, and lengths
constexpr std::size_t distance_count = 30;
constexpr std::size_t length_code_count = 19;
constexpr std::size_t end_of_block = 256;

/// Literals and lengths; two more have fixed codes and no meaning.
constexpr auto literals_and_lengths = [] {
    std::array<symbol, literal_count + 2> all{};
    all.fill({symbol_kind::invalid, 0});
    for (unsigned i = 0; i < 256; ++i) all[i] = {symbol_kind::literal, i};
    all[end_of_block] = {symbol_kind::end_of_block, 0};
    // Eight of one bit's difference less than the next eight have, in fours; the last is the longest by itself.
    unsigned length = 3;
    for (unsigned i = 257; i < 285; ++i) {
        const unsigned extra = i < 265 ? 0 : (i - 261) / 4;
        all[i] = {symbol_kind::number, length, extra};
        length += 1U << extra;
    }
    all[285] = {symbol_kind::number, longest_match};
    return all;
}();

constexpr auto distances = [] {
    std::array<symbol, distance_count + 2> all{};
    all.fill({symbol_kind::invalid, 0});
    unsigned distance = 1;
    for (unsigned i = 0; i < distance_count; ++i) {
        const unsigned extra = i < 4 ? 0 : i / 2 - 1;
        all[i] = {symbol_kind::number, distance, extra};
        distance += 1U << extra;
    }
    return all;
}();

/// A length, the last one again, or zeros.
constexpr auto code_lengths = [] {
    std::array<symbol, length_code_count> all{};
    for (unsigned i = 0; i < 16; ++i) all[i] = {symbol_kind::literal, i};
    all[16] = {symbol_kind::number, 3, 2};
    all[17] = {symbol_kind::number, 3, 3};
    all[18] = {symbol_kind::number, 11, 7};
    return all;
}();

template <unsigned MaxCodeSize, unsigned MaxDistanceCodeSize>
struct block_tables {
    huffman_table<MaxCodeSize> literals;
    huffman_table<MaxDistanceCodeSize> distances;
};
using described_tables = block_tables<max_code_size, max_code_size>;

/// Those that no block describes (RFC 1951 §3.2.6).
using fixed_block_tables = block_tables<9, 5>;

constexpr bool build_fixed(fixed_block_tables& tables) noexcept {
    coded_symbols literals{};
    for (unsigned i = 0; i < literals_and_lengths.size(); ++i) {
        literals.add(i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
    }
    coded_symbols far{};
    for (unsigned i = 0; i < distances.size(); ++i) far.add(i, 5);
    return tables.literals.build(literals, literals_and_lengths) && tables.distances.build(far, distances);
}

constexpr auto fixed_tables = [] {
    fixed_block_tables tables{};
    static_cast<void>(build_fixed(tables));
    return tables;
}();
static_assert([] {
    fixed_block_tables tables{};
    return build_fixed(tables);
}());

/// Where the codes of a block are looked up.
struct block_codes {
    template <class Tables>
    explicit block_codes(const Tables& tables) noexcept
        : literals(tables.literals.entries()),
          distances(tables.distances.entries()),
          literal_bits(tables.literals.code_size()),
          distance_bits(tables.distances.code_size()) {}

    const symbol* literals;
    const symbol* distances;
    unsigned literal_bits;
    unsigned distance_bits;
};

/// Writes up to 15 octets more than `length`; what is copied may be what it has just written.
[[gnu::always_inline]] inline void copy_match(std::byte* to, std::size_t distance, std::size_t length) noexcept {
    const std::byte* from = to - distance;
    if (distance >= copy_step) {
        for (std::size_t i = 0; i < length; i += copy_step) std::memcpy(to + i, from + i, copy_step);
    } else {
        for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
    }
}

/// The codes that a block begins with; false where they are for a library. Reads at most 30 octets behind `end`.
bool read_codes(bit_reader& in, std::size_t end, described_tables& tables) noexcept {
    constexpr std::array<std::uint8_t, length_code_count> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
    in.refill();
    const std::size_t used_literal_count = 257 + in.take(5);
    const std::size_t used_distance_count = 1 + in.take(5);
    const std::size_t used_length_code_count = 4 + in.take(4);
    if (used_literal_count > literal_count || used_distance_count > distance_count) return false;
    std::array<std::uint8_t, length_code_count> length_code_sizes{};
    for (std::size_t i = 0; i < used_length_code_count; ++i) {
        if (i % 12 == 0) in.refill();
        length_code_sizes[order[i]] = static_cast<std::uint8_t>(in.take(3));
    }
    coded_symbols lengths;
    for (std::size_t i = 0; i < length_code_count; ++i) {
        if (length_code_sizes[i] != 0) lengths.add(i, length_code_sizes[i]);
    }
    length_code_table table;
    if (!table.build(lengths, code_lengths)) return false;

    const std::size_t count = used_literal_count + used_distance_count;
    coded_symbols literals;
    coded_symbols far;
    bool ends = false;
    std::size_t last_size = 0;
    for (std::size_t i = 0; i < count;) {
        if (in.position() > end) return false;
        in.refill();
        const symbol next = table.entries()[in.peek(table.code_size())];
        in.skip(next.code_size());
        std::size_t run = 1;
        if (next.kind() == symbol_kind::literal) {
            last_size = next.value();
        } else {
            const bool repeats = next.extra_size() == 2;  // the only one with two bits more
            if (repeats && i == 0) return false;
            if (!repeats) last_size = 0;
            run = next.value() + in.take(next.extra_size());
            if (run > count - i) return false;
        }
        if (last_size != 0) {
            ends = ends || (i <= end_of_block && end_of_block < i + run);
            for (std::size_t number = i; number < i + run; ++number) {
                if (number < used_literal_count) {
                    literals.add(number, last_size);
                } else {
                    far.add(number - used_literal_count, last_size);
                }
            }
        }
        i += run;
    }
    return ends && tables.literals.build(literals, literals_and_lengths) && tables.distances.build(far, distances);
}

enum class outcome : std::uint8_t { done, left, lacks_room };

/// Where octets go, behind those that may be gone back to.
struct output {
    const std::byte* begin;
    std::byte* at;
    const std::byte* end;
    std::size_t window_size;
};

/// What follows a stored block's header (RFC 1951 §3.2.4), which ended at that octet of the payload.
[[nodiscard]] outcome inflate_stored(bit_reader& in, std::size_t position, byte_view payload, output& out) noexcept {
    constexpr std::size_t header_size = 4;
    if (position + header_size > payload.size()) return outcome::left;
    in.seek(position);
    in.refill();
    const std::size_t length = in.take(16);
    if ((length ^ in.take(16)) != 0xFFFF) return outcome::left;
    position += header_size;
    if (length > payload.size() - position) return outcome::left;
    if (length > static_cast<std::size_t>(out.end - out.at)) return outcome::lacks_room;
    if (length > 0) std::memcpy(out.at, payload.data() + position, length);
    out.at += length;
    in.seek(position + length);
    return outcome::done;
}

/// Literals and matches up to the end of the block.
[[nodiscard, gnu::always_inline]] inline outcome inflate_coded(bit_reader& in, std::size_t payload_size,
                                                               const block_codes& codes, output& to) noexcept {
    std::byte* out = to.at;
    const std::byte* const full = to.end - turn_size;
    while (true) {
        if (out > full) return outcome::lacks_room;
        if (in.position() > payload_size) return outcome::left;
        in.refill();
        symbol next = codes.literals[in.peek(codes.literal_bits)];
        for (std::size_t i = 1; i < literals_at_once && next.kind() == symbol_kind::literal; ++i) {
            in.skip(next.code_size());
            *out++ = static_cast<std::byte>(next.value());
            next = codes.literals[in.peek(codes.literal_bits)];
        }
        in.skip(next.code_size());
        if (next.kind() == symbol_kind::literal) {
            *out++ = static_cast<std::byte>(next.value());
            continue;
        }
        if (next.kind() == symbol_kind::end_of_block) break;
        if (next.kind() == symbol_kind::invalid) return outcome::left;
        // Of 56 bits three literals' 36 are gone at most, or two and a length's 17.
        const std::size_t length = next.value() + in.take(next.extra_size());
        if (in.count() < max_code_size + max_distance_extra) in.refill();
        const symbol far = codes.distances[in.peek(codes.distance_bits)];
        if (far.kind() == symbol_kind::invalid) return outcome::left;
        in.skip(far.code_size());
        const std::size_t distance = far.value() + in.take(far.extra_size());
        if (distance > static_cast<std::size_t>(out - to.begin) || distance > to.window_size) return outcome::left;
        copy_match(out, distance, length);
        out += length;
    }
    to.at = out;
    return outcome::done;
}

/// A whole message, of which `in` has the octets and more behind them.
[[nodiscard]] outcome inflate_blocks(bit_reader in, byte_view payload, output& out) noexcept {
    described_tables described;
    while (true) {
        in.refill();
        if (in.take(1) != 0) return outcome::left;  // BFINAL
        block_codes codes{fixed_tables};
        outcome result = outcome::done;
        switch (in.take(2)) {
            case 0: {
                const std::size_t position = in.position();
                // An empty block's length is the tail, which isn't there.
                if (position == payload.size()) return outcome::done;
                result = inflate_stored(in, position, payload, out);
                break;
            }
            case 1: result = inflate_coded(in, payload.size(), codes, out); break;
            case 2:
                if (!read_codes(in, payload.size(), described)) return outcome::left;
                codes = block_codes{described};
                result = inflate_coded(in, payload.size(), codes, out);
                break;
            default: return outcome::left;
        }
        if (result != outcome::done) return result;
    }
}

}  // namespace

message_inflater::message_inflater(std::uint8_t window_bits) noexcept : window_size_(std::size_t{1} << window_bits) {}

std::optional<byte_view> message_inflater::inflate(byte_view payload) {
    if (payload.size() > max_payload_size) return std::nullopt;
    take_memory();
    std::array<std::byte, max_payload_size + input_padding> input;  // written by what is below
    if (!payload.empty()) std::memcpy(input.data(), payload.data(), payload.size());
    std::memset(input.data() + payload.size(), 0, input_padding);
    const auto try_once = [&] {
        output out{.begin = memory_.data() + begin_,
                   .at = memory_.data() + end_,
                   .end = memory_.data() + memory_.size(),
                   .window_size = window_size_};
        const outcome result = inflate_blocks(bit_reader{input.data()}, payload, out);
        return std::pair{result, static_cast<std::size_t>(out.at - memory_.data())};
    };
    auto [result, end] = try_once();
    if (result == outcome::lacks_room && end_ > window_size_) {
        make_room();
        std::tie(result, end) = try_once();
    }
    if (result != outcome::done) return std::nullopt;
    const std::size_t start = std::exchange(end_, end);
    return byte_view{memory_}.subspan(start, end - start);
}

void message_inflater::take_memory() {
    if (memory_.empty()) memory_.resize(window_size_ + std::max<std::size_t>(window_size_ / 2, 4096));
}

/// Drops what is further back than the window.
void message_inflater::make_room() noexcept {
    const std::size_t from = std::max(begin_, end_ - window_size_);
    std::memmove(memory_.data(), memory_.data() + from, end_ - from);
    end_ -= from;
    begin_ = 0;
}

std::size_t message_inflater::copy_window(std::span<std::byte> to) const noexcept {
    const std::size_t size = std::min({end_ - begin_, window_size_, to.size()});
    if (size > 0) std::memcpy(to.data(), memory_.data() + end_ - size, size);
    return size;
}

void message_inflater::set_window(byte_view window) {
    take_memory();
    window = window.last(std::min(window.size(), window_size_));
    if (!window.empty()) std::memcpy(memory_.data(), window.data(), window.size());
    begin_ = 0;
    end_ = window.size();
}

void message_inflater::release() noexcept {
    reset();
    std::vector<std::byte>{}.swap(memory_);
}

}  // namespace mint::ws::detail
