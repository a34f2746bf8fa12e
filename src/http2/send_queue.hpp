#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/headers.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace mint::http2::detail {

/// What one stream has still to send: content, and then perhaps its end. Holds no heap while it is empty.
class send_queue {
  public:
    /// Queues a copy, but refuses what would make more than `max_size` wait; an empty queue takes one block of any
    /// size. False where it was refused, and then nothing was queued.
    [[nodiscard]] bool push(byte_view content, std::size_t max_size);

    /// Queues the caller's own octets, to save a copy where they are expected to be taken before they go. Precondition:
    /// nothing is queued. `end_loan` copies what wasn't taken.
    void lend(byte_view content) noexcept { lent_ = content; }
    void end_loan() { content_.append(std::exchange(lent_, {})); }

    /// Nothing is queued behind this; `trailers` as they go out.
    void end(std::vector<field> trailers = {});

    /// From now on what is consumed is kept, so that it can be sent once more; lends nothing then. `forget` ends that,
    /// and so does content over `max_kept_size`.
    static constexpr std::size_t max_kept_size = 64 * 1024;
    void keep() noexcept { keeps_ = true; }
    void forget() noexcept;
    [[nodiscard]] bool is_kept() const noexcept { return keeps_; }

    /// All that was kept is to be sent again; returns how much content that is. Precondition: `is_kept()`.
    std::size_t rewind() noexcept { return std::exchange(kept_size_, 0); }

    /// Drops everything.
    void clear() noexcept;

    /// The next octets. Valid until the next call that isn't const.
    [[nodiscard]] byte_view front() const noexcept {
        return lent_.empty() ? content_.view().subspan(kept_size_) : lent_;
    }

    /// Drops the first `size` octets. Precondition: `size <= size()`.
    void consume(std::size_t size) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return lent_.size() + content_.size() - kept_size_; }
    [[nodiscard]] bool is_empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool is_ended() const noexcept { return is_ended_; }

    /// The trailer fields, once, or again after `rewind`; null where there are none.
    [[nodiscard]] std::unique_ptr<const std::vector<field>> take_trailers() {
        return keeps_ && trailers_ ? std::make_unique<const std::vector<field>>(*trailers_) : std::move(trailers_);
    }

  private:
    buffer content_;
    byte_view lent_;
    std::unique_ptr<const std::vector<field>> trailers_;
    std::size_t kept_size_ = 0;  ///< at the front of `content_`, and sent
    bool is_ended_ = false;
    bool keeps_ = false;
};

}  // namespace mint::http2::detail
