#pragma once

#include <mint/ws/frame.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace mintws {

/// What messages were in one direction, and all its frames, headers and control frames included.
struct traffic {
    std::uint64_t payload_size = 0;  ///< of messages
    std::uint64_t wire_size = 0;     ///< of all frames

    void add(const mint::ws::frame& f) noexcept {
        const bool is_message =
            std::holds_alternative<mint::ws::text>(f) || std::holds_alternative<mint::ws::binary>(f);
        if (is_message) payload_size += mint::ws::payload_size(f);
    }
};

/// For a person: "1200 octets as 400 in frames (3.0:1)".
[[nodiscard]] std::string describe(const traffic& t);

}  // namespace mintws
