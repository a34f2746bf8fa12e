#include "http1/chunk_decoder.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace mint::http1::detail {

namespace {

bool is_control(char c) noexcept {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && u != '\t') || u == 0x7F;
}

using mint::detail::is_blank;

}  // namespace

std::expected<chunk_decoder::step, error> chunk_decoder::next(byte_view& input) {
    while (!input.empty()) {
        if (state_ == state::content) {
            const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            const byte_view content = input.first(taken);
            input = input.subspan(taken);
            left_ -= taken;
            content_size_ += taken;
            if (left_ == 0) state_ = state::content_end;
            return step{event::content, content};
        }
        if (auto taken = take(static_cast<char>(input.front())); !taken) return std::unexpected(taken.error());
        input = input.subspan(1);
        if (is_last_ && state_ == state::content) return step{event::last_chunk};
    }
    return step{event::need_more};
}

std::expected<void, error> chunk_decoder::take(char c) {
    switch (state_) {
        case state::size_start:
        case state::size:
            if (const int digit = mint::detail::hex_value(c); digit >= 0)
                return take_digit(static_cast<unsigned>(digit));
            if (state_ == state::size_start) return std::unexpected(errc::invalid_chunk);
            [[fallthrough]];
        case state::blanks:
        case state::extension:
            if (c == '\n') return std::unexpected(errc::invalid_line_end);
            if (!count_line_byte()) {
                return std::unexpected(error{errc::invalid_chunk, "chunk extensions are too long"});
            }
            if (c == '\r' && state_ != state::blanks) {
                state_ = state::size_line_feed;
                return {};
            }
            if (is_control(c)) return std::unexpected(errc::invalid_chunk);
            if (state_ == state::extension) return {};
            // Blanks may stand before an extension only (RFC 9112 §7.1.1).
            if (c != ';' && !is_blank(c)) return std::unexpected(errc::invalid_chunk);
            state_ = c == ';' ? state::extension : state::blanks;
            return {};
        case state::size_line_feed:
            if (c != '\n') return std::unexpected(errc::invalid_line_end);
            is_last_ = left_ == 0;
            state_ = state::content;
            return {};
        case state::content_end:
            if (c == '\n') return std::unexpected(errc::invalid_line_end);
            if (c != '\r') return std::unexpected(error{errc::invalid_chunk, "a chunk is longer than its size"});
            state_ = state::end_line_feed;
            return {};
        case state::end_line_feed:
            if (c != '\n') return std::unexpected(errc::invalid_line_end);
            state_ = state::size_start;
            line_size_ = 0;
            return {};
        case state::content: break;
    }
    std::unreachable();  // content isn't taken by octets
}

bool chunk_decoder::count_line_byte() noexcept {
    if (++line_size_ > free_line_size) ++overhead_size_;
    return line_size_ <= max_chunk_line_size &&
           overhead_size_ - std::min(overhead_size_, content_size_) <= max_overhead_size;
}

std::expected<void, error> chunk_decoder::take_digit(unsigned digit) {
    if (!count_line_byte() || left_ >> 60 != 0) {
        return std::unexpected(error{errc::invalid_chunk, "a chunk size is too big"});
    }
    left_ = left_ * 16 + digit;
    state_ = state::size;
    return {};
}

}  // namespace mint::http1::detail
