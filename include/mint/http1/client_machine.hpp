#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint::http1 {

struct client_options {
    /// The Host field's value, written where the request has no host field of its own. See `host_field`.
    std::string host = {};

    /// Written where the request has no user-agent field of its own; empty for none.
    std::string user_agent = "mint/0.1";

    /// `Host: …`, not `host: …`, and so in each field of requests and trailers, for servers that mind. Names with an
    /// upper-case letter stay as their caller wrote them; `sec-websocket-key` becomes `Sec-WebSocket-Key`.
    bool title_case_fields = false;

    /// For a proxy that forwards the requests: what stands before each target, `http://example.org` (absolute-form, RFC
    /// 9112 §3.2.2; no slash at its end). Empty otherwise.
    ///
    /// With it, fields for the proxy are written with every request, but for those that the request has itself; none of
    /// them may be about framing, host or connection. Without it they go nowhere.
    std::string forward_prefix = {};
    headers proxy_fields = {};

    http_limits limits = {};

    /// The ref of the first request; each next is one more. Makes refs of several machines distinct.
    std::uint64_t first_ref = 1;
};

/// A request line and its fields; see request.hpp for the body.
struct request_head {
    std::string_view method;  ///< a token; case counts
    std::string_view target;  ///< origin-form or `*`
    const headers& fields;
};

/// One HTTP/1.1 connection seen from the client, without the connection: requests to octets, octets to responses
/// (RFC 9110, RFC 9112).
///
/// Order of calls: `request` any number of times (pipelining), each with its body finished before the next one;
/// `receive` whatever arrives, in any split; `receive_eof` once when the peer ends its direction. Octets to send are
/// appended to the caller's buffer, whole or not at all. Move-only; a moved-from machine may only be destroyed or
/// assigned to.
///
/// After a 101, or a 2xx to `connect`, the machine is a tunnel: every octet received comes out as data of that request,
/// the caller's octets go out untouched, and the machine holds next to no memory. After an error of `receive` it stays
/// failed and repeats it.
/// Each refusal of a caller's mistake changes nothing.
///
/// The work is linear in the octets received, however they are split. Throws nothing but std::bad_alloc.
class client_machine {
  public:
    explicit client_machine(client_options options = {});
    client_machine(client_machine&&) noexcept;
    client_machine& operator=(client_machine&&) noexcept;
    ~client_machine();

    /// Appends a request to `out`: its line, host, user-agent, the caller's fields in order, the body's framing fields,
    /// and a whole body. A field that the caller gives replaces the machine's own.
    ///
    /// With a body, content-length or transfer-encoding: chunked is written, unless the caller's fields have one, which
    /// must fit. A method that has no body gets no content-length; POST, PUT and PATCH without one get `content-length:
    /// 0` (RFC 9110 §8.6). After a request with `connection: close` no other is taken. Refused, with nothing written:
    /// errc::invalid_method (also CONNECT), invalid_request_target (also a bad forward_prefix), invalid_host,
    /// content_length_mismatch, reserved_field (a transfer-encoding other than chunked, or one of proxy_fields; the
    /// detail names it), invalid_field_value (the user-agent), request_body_is_streaming,
    /// upgrade_in_progress, already_upgraded, connection_closed, send_queue_full (the pipeline's limit),
    /// failed_already.
    [[nodiscard]] std::expected<request_ref, error> request(const request_head& head, const request_body& body,
                                                            buffer& out);

    /// As `request`, for one with Upgrade that may turn the connection into a tunnel (RFC 9110 §7.8): until its
    /// answer came no further request is taken. errc::upgrade_in_progress when responses are still awaited;
    /// forwarding_connection with a forward_prefix; invalid_argument without an upgrade field and `connection:
    /// upgrade`; else as `request`.
    [[nodiscard]] std::expected<request_ref, error> upgrade(const request_head& head, buffer& out);

    /// Asks a proxy for a tunnel to `authority`, a host and a port: `example.org:443`, `[::1]:80` (RFC 9110 §9.3.6).
    /// Any 2xx makes the connection a tunnel, whatever its framing fields say, in HTTP/1.0 too, and octets behind its
    /// head are the tunnel's data; any other answer is an ordinary response, but a 101 is errc::unexpected_data.
    ///
    /// Written are the line, `host` (the authority) and user-agent where `fields` have none, and `fields`; not
    /// proxy_fields. Until its answer came no further request is taken. errc::upgrade_in_progress when responses are
    /// still awaited; invalid_host for what is no host and port; reserved_field for content-length or
    /// transfer-encoding; else as `request`.
    [[nodiscard]] std::expected<request_ref, error> connect(std::string_view authority, const headers& fields,
                                                            buffer& out);

    /// Appends body octets of a streamed request, framed as announced; in a tunnel the octets as they are. A response
    /// that comes early ends the body only where it ends the connection; else the next request waits for the body's
    /// end. errc::unknown_request, request_body_not_streaming, content_length_mismatch (past the length),
    /// connection_closed.
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, byte_view content, buffer& out);

    /// Ends a streamed body. errc::content_length_mismatch when octets are missing, and then the body stays open;
    /// forbidden_trailer where the body isn't chunked or the field may be no trailer. In a tunnel it closes our
    /// direction: nothing is appended, and `wants_shutdown` turns true.
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, const eof& end, buffer& out);

    /// Takes the next octets received; appends what they complete to `out`. Data responses view `input`.
    ///
    /// On a broken rule the responses before it are in `out`, then one responses::error for each request that will get
    /// no answer: the first has the error, the others errc::connection_closed. The error is returned: one of the
    /// HTTP/1.1 group or a limit's. Octets behind a response that ends the connection are dropped, and the requests
    /// that wait behind it get errc::connection_closed.
    [[nodiscard]] std::expected<void, error> receive(byte_view input, std::vector<response>& out);

    /// As `receive`, but stops after the headers that make the connection a tunnel: the tunnel's bytes stay in `input`,
    /// to be received later. Else `input` is empty afterwards.
    [[nodiscard]] std::expected<void, error> receive_to_tunnel(byte_view& input, std::vector<response>& out);

    /// The peer ended its direction. Ends a body that runs until the end, and a tunnel, with done. Else errors: each
    /// unanswered request gets responses::error, and errc::body_cut_short, headers_cut_short or connection_closed is
    /// returned. With nothing awaited: errc::connection_closed. So too, for each request, when responses
    /// came before and no byte of the next one: the server closed an idle connection while the request was on its way.
    /// The error's offset says then how many bytes came before, and `retry_of` gives retry::now.
    [[nodiscard]] std::expected<void, error> receive_eof(std::vector<response>& out);

    /// The head of a response that isn't whole, as far as it came; after an error in a head all of it that came. At
    /// most `max_header_section_size` bytes as they are, valid until the next call that receives.
    [[nodiscard]] std::string_view unfinished_head() const noexcept;

    /// True if another request may be sent on this connection.
    [[nodiscard]] bool is_open_for_requests() const noexcept;

    /// What a request would fail with if the connection ended now; nothing unless a response is awaited after complete
    /// ones, and no byte of it came.
    [[nodiscard]] std::optional<error> lost_request() const;

    /// True once the last response said, or its framing means, that the connection ends with it (RFC 9112 §9.6), or
    /// after an error: the caller closes the connection.
    [[nodiscard]] bool wants_close() const noexcept;

    /// True when our direction is finished and the caller should shut it down.
    [[nodiscard]] bool wants_shutdown() const noexcept;

    /// The request that became a tunnel, if one has.
    [[nodiscard]] bool is_tunnel() const noexcept;
    [[nodiscard]] request_ref tunnel_ref() const noexcept;

    /// Requests whose response isn't complete; 0 in a tunnel.
    [[nodiscard]] std::size_t open_request_count() const noexcept;

    /// True if `ref` waits for body octets, or is a tunnel whose direction from here is open.
    [[nodiscard]] bool is_streaming(request_ref ref) const noexcept;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace mint::http1
