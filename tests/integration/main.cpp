#include <cstdlib>
#include <cstring>
#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace {

constexpr unsigned deadline_seconds = 60;  // a test takes a second; a busy machine with sanitizers some more

char running_test[256];

extern "C" void report_deadline(int) {
    const char what[] = "\ndeadline passed in ";
    // Only what is safe in a signal handler.
    if (::write(STDERR_FILENO, what, sizeof what - 1) < 0 ||
        ::write(STDERR_FILENO, running_test, std::strlen(running_test)) < 0 || ::write(STDERR_FILENO, "\n", 1) < 0)
        ::_exit(2);
    ::_exit(1);
}

/// Ends the program when a single test takes too long: a test that waits for ever is a failure like another.
class deadline_of_each_test : public testing::EmptyTestEventListener {
    void OnTestStart(const testing::TestInfo& test) override {
        const std::string name = std::string{test.test_suite_name()} + "." + test.name();
        std::strncpy(running_test, name.c_str(), sizeof running_test - 1);
        ::alarm(deadline_seconds);
    }
    void OnTestEnd(const testing::TestInfo&) override { ::alarm(0); }
};

}  // namespace

// SIGPIPE keeps its default, which ends the program: the library must never raise it.
int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    struct sigaction action{};
    action.sa_handler = report_deadline;
    ::sigaction(SIGALRM, &action, nullptr);
    testing::UnitTest::GetInstance()->listeners().Append(new deadline_of_each_test);
    return RUN_ALL_TESTS();
}
