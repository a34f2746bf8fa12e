#include "base/ascii.hpp"
#include "http2/client_state.hpp"

#include <mint/base/url.hpp>

namespace mint::http2::detail {

stream* client_state::on_promise(stream& parent, std::int32_t id) {
    if (!options.connection.accepts_push || is_closing || parent.is_answered) return nullptr;
    stream& promised = streams.add(request_ref{next_ref});
    ++next_ref;
    promised.id = id;
    promised.is_pushed = true;
    promised.is_announced = false;
    promise = unfinished_promise{.parent = parent.ref, .promised = &promised};
    section.begin(incoming_section::kind::promise);
    return &promised;
}

void client_state::on_promise_end(stream& parent, stream& promised) {
    using mint::detail::equals_ignoring_case;
    promise.reset();
    if (promised.is_answered) return;
    const bool is_safe = section.method() == "GET" || section.method() == "HEAD";
    const bool is_ours_to_ask = section.scheme() == (options.is_secure ? "https" : "http") &&
                                equals_ignoring_case(section.authority(), options.authority);
    if (!section.finish() || !is_safe || !is_ours_to_ask || !is_request_target(section.target())) {
        return fail_stream(promised, {errc::malformed_response, "a promise that may not be made"},
                           error_code::protocol_error);
    }
    promised.is_head = section.method() == "HEAD";
    promised.is_announced = true;
    ++unanswered_count;
    give(responses::push_promise{parent.ref, promised.ref, section.take_fields(), section.method(), section.target()});
}

}  // namespace mint::http2::detail
