#include "base/process_mark.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(process_mark, keeps_its_number_and_is_never_0) {
    process_mark mark;
    const std::uint32_t number = mark.current();
    EXPECT_NE(number, 0U);
    EXPECT_EQ(mark.current(), number);
}

TEST(process_mark, shows_its_number_as_a_word_or_shows_0) {
    process_mark mark;
    EXPECT_EQ(mark.word(), 0U);
    const std::uint32_t number = mark.current();
    EXPECT_TRUE(mark.word() == number || mark.word() == 0);
}

TEST(process_mark, has_another_number_in_a_copy_of_the_process) {
    process_mark mark;
    const std::uint32_t number = mark.current();
    const pid_t child = ::_Fork();
    if (child == 0) {
        const bool is_unknown = mark.word() == 0;
        const bool is_new = mark.current() != number && mark.current() == mark.current();
        ::_exit(is_unknown && is_new ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(mark.current(), number);
}

}  // namespace
}  // namespace mint::detail
