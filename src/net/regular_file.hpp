#pragma once

#include <mint/base/error.hpp>

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace mint::net::detail {

/// A descriptor, closed at the end. Move-only; -1 is none.
class descriptor {
  public:
    descriptor() noexcept = default;
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor();

    [[nodiscard]] int number() const noexcept { return number_; }

  private:
    int number_ = -1;
};

/// A file that the caller's option names. What reading could wait for (a FIFO, a terminal, a device) is refused, and
/// opening never waits.
struct named_file {
    std::string_view option;
    const std::string& path;
    errc refusal;  ///< the code of errors: their detail names option and path, and `system` has errno

    /// Opens it with these flags of open(2). One that is made is readable and writable for its owner alone.
    [[nodiscard]] std::expected<descriptor, error> open(int flags) const;

    /// All of it, at most `max_size` bytes.
    [[nodiscard]] std::expected<std::string, error> read(std::size_t max_size) const;
};

}  // namespace mint::net::detail
