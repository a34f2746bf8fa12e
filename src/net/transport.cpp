#include <mint/net/transport.hpp>

#include <algorithm>
#include <limits>

namespace mint::net {

using std::chrono::milliseconds;

io_result transport::read_within(byte_span space, milliseconds timeout) noexcept {
    if (timeout <= milliseconds::zero()) return socket_.read_some(space);
    constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
    const bool is_for_ever = timeout == milliseconds::max();
    const auto wanted = is_for_ever ? 0 : static_cast<std::int32_t>(std::min<std::int64_t>(timeout.count(), longest));
    if (wanted != read_timeout_) {
        if (auto set = socket_.set_read_timeout(milliseconds{wanted}); !set) {
            return {.status = io_status::failed, .system = set.error().system};
        }
        read_timeout_ = wanted;
    }
    return socket_.read_waiting(space);
}

}  // namespace mint::net
