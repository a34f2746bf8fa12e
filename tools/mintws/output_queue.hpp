#pragma once

#include <mint/base/buffer.hpp>

#include <chrono>
#include <cstddef>

namespace mintws {

/// Bytes on their way to a descriptor that other programs may share, standard output say: it is never made
/// non-blocking, and yet a pipe or socket that nobody reads doesn't block us.
class output_queue {
  public:
    using clock = std::chrono::steady_clock;

    /// Doesn't own `number`.
    explicit output_queue(int number) noexcept;

    /// Where to append what is to be written.
    [[nodiscard]] mint::buffer& pending() noexcept { return pending_; }
    [[nodiscard]] bool wants_write() const noexcept { return !pending_.empty() && !is_broken_; }

    /// True while so much waits that more should not be fetched.
    [[nodiscard]] bool is_full() const noexcept { return wants_write() && pending_.size() >= full_size; }

    /// True where poll tells that the reader went away.
    [[nodiscard]] bool has_reader() const noexcept { return kind_ != kind::other; }
    [[nodiscard]] int number() const noexcept { return number_; }

    /// Takes what poll said of the descriptor: writes what can be written without blocking, and notices an end. When
    /// nothing can be written any more, `is_broken` turns true and everything is dropped.
    void on_ready(short events);

    /// Writes what can be written without blocking.
    void write_ready();

    /// Writes everything, however long it takes. False if `interrupt`, a descriptor, became readable or the time came
    /// before all was written.
    bool write_all(int interrupt = -1, clock::time_point until = clock::time_point::max());

    /// Drops what waits and what will come.
    void give_up() noexcept;

    /// True if nothing can be written any more, for whatever reason.
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

    /// Why nothing can be written; 0 if the reader just went away, which means that it has enough (EPIPE).
    [[nodiscard]] int failure() const noexcept { return failure_; }

  private:
    enum class kind { pipe, socket, other };
    static constexpr std::size_t full_size = 1024 * 1024;

    void write_some();
    void fail(int reason) noexcept;

    int number_;
    kind kind_;
    bool is_broken_ = false;
    int failure_ = 0;
    mint::buffer pending_;
};

}  // namespace mintws
