#include <mint/base/random.hpp>

#include <array>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

/// Hands out 0, 1, 2, … as 32-bit numbers, and remembers where its block is.
class counting_source final : public random_source {
  public:
    int refill_count = 0;
    std::span<std::byte> block;

  protected:
    void refill(std::span<std::byte, block_size> b) noexcept override {
        ++refill_count;
        block = b;
        for (std::uint32_t i = 0; i < block_size / 4; ++i) {
            const std::uint32_t n = next_++;
            std::memcpy(b.data() + i * 4UL, &n, 4);
        }
    }

  private:
    std::uint32_t next_ = 0;
};

TEST(random_source, hands_out_each_octet_once_and_refills_in_blocks) {
    counting_source s;
    for (std::uint32_t i = 0; i < 12'000; ++i) ASSERT_EQ(s.next_u32(), i);
    EXPECT_EQ(s.refill_count, 3);
}

TEST(random_source, wipes_what_it_handed_out) {
    counting_source s;
    (void)s.next_u32();
    (void)s.next_u32();
    std::array<std::byte, 8> out{};
    s.fill(out);
    for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(s.block[i], std::byte{0});
    std::uint32_t next = 0;
    std::memcpy(&next, s.block.data() + 16, 4);
    EXPECT_EQ(next, 4U);
}

TEST(random_source, fills_across_blocks) {
    counting_source s;
    (void)s.next_u32();
    std::vector<std::uint32_t> out(20'000);
    s.fill(std::as_writable_bytes(std::span{out}));
    for (std::uint32_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], i + 1);
}

TEST(default_random, does_not_repeat_itself) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t high = default_random().next_u32();
        EXPECT_TRUE(seen.insert(high << 32 | default_random().next_u32()).second);
    }
}

TEST(default_random, sets_every_bit_about_half_of_the_time) {
    constexpr int draws = 40'000;
    std::array<int, 32> ones{};
    for (int i = 0; i < draws; ++i) {
        const std::uint32_t n = default_random().next_u32();
        for (std::size_t bit = 0; bit < 32; ++bit) ones[bit] += static_cast<int>(n >> bit & 1U);
    }
    for (const int count : ones) {
        EXPECT_GT(count, draws / 2 - 1000);  // ten standard deviations
        EXPECT_LT(count, draws / 2 + 1000);
    }
}

TEST(default_random, is_another_one_on_each_thread) {
    random_source* other = nullptr;
    std::thread{[&] { other = &default_random(); }}.join();
    EXPECT_NE(other, &default_random());
}

}  // namespace
}  // namespace mint
