#include "ws/limit_error.hpp"

#include <string>
#include <string_view>

namespace mint::ws::detail {
namespace {

std::string_view limit_name(errc rule) noexcept {
    if (rule == errc::frame_too_big) return "max_frame_size";
    if (rule == errc::message_too_big) return "max_message_size";
    if (rule == errc::too_many_fragments) return "max_fragment_count";
    return {};
}

}  // namespace

error make_error(errc rule, std::uint64_t offset, std::uint64_t limit) {
    error e{rule};
    e.offset = offset;
    if (const std::string_view name = limit_name(rule); !name.empty()) {
        e.detail.append(name).append(" is ").append(std::to_string(limit));
    }
    return e;
}

error make_error(errc rule, std::uint64_t offset, const websocket_limits& limits) {
    if (rule == errc::frame_too_big) return make_error(rule, offset, limits.max_frame_size);
    if (rule == errc::message_too_big) return make_error(rule, offset, limits.max_message_size);
    return make_error(rule, offset, limits.max_fragment_count);
}

}  // namespace mint::ws::detail
