#include "http2/send_queue.hpp"

namespace mint::http2::detail {

bool send_queue::push(byte_view content, std::size_t max_size) {
    if (!is_empty() && (content.size() > max_size || content_.size() > max_size - content.size())) return false;
    content_.append(content);
    return true;
}

void send_queue::end(std::vector<field> trailers) {
    if (!trailers.empty()) trailers_ = std::make_unique<const std::vector<field>>(std::move(trailers));
    is_ended_ = true;
}

void send_queue::clear() noexcept {
    content_.release();
    lent_ = {};
    trailers_.reset();
}

void send_queue::consume(std::size_t size) noexcept {
    if (!lent_.empty()) {
        lent_ = lent_.subspan(size);
        return;
    }
    content_.consume(size);
    if (content_.empty()) content_.release();
}

}  // namespace mint::http2::detail
