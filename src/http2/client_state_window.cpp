#include "http2/client_state.hpp"

#include <algorithm>
#include <cstdint>

namespace mint::http2::detail {

bool client_state::may_become_initial_window(std::uint32_t size) {
    if (!has_set_windows) return true;
    const std::int64_t increase = std::int64_t{size} - engine.initial_window_size();
    return std::ranges::all_of(streams.in_order(), [&](const stream* s) {
        if (s->receive_window < 0) return true;
        const auto credit = static_cast<std::int64_t>(engine.receive_window(*s));
        return std::max<std::int64_t>(credit, s->receive_window) + increase <= max_window;
    });
}

void client_state::on_window_change(std::int64_t decrease) {
    if (!has_set_windows) return;
    for (stream* const s : streams.in_order()) {
        if (s->receive_window < 0) continue;
        const std::int64_t before = std::clamp<std::int64_t>(s->receive_window + decrease, 0, max_window);
        engine.set_window_size(s, static_cast<std::int32_t>(before));
    }
}

void client_state::on_window_changed() {
    if (!has_set_windows) return;
    for (stream* const s : streams.in_order()) {
        if (s->receive_window >= 0) engine.set_window_size(s, s->receive_window);
    }
}

}  // namespace mint::http2::detail
