#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/response.hpp>
#include <mint/base/retry.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace mint::http {

/// Scratch memory that a receiving call borrows: one read goes into it, and the responses view it.
///
/// One is enough for any number of connections of a thread; it keeps no connection's octets between calls, and so an
/// idle connection holds none. Move-only. What a receiving call returned is valid until the next receiving call with
/// the same read_buffer. Its memory, aligned to cache lines (a read into an odd address can be half as fast), is taken
/// at the first use. A size that no memory could give is std::bad_alloc there.
class read_buffer {
  public:
    /// `size`: the most octets one read takes; at least `min_size`, with which one read takes all that TLS holds.
    explicit read_buffer(std::size_t size = default_size) noexcept : size_(size < min_size ? min_size : size) {}
    read_buffer(read_buffer&&) noexcept = default;
    read_buffer& operator=(read_buffer&&) noexcept = default;
    ~read_buffer() = default;

    static constexpr std::size_t default_size = 64 * 1024;
    static constexpr std::size_t min_size = 36 * 1024;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    friend class connection;

    /// Not initialised: a page is the system's to hand out when the first read reaches it.
    [[nodiscard]] byte_span space() { return storage_.prepare(size_); }

    buffer storage_;  // always empty: its room is lent
    std::size_t size_;
    std::vector<response> responses_;
};

/// Responses in the order they came, borrowed from the read_buffer of the call.
///
/// Name a receiving call's result before you loop over it: `auto got = conn.recv(…); for (const response& r : *got)`.
/// The loop `for (… : conn.recv(…).value())` would read a destroyed object, up to C++20 and with GCC up to 14.
using response_list = std::span<const response>;

/// A receiving call that failed: why, and what came before, which is never lost.
struct stream_error {
    error reason;
    response_list responses;

    friend bool operator==(const stream_error& e, errc code) noexcept { return e.reason == code; }
};

/// One line for a person: why.
[[nodiscard]] inline std::string to_string(const stream_error& e) { return to_string(e.reason); }

/// Whether another attempt is worth it: as of the error in it.
[[nodiscard]] inline retry retry_of(const stream_error& e) noexcept { return retry_of(e.reason); }

}  // namespace mint::http
