#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http1/client_machine.hpp>
#include <mint/http2/client_machine.hpp>

#include <cstddef>
#include <expected>
#include <string_view>
#include <variant>
#include <vector>

namespace mint::http::detail {

/// What one connection speaks: one of the two machines, with what they have in common.
///
/// HTTP/1.1 appends its octets to the connection's queue; HTTP/2 keeps its own, for it decides late whose turn it is,
/// and `take` fetches them.
class machine {
  public:
    explicit machine(http1::client_options&& options) : machine_(http1::client_machine{std::move(options)}) {}
    explicit machine(http2::client_options&& options) : machine_(http2::client_machine{std::move(options)}) {}

    [[nodiscard]] std::expected<request_ref, error> request(std::string_view method, std::string_view target,
                                                            const headers& fields, const request_body& body,
                                                            buffer& queue);
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, byte_view content, buffer& queue);
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, const eof& end, buffer& queue);

    [[nodiscard]] std::expected<void, error> receive(byte_view input, std::vector<response>& out);
    [[nodiscard]] std::expected<void, error> receive_to_tunnel(byte_view& input, std::vector<response>& out);
    [[nodiscard]] std::expected<void, error> receive_eof(std::vector<response>& out);

    /// True if `receive` would give something without more bytes.
    [[nodiscard]] bool has_responses() const noexcept {
        const auto* const m = http2();
        return m != nullptr && m->has_responses();
    }

    /// Moves octets into `queue`, which must be empty; where there are none it stays so.
    void take(buffer& queue) {
        if (auto* const m = http2()) m->take(queue);
    }
    [[nodiscard]] bool wants_write() const noexcept {
        const auto* const m = http2();
        return m != nullptr && m->wants_write();
    }

    /// Octets that aren't in the connection's queue.
    [[nodiscard]] std::size_t queued_size() const noexcept {
        const auto* const m = http2();
        return m != nullptr ? m->queued_size() : 0;
    }

    [[nodiscard]] http::protocol protocol() const noexcept {
        return machine_.index() == 0 ? protocol::http1 : protocol::http2;
    }

    /// Null where the other one is spoken.
    [[nodiscard]] http1::client_machine* http1() noexcept { return std::get_if<http1::client_machine>(&machine_); }
    [[nodiscard]] const http1::client_machine* http1() const noexcept {
        return std::get_if<http1::client_machine>(&machine_);
    }
    [[nodiscard]] http2::client_machine* http2() noexcept { return std::get_if<http2::client_machine>(&machine_); }
    [[nodiscard]] const http2::client_machine* http2() const noexcept {
        return std::get_if<http2::client_machine>(&machine_);
    }

    [[nodiscard]] bool is_open_for_requests() const noexcept;
    [[nodiscard]] bool is_streaming(request_ref ref) const noexcept;
    [[nodiscard]] bool wants_close() const noexcept;
    [[nodiscard]] std::size_t open_request_count() const noexcept;

    /// Whether the connection as a whole is a tunnel, as after a 101; its direction from here is finished.
    [[nodiscard]] bool is_tunnel() const noexcept;
    [[nodiscard]] bool wants_shutdown() const noexcept;

    /// Whether that request became a tunnel: the connection, or a stream.
    [[nodiscard]] bool is_tunnel(request_ref ref) const noexcept;

  private:
    std::variant<http1::client_machine, http2::client_machine> machine_;
};

}  // namespace mint::http::detail
