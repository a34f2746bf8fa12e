#pragma once

#include "http1/chunk_decoder.hpp"
#include "http1/header_section.hpp"
#include "http1/message_framing.hpp"
#include "http1/response_parser.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

namespace mint::http1::detail {

/// What makes a tunnel of the connection.
enum class tunnel_by : std::uint8_t {
    nothing,
    upgrade,  ///< a 101 (RFC 9110 §7.8)
    connect,  ///< any 2xx (RFC 9110 §9.3.6)
};

/// A request whose response is awaited, as far as it decides how the response is read.
struct awaited_response {
    request_ref ref;
    bool is_head = false;  ///< no content follows, whatever the fields say
    tunnel_by tunnel = tunnel_by::nothing;
    bool is_last = false;  ///< the request said that the connection ends with its response
};

/// Reads one response after the other off a connection's octets.
class response_reader {
  public:
    enum class progress : std::uint8_t {
        need_more,  ///< the input is used up
        complete,   ///< the response was complete, and `done` is appended
        tunnel      ///< the answer that made a tunnel: all that follows is the tunnel's
    };

    explicit response_reader(const http_limits& limits) noexcept
        : section_(limits), interim_limit_(limits.max_interim_response_count) {}

    /// Takes octets off the front of `input` for the response to `request`, which stays the same until it is complete.
    /// The parts of the response are appended to `out`; data views `input`. An error's offset counts from the
    /// connection's first octet.
    [[nodiscard]] std::expected<progress, error> read(const awaited_response& request, byte_view& input,
                                                      std::vector<response>& out);

    /// No more octets come. True where that ends the response in good order, and `done` is appended.
    [[nodiscard]] bool end(const awaited_response& request, std::vector<response>& out);

    /// True once the final status and fields were read, until the response is complete.
    [[nodiscard]] bool is_in_content() const noexcept { return state_ != state::head; }

    /// Of a head that isn't whole, or that an error was found in: what came of it, until the next call of `read`.
    [[nodiscard]] std::string_view unfinished_head() const noexcept {
        return state_ == state::head ? section_.gathered() : std::string_view{};
    }

    /// Whether the connection lives on after the response whose head was read last.
    [[nodiscard]] bool keeps_alive() const noexcept { return keeps_alive_; }

    /// Octets of the connection taken so far.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

  private:
    enum class state : std::uint8_t { head, length, until_end, chunks, trailers };

    [[nodiscard]] std::expected<std::optional<byte_view>, error> read_section(byte_view& input);
    [[nodiscard]] std::expected<progress, error> read_head(const awaited_response& request, byte_view& input,
                                                           std::vector<response>& out);
    [[nodiscard]] std::expected<progress, error> take_head(const awaited_response& request, response_head&& head,
                                                           std::vector<response>& out);
    [[nodiscard]] std::expected<progress, error> read_chunks(const awaited_response& request, byte_view& input,
                                                             std::vector<response>& out);
    [[nodiscard]] std::expected<progress, error> read_trailers(const awaited_response& request, byte_view& input,
                                                               std::vector<response>& out);
    [[nodiscard]] progress read_content(const awaited_response& request, byte_view& input, std::vector<response>& out);
    [[nodiscard]] progress finish(const awaited_response& request, std::vector<response>& out);

    state state_ = state::head;
    bool keeps_alive_ = true;
    header_section section_;
    chunk_decoder chunks_;
    std::uint64_t left_ = 0;  // octets of content, with state::length
    std::size_t interim_limit_;
    std::size_t interim_count_ = 0;
    std::uint64_t offset_ = 0;
    std::uint64_t section_start_ = 0;
};

}  // namespace mint::http1::detail
