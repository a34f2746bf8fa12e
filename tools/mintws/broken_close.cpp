#include "broken_close.hpp"

#include "printer.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace mintws {

namespace {

constexpr std::size_t most_before = 3;  // a header of two bytes, and the first of the code

}  // namespace

void broken_close::keep_end(mint::byte_view bytes) {
    size_ += bytes.size();
    end_.append(mint::as_text(bytes.last(std::min(bytes.size(), most_before))));
    end_.erase(0, end_.size() - std::min(end_.size(), most_before));
}

std::string broken_close::describe(const mint::error& broken, mint::byte_view bytes) const {
    const auto all = end_ + std::string{mint::as_text(bytes)};
    const auto begin = size_ - end_.size();
    if (broken != mint::errc::close_code_not_allowed || broken.offset < begin) return {};
    const auto frame = std::string_view{all}.substr(std::min<std::uint64_t>(broken.offset - begin, all.size()));
    if (frame.size() < 4) return {};
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(frame[at]); };
    const std::size_t size = byte(1) & 0x7FU;
    const auto reason = frame.substr(4, std::max<std::size_t>(size, 2) - 2);
    return fmt::format("; it was {}{}{}", byte(2) << 8U | byte(3), reason.empty() ? "" : ": ", visible_line(reason));
}

}  // namespace mintws
