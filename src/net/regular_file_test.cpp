#include "net/regular_file.hpp"

#include "support/certificates.hpp"
#include "support/count_allocations.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using mint::testing::certificates;
using mint::testing::failing_allocation;

std::size_t open_descriptor_count() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++count;
    return count;
}

/// A file of that content, in the directory of the tests.
std::string file_of(const std::string& content) {
    std::string path = certificates::shared().directory + "/regular";
    std::ofstream{path} << content;
    return path;
}

TEST(regular_file, reads_up_to_its_limit) {
    const std::string path = file_of(std::string(40'000, 'x'));
    const named_file file{.option = "a_file", .path = path, .refusal = errc::invalid_argument};
    EXPECT_EQ(file.read(40'000).value(), std::string(40'000, 'x'));
    const auto longer = file.read(39'999);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error(), errc::invalid_argument);
    EXPECT_EQ(longer.error().system, EFBIG);
    EXPECT_EQ(longer.error().detail, "a_file: " + path);
}

TEST(regular_file, loses_no_descriptor_where_memory_runs_out) {
    const std::string path = file_of(std::string(100'000, 'x'));
    const named_file file{.option = "a_file", .path = path, .refusal = errc::invalid_argument};
    const std::size_t before = open_descriptor_count();
    bool was_read = false;
    std::size_t failure_count = 0;
    for (std::size_t index = 0; !was_read && index < 100; ++index) {
        try {
            const failing_allocation failing{index};
            was_read = file.read(1'000'000).has_value();
        } catch (const std::bad_alloc&) {
            ++failure_count;
        }
    }
    EXPECT_TRUE(was_read);
    EXPECT_GE(failure_count, 2U);
    EXPECT_EQ(open_descriptor_count(), before);
}

TEST(regular_file, has_one_owner) {
    const std::string path = file_of("x");
    const std::size_t before = open_descriptor_count();
    {
        descriptor first{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        descriptor second{std::move(first)};
        EXPECT_GE(second.number(), 0);
        descriptor third;
        third = std::move(second);
        EXPECT_EQ(open_descriptor_count(), before + 1);
    }
    EXPECT_EQ(open_descriptor_count(), before);
}

}  // namespace
}  // namespace mint::net::detail
