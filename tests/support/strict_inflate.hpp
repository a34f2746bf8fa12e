#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint::testing {

/// DEFLATE read bit by bit, by the words of RFC 1951 and RFC 7692 and no library: what a message means, or nothing
/// where it is corrupt or cut. Slow and plain, to hold the others against.
///
/// A message is blocks, then the header of an empty stored block, whose length is the tail that isn't sent; behind a
/// block with BFINAL it may end too, or go on with other blocks at the next octet. Codes have to be complete, as zlib
/// wants them: one alone of one bit passes, and distances may have none.
class strict_inflater {
  public:
    explicit strict_inflater(std::size_t window_size = 32 * 1024) : window_size_(window_size) {}

    /// Without the tail. Behind nothing it is over.
    [[nodiscard]] std::optional<std::string> message(std::string_view octets) {
        octets_ = octets;
        position_ = 0;
        const std::size_t start = text_.size();
        while (true) {
            const auto is_final = bits(1);
            const auto type = bits(2);
            if (!is_final || !type) return std::nullopt;
            if (*type == 0) {
                position_ = (position_ + 7) / 8 * 8;
                if (position_ == 8 * octets_.size()) return text_.substr(start);
                if (!stored_block()) return std::nullopt;
            } else if (*type == 1) {
                if (!compressed_block(fixed_lengths(), code(std::vector<unsigned>(30, 5)))) return std::nullopt;
            } else if (*type != 2 || !dynamic_block()) {
                return std::nullopt;
            }
            if (*is_final == 0) continue;
            position_ = (position_ + 7) / 8 * 8;
            if (position_ == 8 * octets_.size()) return text_.substr(start);
        }
    }

    /// Of all messages, and what came before what was wrong.
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    /// How many codes there are of each length, and whose they are in order (RFC 1951 §3.2.2).
    struct code {
        std::array<unsigned, 16> count{};
        std::vector<unsigned> symbols;
        bool is_oversubscribed = false;
        unsigned unused = 0;  ///< of the longest codes that there could be

        explicit code(const std::vector<unsigned>& lengths) {
            for (const unsigned length : lengths) ++count.at(length);
            count[0] = 0;
            unsigned left = 1;
            for (unsigned length = 1; length < 16; ++length) {
                left *= 2;
                is_oversubscribed = is_oversubscribed || count.at(length) > left;
                left -= std::min(left, count.at(length));
                for (unsigned i = 0; i < lengths.size(); ++i) {
                    if (lengths[i] == length) symbols.push_back(i);
                }
            }
            unused = left;
        }
        [[nodiscard]] bool is_complete() const { return !is_oversubscribed && unused == 0; }
        [[nodiscard]] bool is_one_bit() const { return symbols.size() == 1 && count[1] == 1; }
    };

    [[nodiscard]] std::optional<unsigned> bits(unsigned size) {
        if (position_ + size > 8 * octets_.size()) return std::nullopt;
        unsigned value = 0;
        for (unsigned i = 0; i < size; ++i, ++position_) {
            const unsigned octet = static_cast<unsigned char>(octets_[position_ / 8]);
            value |= (octet >> position_ % 8 & 1U) << i;
        }
        return value;
    }

    [[nodiscard]] std::optional<unsigned> symbol(const code& c) {
        unsigned value = 0;
        unsigned first = 0;
        std::size_t index = 0;
        for (unsigned length = 1; length < 16; ++length) {
            const auto next = bits(1);
            if (!next) return std::nullopt;
            value = value * 2 + *next;
            first *= 2;
            if (value < first + c.count.at(length)) return c.symbols.at(index + value - first);
            index += c.count.at(length);
            first += c.count.at(length);
        }
        return std::nullopt;
    }

    [[nodiscard]] bool stored_block() {
        const auto length = bits(16);
        const auto complement = bits(16);
        if (!length || !complement || (*length ^ 0xFFFFU) != *complement) return false;
        if (position_ / 8 + *length > octets_.size()) return false;
        text_.append(octets_.substr(position_ / 8, *length));
        position_ += 8 * std::size_t{*length};
        return true;
    }

    [[nodiscard]] static code fixed_lengths() {
        std::vector<unsigned> lengths(288, 8);
        std::fill(lengths.begin() + 144, lengths.begin() + 256, 9U);
        std::fill(lengths.begin() + 256, lengths.begin() + 280, 7U);
        return code{lengths};
    }

    [[nodiscard]] bool dynamic_block() {
        constexpr std::array<unsigned, 19> order{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        const auto literal_count = bits(5);
        const auto distance_count = bits(5);
        const auto length_count = bits(4);
        if (!literal_count || !distance_count || !length_count) return false;
        if (*literal_count > 29 || *distance_count > 29) return false;
        std::vector<unsigned> of_lengths(19);
        for (unsigned i = 0; i < *length_count + 4; ++i) {
            const auto length = bits(3);
            if (!length) return false;
            of_lengths.at(order.at(i)) = *length;
        }
        const code lengths_code{of_lengths};
        if (!lengths_code.is_complete()) return false;
        const std::size_t wanted = *literal_count + 257 + *distance_count + 1;
        std::vector<unsigned> lengths;
        while (lengths.size() < wanted) {
            const auto next = symbol(lengths_code);
            if (!next) return false;
            if (*next < 16) {
                lengths.push_back(*next);
                continue;
            }
            if (*next == 16 && lengths.empty()) return false;
            const unsigned repeated = *next == 16 ? lengths.back() : 0;
            const auto more = bits(*next == 16 ? 2 : *next == 17 ? 3 : 7);
            if (!more) return false;
            lengths.insert(lengths.end(), *more + (*next == 18 ? 11 : 3), repeated);
        }
        if (lengths.size() > wanted || lengths[256] == 0) return false;
        const auto split = lengths.begin() + *literal_count + 257;
        const code literals{{lengths.begin(), split}};
        const code distances{{split, lengths.end()}};
        if (!literals.is_complete() && !literals.is_one_bit()) return false;
        if (!distances.is_complete() && !distances.is_one_bit() && !distances.symbols.empty()) return false;
        return compressed_block(literals, distances);
    }

    [[nodiscard]] bool compressed_block(const code& literals, const code& distances) {
        while (true) {
            const auto next = symbol(literals);
            if (!next) return false;
            if (*next == 256) return true;
            if (*next < 256) {
                text_.push_back(static_cast<char>(*next));
                continue;
            }
            if (*next > 285) return false;
            const auto length = length_of(*next - 257);
            const auto far = length ? symbol(distances) : std::nullopt;
            if (!far || *far > 29) return false;
            const auto distance = distance_of(*far);
            if (!distance || *distance > std::min(text_.size(), window_size_)) return false;
            for (std::size_t i = 0; i < *length; ++i) text_.push_back(text_[text_.size() - *distance]);
        }
    }

    /// RFC 1951 §3.2.5.
    [[nodiscard]] std::optional<std::size_t> length_of(unsigned number) {
        if (number < 8) return 3 + number;
        if (number == 28) return 258;
        const unsigned extra = number / 4 - 1;
        const auto more = bits(extra);
        if (!more) return std::nullopt;
        return 3 + ((4 + number % 4) << extra) + *more;
    }
    [[nodiscard]] std::optional<std::size_t> distance_of(unsigned number) {
        if (number < 4) return 1 + number;
        const unsigned extra = number / 2 - 1;
        const auto more = bits(extra);
        if (!more) return std::nullopt;
        return 1 + ((2 + number % 2) << extra) + *more;
    }

    std::size_t window_size_;
    std::string text_;
    std::string_view octets_;
    std::size_t position_ = 0;  ///< in bits
};

}  // namespace mint::testing
