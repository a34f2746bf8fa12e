#pragma once

#include <mint/base/buffer.hpp>

#include <cstddef>

namespace mintws {

/// Octets on their way to a descriptor that other programs may share, standard output say: it is never made
/// non-blocking, and yet a pipe or socket that nobody reads doesn't block us.
class output_queue {
  public:
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

    /// Writes what can be written without blocking; call it when poll says writable. Where the reader is gone,
    /// `is_broken` turns true and everything is dropped.
    void write_some();

    /// Writes everything, however long it takes.
    void write_all();

    /// The reader went away.
    void give_up() noexcept;
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

  private:
    enum class kind { pipe, socket, other };
    static constexpr std::size_t full_size = 1024 * 1024;

    int number_;
    kind kind_;
    bool is_broken_ = false;
    mint::buffer pending_;
};

}  // namespace mintws
