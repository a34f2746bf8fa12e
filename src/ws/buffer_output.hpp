#pragma once

#include <mint/base/buffer.hpp>
#include <mint/ws/extension.hpp>

#include <cstddef>

namespace mint::ws::detail {

/// Behind what a buffer holds.
class buffer_output final : public extension_output {
  public:
    buffer_output(buffer& to, std::size_t budget) noexcept : extension_output(budget), to_(to) {}
    ~buffer_output() = default;

  private:
    byte_span room(std::size_t size) override { return to_.prepare(size); }
    bool take(std::size_t size) override {
        to_.commit(size);
        return true;
    }

    buffer& to_;
};

}  // namespace mint::ws::detail
