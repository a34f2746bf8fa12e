#include <mint/base/random.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/crypto.h>

namespace mint {
namespace {

using numbers = std::array<std::uint32_t, 16>;

/// What a child and its parent share, however the child was made.
struct drawings {
    numbers childs{};
    bool is_complete = false;
};

int draw_as_child(void* shared) {
    auto& drawn = *static_cast<drawings*>(shared);
    for (std::uint32_t& n : drawn.childs) n = default_random().next_u32();
    drawn.is_complete = true;
    return 0;
}

/// Whether a child that `make_child` makes, and that draws, draws what its parent doesn't. `make_child` returns the
/// parent's view of the child; it doesn't return in the child.
[[nodiscard]] bool child_differs(const std::function<pid_t(drawings*)>& make_child) {
    (void)default_random().next_u32();  // a block with unused bytes is there
    void* const page = ::mmap(nullptr, sizeof(drawings), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return false;
    auto* const drawn = new (page) drawings;
    const pid_t child = make_child(drawn);
    numbers parents{};
    for (std::uint32_t& n : parents) n = default_random().next_u32();
    int status = -1;
    if (child < 0 || ::waitpid(child, &status, __WALL) != child || status != 0 || !drawn->is_complete) return false;
    const numbers childs = drawn->childs;
    ::munmap(page, sizeof(drawings));
    return std::ranges::none_of(childs, [&](std::uint32_t n) { return std::ranges::count(parents, n) > 0; });
}

[[nodiscard]] pid_t draw_in_child_of(pid_t made, drawings* drawn) {
    if (made == 0) ::_exit(draw_as_child(drawn));
    return made;
}

pid_t by_fork(drawings* drawn) { return draw_in_child_of(::fork(), drawn); }

/// Runs no handler of pthread_atfork.
pid_t by_fork_without_handlers(drawings* drawn) { return draw_in_child_of(::_Fork(), drawn); }

/// Nor does the C library know of this one.
pid_t by_system_call(drawings* drawn) {
    return draw_in_child_of(static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)),
                            drawn);
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MINT_TEST_CHILDREN_MAY_SHARE_MEMORY 0  // the sanitizer ends the program in such a child
#endif
#endif
#ifndef MINT_TEST_CHILDREN_MAY_SHARE_MEMORY
#define MINT_TEST_CHILDREN_MAY_SHARE_MEMORY 1
#endif

#if MINT_TEST_CHILDREN_MAY_SHARE_MEMORY
/// As vfork: the child runs first, on the parent's own memory.
pid_t by_sharing_memory(drawings* drawn) {
    static std::vector<std::byte> stack(256 * 1024);
    return ::clone(draw_as_child, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, drawn);
}
constexpr std::array makers{by_fork, by_fork_without_handlers, by_system_call, by_sharing_memory};
#else
constexpr std::array makers{by_fork, by_fork_without_handlers, by_system_call};
#endif

TEST(default_random, a_child_process_does_not_repeat_its_parent) { EXPECT_TRUE(child_differs(by_fork)); }

TEST(default_random, a_child_made_without_handlers_does_not_repeat_its_parent) {
    EXPECT_TRUE(child_differs(by_fork_without_handlers));
}

TEST(default_random, a_child_made_by_a_system_call_does_not_repeat_its_parent) {
    EXPECT_TRUE(child_differs(by_system_call));
}

#if MINT_TEST_CHILDREN_MAY_SHARE_MEMORY
TEST(default_random, a_child_that_shares_its_parents_memory_does_not_repeat_it) {
    EXPECT_TRUE(child_differs(by_sharing_memory));
}
#endif

TEST(default_random, children_of_children_do_not_repeat_each_other) {
    EXPECT_TRUE(child_differs([](drawings* drawn) {
        const pid_t child = ::_Fork();
        if (child == 0) ::_exit(child_differs(by_system_call) ? draw_as_child(drawn) : 1);
        return child;
    }));
}

/// From here on this process's kernel is one before Linux 4.14, which can't wipe memory in a child.
void forget_wiping() {
    constexpr std::size_t low_half = std::endian::native == std::endian::little ? 0 : 4;
    const auto advice = static_cast<std::uint32_t>(offsetof(seccomp_data, args[2]) + low_half);
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offsetof(seccomp_data, nr))),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, advice),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_WIPEONFORK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 22U),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(2);
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) ::_exit(3);
}

/// Each statement runs in a program of its own, in which nothing was drawn before.
class default_random_afresh : public ::testing::Test {
  protected:
    default_random_afresh() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(default_random_afresh, a_child_does_not_repeat_its_parent_on_a_kernel_that_cannot_wipe) {
    for (const auto make_child : makers) {
        EXPECT_EXIT(
            {
                forget_wiping();
                ::_exit(child_differs(make_child) ? 0 : 1);
            },
            ::testing::ExitedWithCode(0), "");
    }
}

TEST_F(default_random_afresh, gives_numbers_when_no_memory_can_be_allocated) {
    const auto draw = [] {
        const auto no_memory = [](std::size_t, const char*, int) -> void* { return nullptr; };
        const auto none_again = [](void*, std::size_t, const char*, int) -> void* { return nullptr; };
        const auto free_none = [](void*, const char*, int) {};
        if (::CRYPTO_set_mem_functions(no_memory, none_again, free_none) != 1) ::_exit(2);
        std::vector<std::uint32_t> drawn(10'000);
        for (std::uint32_t& n : drawn) n = default_random().next_u32();
        std::ranges::sort(drawn);
        const auto repeated = drawn.end() - std::ranges::unique(drawn).begin();
        ::_exit(repeated < 5 ? 0 : 1);
    };
    EXPECT_EXIT(draw(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace mint
