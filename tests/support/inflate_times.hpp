#pragma once

#include "ws/buffer_output.hpp"
#include "ws/choose_backend.hpp"

#include <mint/base/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string_view>
#include <time.h>
#include <vector>
#include <zlib.h>

namespace mint::testing {

/// How a message comes, again and again.
struct inflate_way {
    std::size_t step = std::numeric_limits<std::size_t>::max();  ///< bytes at a time
    bool is_afresh = false;                                      ///< without context takeover
};

/// zlib and nothing else, with as much of what RFC 7692 asks for as the time depends on.
class plain_zlib {
  public:
    plain_zlib() {
        if (::inflateInit2(&stream_, -15) != Z_OK) std::abort();
    }
    plain_zlib(const plain_zlib&) = delete;
    plain_zlib& operator=(const plain_zlib&) = delete;
    ~plain_zlib() { ::inflateEnd(&stream_); }

    /// A whole message without its tail; false if it is corrupt.
    bool read(std::string_view payload, const inflate_way& way) {
        bool is_final = false;
        while (!payload.empty()) {
            const std::string_view now = payload.substr(0, way.step);
            payload.remove_prefix(now.size());
            if (!take(now, is_final)) return false;
        }
        if (!is_final && !take(std::string_view{"\0\0\xff\xff", 4}, is_final)) return false;
        if (way.is_afresh) ::inflateReset(&stream_);
        return true;
    }

  private:
    bool take(std::string_view input, bool& is_final) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // NOLINT(*-const-cast): only read
        stream_.avail_in = static_cast<uInt>(input.size());
        while (true) {
            stream_.next_out = room_.data();
            stream_.avail_out = static_cast<uInt>(room_.size());
            const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
            is_final = result == Z_STREAM_END;
            if (is_final) ::inflateResetKeep(&stream_);
            if (is_final && stream_.avail_in > 0) continue;
            if (result != Z_OK && result != Z_BUF_ERROR && !is_final) return false;
            if (is_final || stream_.avail_out > 0) return true;
        }
    }

    z_stream stream_{};
    std::vector<Bytef> room_ = std::vector<Bytef>(std::size_t{256} * 1024);
};

inline double thread_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// CPU seconds for `count` such messages by what `make_decompressor` chooses, and by zlib alone: the shortest of all
/// tries.
struct inflate_times {
    double ours = std::numeric_limits<double>::infinity();
    double zlib = std::numeric_limits<double>::infinity();

    void measure(std::string_view payload, const inflate_way& way, std::size_t count) {
        const double start = thread_seconds();
        for (std::size_t i = 0; i < count; ++i) {
            room_.clear();
            ws::detail::buffer_output out{room_, std::size_t{1} << 30U};
            decompressor_->begin_message(payload.size());
            for (byte_view rest = as_bytes(payload); !rest.empty();) {
                const byte_view now = rest.first(std::min(rest.size(), way.step));
                rest = rest.subspan(now.size());
                if (!decompressor_->decompress(now, rest.empty(), out)) std::abort();
            }
            if (way.is_afresh) decompressor_->reset();
        }
        const double middle = thread_seconds();
        for (std::size_t i = 0; i < count; ++i) {
            if (!reference_.read(payload, way)) std::abort();
        }
        zlib = std::min(zlib, thread_seconds() - middle);
        ours = std::min(ours, middle - start);
    }

    [[nodiscard]] double ratio() const { return ours / zlib; }

  private:
    // Kept: taking memory from the system isn't what is measured.
    std::unique_ptr<ws::detail::decompressor> decompressor_ = ws::detail::make_decompressor(15);
    plain_zlib reference_;
    buffer room_;
};

}  // namespace mint::testing
