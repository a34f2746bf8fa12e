#pragma once

#include <mint/base/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace mint::testing {

/// Calls `check` with the chunks of `input` for every way of splitting it that matters: whole, octet by octet, at every
/// single position, with empty chunks between, and at random positions (the same ones in each run).
///
/// `check` takes a `const std::vector<byte_view>&`; what it finds must not depend on the split.
template <class Check>
void for_each_split(byte_view input, Check&& check) {
    check(std::vector<byte_view>{input});

    std::vector<byte_view> single;
    for (std::size_t i = 0; i < input.size(); ++i) single.push_back(input.subspan(i, 1));
    check(single);

    // Long inputs would take quadratic time: then the positions near the ends, where headers are, and a sample between.
    const std::size_t step = std::max<std::size_t>(1, input.size() / 512);
    for (std::size_t at = 1; at < input.size();) {
        check(std::vector<byte_view>{input.first(at), {}, input.subspan(at)});
        at += at < 64 || input.size() - at < 64 ? 1 : step;
    }

    std::mt19937 random{20'260'101};
    for (int round = 0; round < 8; ++round) {
        std::vector<byte_view> chunks;
        std::size_t begin = 0;
        while (begin < input.size()) {
            const std::size_t longest = round % 2 == 0 ? 7 : std::max<std::size_t>(1, input.size() / 2);
            const std::size_t size = std::min(input.size() - begin, 1 + random() % longest);
            chunks.push_back(input.subspan(begin, size));
            begin += size;
        }
        check(chunks);
    }
}

template <class Check>
void for_each_split(std::string_view input, Check&& check) {
    for_each_split(as_bytes(input), std::forward<Check>(check));
}

}  // namespace mint::testing
