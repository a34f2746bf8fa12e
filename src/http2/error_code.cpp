#include "http2/error_code.hpp"

#include <array>

namespace mint::http2::detail {

std::string_view name(error_code code) noexcept {
    constexpr std::array<std::string_view, 14> names = {
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    };
    const auto number = static_cast<std::uint32_t>(code);
    return number < names.size() ? names[number] : "unknown code";
}

}  // namespace mint::http2::detail
