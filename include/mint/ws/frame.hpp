#pragma once

#include <mint/base/bytes.hpp>
#include <mint/ws/close_code.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace mint::ws {

/// A text message, or a piece of one (RFC 6455 §5.6).
///
/// A message is a run of `text` of which only the last has `fin` set. Sent, each is a frame of its own; received, a
/// codec that delivers whole messages gives one with `fin`, one that delivers pieces gives any number, and a piece may
/// end inside a character. Always UTF-8.
struct text {
    std::string_view payload;
    bool fin = true;
    friend bool operator==(const text&, const text&) = default;
};

/// A binary message, or a piece of one; as `text`.
struct binary {
    byte_view payload;
    bool fin = true;
    friend bool operator==(const binary& a, const binary& b) noexcept {
        return as_text(a.payload) == as_text(b.payload) && a.fin == b.fin;
    }
};

/// Asks for a pong with the same payload, at most 125 octets (RFC 6455 §5.5.2).
struct ping {
    byte_view payload;
    friend bool operator==(const ping& a, const ping& b) noexcept { return as_text(a.payload) == as_text(b.payload); }
};

/// Answers a ping, or comes unasked as a sign of life (RFC 6455 §5.5.3).
struct pong {
    byte_view payload;
    friend bool operator==(const pong& a, const pong& b) noexcept { return as_text(a.payload) == as_text(b.payload); }
};

/// The last frame in its direction (RFC 6455 §5.5.1). Without a code the payload is empty, and a reason isn't allowed;
/// a reason is UTF-8 of at most 123 octets.
struct close {
    std::optional<close_code> code = std::nullopt;
    std::string_view reason = {};
    friend bool operator==(const close&, const close&) = default;
};

/// What is sent and received. A view: the payload belongs to whoever made it.
using frame = std::variant<text, binary, ping, pong, close>;

namespace detail {

/// What `encode` and `send` say of an argument that is no frame.
template <class Frame>
struct required_frame {
    static_assert(std::is_convertible_v<const Frame&, frame>,
                  "give a frame: ws::text{...}, binary, ping, pong or close, or ws::view_of(...) an owned_frame");
    static constexpr bool is_there = true;
};

template <class Frame>
concept no_frame = !std::is_convertible_v<const Frame&, frame>;

}  // namespace detail

/// Octets of the payload that the frame has on the wire without extensions, a Close's code included.
[[nodiscard]] inline std::size_t payload_size(const text& f) noexcept { return f.payload.size(); }
[[nodiscard]] inline std::size_t payload_size(const binary& f) noexcept { return f.payload.size(); }
[[nodiscard]] inline std::size_t payload_size(const ping& f) noexcept { return f.payload.size(); }
[[nodiscard]] inline std::size_t payload_size(const pong& f) noexcept { return f.payload.size(); }
[[nodiscard]] inline std::size_t payload_size(const close& f) noexcept { return f.code ? 2 + f.reason.size() : 0; }
[[nodiscard]] inline std::size_t payload_size(const frame& f) noexcept {
    return std::visit([](const auto& kind) { return payload_size(kind); }, f);
}

/// The same with payloads of their own, for what must outlive the next `decode`.
struct owned_text {
    std::string payload;
    bool fin = true;
    friend bool operator==(const owned_text&, const owned_text&) = default;
};
struct owned_binary {
    std::vector<std::byte> payload;
    bool fin = true;
    friend bool operator==(const owned_binary&, const owned_binary&) = default;
};
struct owned_ping {
    std::vector<std::byte> payload;
    friend bool operator==(const owned_ping&, const owned_ping&) = default;
};
struct owned_pong {
    std::vector<std::byte> payload;
    friend bool operator==(const owned_pong&, const owned_pong&) = default;
};
struct owned_close {
    std::optional<close_code> code;
    std::string reason;
    friend bool operator==(const owned_close&, const owned_close&) = default;
};
using owned_frame = std::variant<owned_text, owned_binary, owned_ping, owned_pong, owned_close>;

/// Copies the payload.
[[nodiscard]] owned_frame to_owned(const frame& f);

/// Views `f`, which must outlive the result; so a temporary is refused.
[[nodiscard]] frame view_of(const owned_frame& f) noexcept;
frame view_of(owned_frame&&) = delete;
[[nodiscard]] inline close view_of(const owned_close& c) noexcept { return {c.code, c.reason}; }
close view_of(owned_close&&) = delete;

/// Cuts `reason` to the 123 octets that a Close frame holds, between two characters. Returns a view of `reason`.
[[nodiscard]] std::string_view fit_close_reason(std::string_view reason) noexcept;

}  // namespace mint::ws
