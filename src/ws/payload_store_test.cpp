#include "ws/payload_store.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

constexpr std::uint64_t unbounded = 1ULL << 40U;

void add(payload_store& store, std::string_view octets, std::uint64_t max_payload_size = unbounded) {
    std::memcpy(store.prepare(octets.size(), max_payload_size), octets.data(), octets.size());
    store.commit(octets.size());
}

TEST(payload_store, views_of_finished_payloads_live_while_others_grow) {
    payload_store store;
    store.begin_batch(false);
    add(store, "first");
    const byte_view first = store.finish();
    add(store, "second");
    const byte_view second = store.finish();
    for (int i = 0; i < 1000; ++i) add(store, std::string(100, 'x'));
    EXPECT_EQ(as_text(first), "first");
    EXPECT_EQ(as_text(second), "second");
    EXPECT_EQ(as_text(store.open_payload()), std::string(100'000, 'x'));
}

TEST(payload_store, open_payload_goes_on_over_batches) {
    payload_store store;
    std::string expected;
    for (int batch = 0; batch < 50; ++batch) {
        store.begin_batch(false);
        add(store, "done");
        store.finish();
        add(store, std::string(37, 'a'));
        store.finish();
        EXPECT_TRUE(store.end_batch(0));
        store.begin_batch(false);
        for (int i = 0; i < batch; ++i) {
            add(store, "part");
            expected += "part";
            store.end_batch(4);
            store.begin_batch(false);
        }
        EXPECT_EQ(as_text(store.open_payload()), expected);
        store.finish();
        store.end_batch(0);
        expected.clear();
    }
}

TEST(payload_store, grows_by_doubling_and_no_further_than_the_payload_may) {
    payload_store store;
    std::size_t changed_count = 0;
    std::size_t last_size = 0;
    for (int i = 0; i < 10'000; ++i) {
        store.begin_batch(false);
        add(store, std::string(10, 'x'), 100'000);
        store.end_batch(0);
        EXPECT_LE(store.memory_size(), 2 * store.open_payload().size() + 128);
        if (store.memory_size() != last_size) ++changed_count;
        last_size = store.memory_size();
    }
    EXPECT_LE(changed_count, 15U);
    EXPECT_LE(store.memory_size(), 100'000U + 64);
}

TEST(payload_store, takes_no_memory_in_the_steady_state) {
    payload_store store;
    std::size_t steady_size = 0;
    for (int i = 0; i < 100; ++i) {
        store.begin_batch(false);
        add(store, std::string(500, 'b'));  // completes what the batch before began
        store.finish();
        add(store, std::string(500, 'a'));
        store.end_batch(500);
        if (i == 10) steady_size = store.memory_size();
        if (i > 10) {
            EXPECT_EQ(store.memory_size(), steady_size) << i;
        }
    }
}

TEST(payload_store, gives_a_large_block_back_when_two_batches_need_little) {
    payload_store store;
    store.begin_batch(false);
    add(store, std::string(1'000'000, 'x'));
    store.finish();
    store.end_batch(0);
    for (int i = 0; i < 4; ++i) {
        store.begin_batch(false);
        add(store, "small");
        store.finish();
        store.end_batch(0);
    }
    EXPECT_LT(store.memory_size(), 1000U);
}

TEST(payload_store, keeps_a_large_block_while_as_much_is_announced) {
    payload_store store;
    store.begin_batch(false);
    add(store, std::string(1'000'000, 'x'));
    store.finish();
    store.end_batch(0);
    for (int i = 0; i < 4; ++i) {
        store.begin_batch(false);
        add(store, "small");
        store.end_batch(900'000);
    }
    EXPECT_GE(store.memory_size(), 1'000'000U);
}

TEST(payload_store, copy_has_the_open_payload_in_memory_of_its_own) {
    payload_store store;
    add(store, "finished");
    store.finish();
    add(store, "open");
    payload_store copy{store};
    add(copy, "ed");
    add(store, "s");
    EXPECT_EQ(as_text(copy.open_payload()), "opened");
    EXPECT_EQ(as_text(store.open_payload()), "opens");
}

TEST(payload_store, releases_all_but_the_open_payload) {
    payload_store store;
    add(store, std::string(1000, 'f'));
    store.finish();
    add(store, std::string(1000, 'o'));
    store.release_memory();
    EXPECT_EQ(as_text(store.open_payload()), std::string(1000, 'o'));
    store.finish();
    store.release_memory();
    EXPECT_EQ(store.memory_size(), 0U);
}

}  // namespace
}  // namespace mint::ws::detail
