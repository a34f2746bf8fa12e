#pragma once

#include "support/deflate_pair.hpp"
#include "ws/buffer_output.hpp"
#include "ws/deflate_backend.hpp"

#include <mint/base/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::testing {

/// Messages of all sizes and kinds, small and large ones in runs and mixed: those change what is chosen for them.
inline std::vector<std::string> all_messages() {
    std::vector<std::string> all;
    unsigned number = 0;
    for (const std::size_t size :
         {1U,   2U,    5U,    30U,     100U,    200U,    300U,    500U,    511U,     512U,
          513U, 1000U, 5000U, 20'000U, 32'767U, 32'768U, 32'769U, 65'536U, 100'000U, 300'000U}) {
        all.push_back(json_of(size, number++));
        all.push_back(noise_of(size, number));
        all.push_back(std::string(size, 'r'));
        all.push_back(json_of(size, 3));
    }
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 6; ++i) all.push_back(json_of(150, number++ % 7));
        for (int i = 0; i < round % 8; ++i)
            all.push_back(json_of(2000U + 700U * static_cast<unsigned>(round), number++ % 5));
        all.push_back(noise_of(40'000, number));
    }
    return all;
}

inline std::string compressed(ws::detail::compressor& c, std::string_view message, bool is_last = true) {
    buffer made;
    ws::detail::buffer_output out{made, ws::detail::max_compressed_size(message.size())};
    c.compress(as_bytes(message), is_last, out);
    EXPECT_FALSE(out.is_exceeded());
    return std::string{made.text()};
}

/// The message, or what is wrong; `step` octets at a time.
inline std::string decompressed(ws::detail::decompressor& d, std::string_view octets, std::size_t step = 1U << 30U,
                                std::size_t budget = 1U << 20U) {
    buffer made;
    ws::detail::buffer_output out{made, budget};
    d.begin_message(octets.size());
    byte_view rest = as_bytes(octets);
    do {
        const byte_view now = rest.first(std::min(rest.size(), step));
        rest = rest.subspan(now.size());
        if (!d.decompress(now, rest.empty(), out)) return "corrupt";
    } while (!rest.empty());
    return out.is_exceeded() ? "too much" : std::string{made.text()};
}

}  // namespace mint::testing
