#include "support/count_allocations.hpp"
#include "support/deflate_pair.hpp"
#include "ws/deflate_codec.hpp"

#include <new>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::always;
using mint::testing::chain_of;
using mint::testing::deflate_pair;
using mint::testing::json_of;
using mint::testing::messages;

TEST(permessage_deflate_memory, low_memory_is_below_16_kib_each_way) {
    const permessage_deflate_options small = permessage_deflate::low_memory();
    deflate_pair pair{small, small};
    const std::size_t before = pair.client.memory_size();
    buffer out;
    ASSERT_TRUE(pair.client.encode(text{json_of(1000)}, out));
    EXPECT_LT(pair.client.memory_size() - before, 16 * 1024U);
    const std::size_t sending = pair.server.memory_size();
    EXPECT_EQ(messages(pair.server, out.view()), json_of(1000) + "|");
    pair.server.release_memory();
    EXPECT_LT(pair.server.memory_size() - sending, 16 * 1024U + 2000);
}

TEST(permessage_deflate_memory, allocates_nothing_once_it_has_sent_and_received) {
    deflate_pair pair{always, always};
    buffer out;
    std::vector<frame> frames;
    const std::string small = json_of(200);
    const std::string large = json_of(20'000);
    const auto talk = [&] {
        for (const std::string* const message :
             {&small, &small, &large, &large, &large, &large, &large, &small, &large}) {
            out.clear();
            ASSERT_TRUE(pair.client.encode(text{*message}, out));
            ASSERT_TRUE(pair.server.decode(out.view(), frames));
            ASSERT_EQ(std::get<text>(frames.at(0)).payload, *message);
        }
    };
    for (int i = 0; i < 3; ++i) talk();
    const mint::testing::allocation_counter counter;
    for (int i = 0; i < 10; ++i) talk();
    EXPECT_EQ(counter.count(), 0U);
}

/// What `step` does while each of its allocations fails in turn, and with none; how many failed.
template <class Step>
std::size_t with_each_allocation_failing(Step step) {
    for (std::size_t index = 0;; ++index) {
        if (!step(index)) return index;
    }
}

/// True where `action` ran out of memory at that allocation.
template <class Action>
bool lacks_memory(std::size_t index, Action action) {
    const mint::testing::failing_allocation failing{index};
    try {
        action();
    } catch (const std::bad_alloc&) {
        return true;
    }
    return false;
}

TEST(permessage_deflate_memory, may_lack_memory_anywhere_and_writes_half_a_frame_nowhere) {
    const permessage_deflate_options at_level_6{.compression = compression::always, .min_size = 0, .level = 6};
    for (const permessage_deflate_options& options : {always, at_level_6, permessage_deflate::low_memory()}) {
        const std::size_t failed_count = with_each_allocation_failing([&](std::size_t index) {
            deflate_pair pair{options, options};
            buffer out;
            out.append("before");
            const std::string message = json_of(2000);
            const bool lacks = lacks_memory(index, [&] { EXPECT_TRUE(pair.client.encode(text{message}, out)); });
            EXPECT_TRUE(!lacks || out.text() == "before");
            EXPECT_EQ(pair.client.encode(text{message}, out).has_value(), !lacks) << "the window may have seen it";
            return lacks;
        });
        EXPECT_GT(failed_count, 2U);
    }
}

TEST(permessage_deflate_memory, may_lack_memory_anywhere_and_gives_no_wrong_message) {
    deflate_pair source{always, always};
    buffer wires;
    std::string all;
    unsigned number = 0;
    // Small ones, large ones and small ones again: each change takes another library's state.
    for (const std::size_t size : {150U, 150U, 3000U, 3000U, 3000U, 3000U, 3000U, 100U, 100U, 100U, 100U, 100U}) {
        const std::string message = json_of(size, number++);
        ASSERT_TRUE(source.server.encode(text{message}, wires));
        all += message + "|";
    }
    const std::size_t failed_count = with_each_allocation_failing([&](std::size_t index) {
        codec client{{}, chain_of(permessage_deflate::create(always).value()->accept({}).value())};
        std::vector<frame> frames;
        const bool lacks = lacks_memory(index, [&] { EXPECT_TRUE(client.decode(wires.view(), frames)); });
        EXPECT_EQ(client.has_failed(), lacks);
        std::string got;
        for (const frame& f : frames) got.append(std::get<text>(f).payload).append("|");
        EXPECT_TRUE(lacks ? all.starts_with(got) : got == all);
        return lacks;
    });
    EXPECT_GT(failed_count, 8U);
}

TEST(permessage_deflate_memory, may_lack_memory_anywhere_while_it_is_copied) {
    deflate_pair pair{always, always};
    buffer out;
    for (const std::size_t size : {150U, 3000U, 3000U}) {
        out.clear();
        ASSERT_TRUE(pair.client.encode(text{json_of(size)}, out));
        EXPECT_EQ(messages(pair.server, out.view()), json_of(size) + "|");
    }
    const std::size_t failed_count = with_each_allocation_failing([&](std::size_t index) {
        return lacks_memory(index, [&] {
            const codec client = pair.client;  // NOLINT(performance-unnecessary-copy-initialization): it is the point
            const codec server = pair.server;  // NOLINT(performance-unnecessary-copy-initialization): the same
        });
    });
    EXPECT_GT(failed_count, 4U);
    out.clear();
    ASSERT_TRUE(pair.client.encode(text{json_of(3000)}, out));
    EXPECT_EQ(messages(pair.server, out.view()), json_of(3000) + "|");
}

}  // namespace
}  // namespace mint::ws
