#include "http2/send_queue.hpp"

namespace mint::http2::detail {

bool send_queue::push(byte_view content, std::size_t max_size) {
    if (!is_empty() && (content.size() > max_size || size() > max_size - content.size())) return false;
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
    kept_size_ = 0;
    keeps_ = false;
}

void send_queue::forget() noexcept {
    keeps_ = false;
    content_.consume(std::exchange(kept_size_, 0));
    if (content_.empty()) content_.release();
}

void send_queue::consume(std::size_t size) noexcept {
    if (!lent_.empty()) {
        lent_ = lent_.subspan(size);
        return;
    }
    if (keeps_) {
        kept_size_ += size;
        if (kept_size_ > max_kept_size) forget();
        return;
    }
    content_.consume(size);
    if (content_.empty()) content_.release();
}

}  // namespace mint::http2::detail
