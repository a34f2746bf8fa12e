#pragma once

// What every end-to-end client shares: its arguments, its payload, and the meter that prints one line a run. The
// command line and the lines are those of the other libraries' programs, so that one driver runs them all.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

namespace compare {

/// One connection that waits for each echo; one with a window of messages in flight; many with one in flight each.
enum class traffic : std::uint8_t { ping_pong, pipelined, fan };

/// MODE(pp|pipe|fan) SIZE WINDOW RUNS SECONDS PORT TLS(0|1) CONNECTIONS
struct arguments {
    traffic kind = traffic::ping_pong;
    std::string mode;
    std::size_t payload_size = 0;
    int window = 1;
    int run_count = 1;
    double run_seconds = 0.5;
    std::uint16_t port = 0;
    bool is_tls = false;  // the server's certificate isn't verified, by none of the clients
    int connection_count = 1;

    arguments() = default;
    arguments(int argc, char** argv) {
        if (argc != 9) fail("usage: MODE(pp|pipe|fan) SIZE WINDOW RUNS SECONDS PORT TLS CONNECTIONS");
        mode = argv[1];
        if (mode == "pipe") {
            kind = traffic::pipelined;
        } else if (mode == "fan") {
            kind = traffic::fan;
        } else if (mode != "pp") {
            fail("MODE is pp, pipe or fan");
        }
        payload_size = std::strtoul(argv[2], nullptr, 10);
        window = std::atoi(argv[3]);
        run_count = std::atoi(argv[4]);
        run_seconds = std::atof(argv[5]);
        port = static_cast<std::uint16_t>(std::atoi(argv[6]));
        is_tls = std::atoi(argv[7]) != 0;
        connection_count = std::atoi(argv[8]);
    }

    [[nodiscard]] bool is_text() const noexcept { return kind != traffic::pipelined; }

    /// ASCII, so that it may be text.
    [[nodiscard]] std::string payload() const {
        std::string letters(payload_size, 'a');
        for (std::size_t i = 0; i < letters.size(); ++i) letters[i] = static_cast<char>('a' + i % 26);
        return letters;
    }

    [[noreturn]] static void fail(std::string_view why) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
        std::exit(1);
    }
};

/// Seconds since some start.
inline double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// User and system time of this process, in seconds.
inline double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/// Resident memory of this process, in KiB.
inline long resident_kib() {
    long pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

/// Counts messages and prints a line for each run:
/// B, client, mode, tls, size, window, run, messages/s, MB/s, microseconds of CPU a message.
class meter {
  public:
    meter(const arguments& args, std::string_view client) : args_(args), client_(client) {}

    /// One more message came back; true once all runs are taken. The clock is read at every 16th message only where
    /// messages are small, for reading it would cost as much as handling one.
    [[nodiscard]] bool tick() {
        ++count_;
        if (start_ == 0) {
            begin_run();
            return false;
        }
        if (args_.payload_size < 4096 && ++unclocked_ < 16) return false;
        unclocked_ = 0;
        const double elapsed = wall_seconds() - start_;
        if (elapsed < (run_ < 0 ? warm_up_seconds : args_.run_seconds)) return false;
        if (run_ >= 0) print_run(elapsed);
        ++run_;
        begin_run();
        return run_ >= args_.run_count;
    }

  private:
    static constexpr double warm_up_seconds = 0.3;

    void begin_run() {
        count_ = 0;
        start_ = wall_seconds();
        cpu_start_ = cpu_seconds();
    }

    void print_run(double elapsed) const {
        const double count = static_cast<double>(count_);
        const double size = static_cast<double>(args_.payload_size);
        std::printf("B\t%s\t%s\t%d\t%zu\t%d\t%d\t%.1f\t%.2f\t%.4f\n", client_.c_str(), args_.mode.c_str(),
                    args_.is_tls ? 1 : 0, args_.payload_size, args_.window, run_, count / elapsed,
                    count * size / elapsed / 1e6, (cpu_seconds() - cpu_start_) / count * 1e6);
        std::fflush(stdout);
    }

    const arguments& args_;
    std::string client_;
    int run_ = -1;  // -1 is the warm-up
    double start_ = 0;
    double cpu_start_ = 0;
    std::uint64_t count_ = 0;
    unsigned unclocked_ = 0;
};

/// Kind, client, tls, connections, KiB before, KiB after, KiB a connection: resident memory, nothing sent yet. Kind R
/// counts from before the first connection, N from behind it.
inline void print_resident(const char* kind, const arguments& args, std::string_view client, long before, long after) {
    std::printf("%s\t%.*s\t0\t%d\t%ld\t%ld\t%.3f\n", kind, static_cast<int>(client.size()), client.data(),
                args.connection_count, before, after,
                static_cast<double>(after - before) / static_cast<double>(args.connection_count));
    std::fflush(stdout);
}

/// H, client, connections, octets a connection: heap in use, the allocator's own overhead included.
inline void print_heap(const arguments& args, std::string_view client, std::size_t before, std::size_t after) {
    std::printf("H\t%.*s\t%d\t%.1f\n", static_cast<int>(client.size()), client.data(), args.connection_count,
                static_cast<double>(after - before) / static_cast<double>(args.connection_count));
    std::fflush(stdout);
}

}  // namespace compare
