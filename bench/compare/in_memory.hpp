#pragma once

// What all programs in memory share, other libraries' programs as well: the clock, the payloads, the wire that is
// replayed, and the printed lines. C++17, because websocketpp isn't valid C++20.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>

namespace compare {

/// Seconds of CPU that this thread used: time that other processes took the core away doesn't count.
inline double thread_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Keeps the compiler from dropping the work that wrote to `*memory`.
inline void keep(const void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

struct rate {
    double median = 0;
    double min = 0;
    double max = 0;
};

/// Operations per second of `batch`, which returns how many it did. BENCH_RUNS and BENCH_SECS (a run's length) override
/// the defaults of 9 and 0.12.
template <class Batch>
rate measure(Batch&& batch) {
    const char* runs = std::getenv("BENCH_RUNS");
    const char* seconds = std::getenv("BENCH_SECS");
    const int run_count = runs != nullptr ? std::atoi(runs) : 9;
    const double run_seconds = seconds != nullptr ? std::atof(seconds) : 0.12;
    batch();
    for (const double start = thread_seconds(); thread_seconds() - start < run_seconds / 3;) batch();
    std::vector<double> rates;
    for (int run = 0; run < std::max(run_count, 1); ++run) {
        const double start = thread_seconds();
        double elapsed = 0;
        std::size_t count = 0;
        do {
            count += batch();
            elapsed = thread_seconds() - start;
        } while (elapsed < run_seconds);
        rates.push_back(static_cast<double>(count) / elapsed);
    }
    std::sort(rates.begin(), rates.end());
    return {rates[rates.size() / 2], rates.front(), rates.back()};
}

/// row, peer, case, operations/s (median, min, max), GB/s of payload (median, min, max).
inline void print(std::string_view row, std::string_view peer, const std::string& name, const rate& r,
                  std::size_t payload_size) {
    const double scale = static_cast<double>(payload_size) / 1e9;
    std::printf("%.*s\t%.*s\t%s\t%.0f\t%.0f\t%.0f\t%.4f\t%.4f\t%.4f\t\n", static_cast<int>(row.size()), row.data(),
                static_cast<int>(peer.size()), peer.data(), name.c_str(), r.median, r.min, r.max, r.median * scale,
                r.min * scale, r.max * scale);
    std::fflush(stdout);
}

inline constexpr std::size_t binary_sizes[] = {16, 125, 1024, 65536, 1048576};
inline constexpr std::size_t text_sizes[] = {1024, 65536, 1048576};

/// 16B, 1KiB, 1MiB.
inline std::string size_name(std::size_t size) {
    if (size >= 1048576) return std::to_string(size / 1048576) + "MiB";
    if (size >= 1024) return std::to_string(size / 1024) + "KiB";
    return std::to_string(size) + "B";
}

/// Operations between two looks at the clock.
inline std::size_t batch_size(std::size_t payload_size) {
    return std::clamp<std::size_t>(256 * 1024 / payload_size, 1, 2048);
}

/// Fast and repeatable; xorshift32.
class noise {
  public:
    std::uint32_t operator()() noexcept {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 17U;
        state_ ^= state_ << 5U;
        return state_;
    }

  private:
    std::uint32_t state_ = 0x2545f491;
};

inline std::string binary_payload(std::size_t size) {
    noise next;
    std::string octets(size, '\0');
    for (char& octet : octets) octet = static_cast<char>(next() >> 9U);
    return octets;
}

/// Printable ASCII.
inline std::string ascii_payload(std::size_t size) {
    noise next;
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(' ' + next() % 95);
    return text;
}

inline void append_character(std::string& text, std::uint32_t code) {
    const auto put = [&](std::uint32_t octet) { text.push_back(static_cast<char>(octet)); };
    const auto put_tail = [&](unsigned shift) { put(0x80U | (code >> shift & 0x3fU)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0U | code >> 6U);
        put_tail(0);
    } else if (code < 0x10000) {
        put(0xe0U | code >> 12U);
        put_tail(6);
        put_tail(0);
    } else {
        put(0xf0U | code >> 18U);
        put_tail(12);
        put_tail(6);
        put_tail(0);
    }
}

/// Words of 3 to 9 letters, each of one script: 25 % ASCII, 35 % Cyrillic, 30 % CJK, 10 % emoji; spaces between.
inline std::string mixed_payload(std::size_t size) {
    noise next;
    std::string text;
    while (text.size() + 48 < size) {
        const std::uint32_t script = next() % 100;
        for (std::uint32_t letters = 3 + next() % 7; letters > 0; --letters) {
            if (script < 25) {
                append_character(text, 'a' + next() % 26);
            } else if (script < 60) {
                append_character(text, 0x430 + next() % 32);
            } else if (script < 90) {
                append_character(text, 0x4e00 + next() % 8000);
            } else {
                append_character(text, 0x1f600 + next() % 64);
            }
        }
        text.push_back(' ');
    }
    text.resize(size, '.');
    return text;
}

/// Calls `decode(row, case, payload, first octet of each frame)` for every case of A2 and A3.
template <class Decode>
void for_each_decode_case(Decode&& decode) {
    constexpr unsigned char binary = 0x82;
    constexpr unsigned char text = 0x81;
    for (const std::size_t size : binary_sizes) decode("A2", size_name(size), binary_payload(size), binary);
    for (const std::size_t size : text_sizes) {
        decode("A3", size_name(size) + " ascii", ascii_payload(size), text);
        decode("A3", size_name(size) + " mixed", mixed_payload(size), text);
    }
}

/// Appends an unmasked frame, as servers send it.
inline void append_server_frame(std::string& wire, unsigned char first_octet, std::string_view payload) {
    const auto put_length = [&](std::size_t code, int octets) {
        wire.push_back(static_cast<char>(code));
        for (int i = octets - 1; i >= 0; --i) wire.push_back(static_cast<char>(payload.size() >> (8 * i)));
    };
    wire.push_back(static_cast<char>(first_octet));
    if (payload.size() < 126) {
        put_length(payload.size(), 0);
    } else if (payload.size() < 65536) {
        put_length(126, 2);
    } else {
        put_length(127, 8);
    }
    wire += payload;
}

struct free_memory {
    void operator()(char* memory) const noexcept { std::free(memory); }
};
using memory_block = std::unique_ptr<char, free_memory>;

/// Memory at the start of a page, where a read is fastest.
inline memory_block allocate_pages(std::size_t size) {
    return memory_block{static_cast<char*>(std::aligned_alloc(4096, (size + 4095) / 4096 * 4096))};
}

/// A copy in the middle of a page. A destination that lies 1 to 31 octets behind its source, modulo a page, makes some
/// processors' block copy ten times slower; with sources here and buffers near the start of pages that can't happen.
class placed_copy {
  public:
    explicit placed_copy(std::string_view octets)
        : block_(allocate_pages(octets.size() + offset)), size_(octets.size()) {
        std::memcpy(block_.get() + offset, octets.data(), octets.size());
    }
    [[nodiscard]] std::string_view view() const noexcept { return {block_.get() + offset, size_}; }

  private:
    static constexpr std::size_t offset = 2048;
    memory_block block_;
    std::size_t size_;
};

/// Whole unmasked frames, read again and again as from a socket.
class wire {
  public:
    static constexpr std::size_t read_size = 64 * 1024;

    /// Frames of one payload: at least 1 MiB, and at least two frames.
    wire(std::string_view payload, unsigned char first_octet) : wire(frames_of(payload, first_octet), payload.size()) {}

    /// `frame_count` frames that are already encoded.
    wire(std::string_view octets, std::size_t frame_count)
        : octets_(octets), frame_count_(frame_count), payload_size_(0) {}

    /// What read(2) does: copies up to `room` octets, 64 KiB at most. 0 at the end.
    std::size_t read(void* destination, std::size_t room) noexcept {
        const std::size_t size = std::min({room, read_size, octets_.view().size() - position_});
        std::memcpy(destination, octets_.view().data() + position_, size);
        position_ += size;
        return size;
    }

    void rewind() noexcept { position_ = 0; }

    [[nodiscard]] bool is_at_end() const noexcept { return position_ == octets_.view().size(); }
    [[nodiscard]] std::size_t frame_count() const noexcept { return frame_count_; }
    /// Of each frame; 0 if the frames were given encoded.
    [[nodiscard]] std::size_t payload_size() const noexcept { return payload_size_; }

  private:
    struct frames {
        std::string octets;
        std::size_t count = 0;
    };

    wire(const frames& f, std::size_t payload_size)
        : octets_(f.octets), frame_count_(f.count), payload_size_(payload_size) {}

    static frames frames_of(std::string_view payload, unsigned char first_octet) {
        frames all;
        while (all.octets.size() < std::max<std::size_t>(1048576, 2 * payload.size())) {
            append_server_frame(all.octets, first_octet, payload);
            ++all.count;
        }
        return all;
    }

    placed_copy octets_;
    std::size_t position_ = 0;
    std::size_t frame_count_;
    std::size_t payload_size_;
};

}  // namespace compare
