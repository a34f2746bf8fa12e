#pragma once

#include "conversation.hpp"
#include "support/deflate_pair.hpp"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace mint::test {

/// Messages that shrink and ones that don't, of sizes around every border, there and back.
inline void exchange_messages_of_any_kind_and_size(conversation& c) {
    unsigned number = 0;
    for (const std::size_t size : {0U, 1U, 5U, 100U, 200U, 1000U, 65'535U, 65'536U, 1U << 20U, 3U, 400U}) {
        const std::string json = testing::json_of(size, number++);
        c.send_text(json);
        ASSERT_EQ(c.expect_text(), json) << size;
        const std::string noise = testing::noise_of(size, number);
        c.send(ws::binary{as_bytes(noise)});
        ASSERT_EQ(as_text(c.expect<ws::owned_binary>().payload), noise) << size;
        c.send_text(json);
        ASSERT_EQ(c.expect_text(), json) << size;
    }
}

}  // namespace mint::test
