#include "ws/mixed_decompressor.hpp"

#include <array>
#include <utility>

namespace mint::ws::detail {

namespace {

using make_function = std::unique_ptr<decompressor> (*)();

class mixed_decompressor final : public decompressor {
  public:
    mixed_decompressor(make_function make_small, make_function make_large)
        : make_small_(make_small), make_large_(make_large) {}
    mixed_decompressor(const mixed_decompressor& other)
        : decompressor(other),
          make_small_(other.make_small_),
          make_large_(other.make_large_),
          current_(other.current_ ? other.current_->clone() : nullptr),
          contrary_count_(other.contrary_count_),
          is_large_(other.is_large_) {}
    mixed_decompressor& operator=(const mixed_decompressor&) = delete;
    ~mixed_decompressor() override = default;

    [[nodiscard]] std::unique_ptr<decompressor> clone() const override {
        return std::make_unique<mixed_decompressor>(*this);
    }

    /// Changing costs as much as a few messages, so that one message of another size changes nothing.
    void begin_message(std::size_t size) override {
        constexpr std::size_t large_size = 256;
        constexpr unsigned patience = 4;
        const bool wants_large = size >= large_size;
        if (current_ && wants_large == is_large_) {
            contrary_count_ = 0;
            return;
        }
        if (current_ && ++contrary_count_ < patience) return;
        contrary_count_ = 0;
        auto next = wants_large ? make_large_() : make_small_();
        if (current_) {
            std::array<std::byte, 32 * 1024> window;  // written by what is below
            next->set_window(byte_view{window}.first(current_->copy_window(window)));
        }
        current_ = std::move(next);
        is_large_ = wants_large;
    }

    [[nodiscard]] bool decompress(byte_view payload, bool is_last, extension_output& out) override {
        return current_->decompress(payload, is_last, out);
    }
    void reset() noexcept override { current_->reset(); }
    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const override {
        return current_->copy_window(to);
    }
    void set_window(byte_view window) override { current_->set_window(window); }
    [[nodiscard]] std::size_t memory_size() const noexcept override {
        return sizeof(*this) + (current_ ? current_->memory_size() : 0);
    }

  private:
    make_function make_small_;
    make_function make_large_;
    std::unique_ptr<decompressor> current_;
    unsigned contrary_count_ = 0;  ///< messages in a row that the other one is better for
    bool is_large_ = false;
};

}  // namespace

std::unique_ptr<decompressor> make_mixed_decompressor(make_function make_small, make_function make_large) {
    return std::make_unique<mixed_decompressor>(make_small, make_large);
}

}  // namespace mint::ws::detail
