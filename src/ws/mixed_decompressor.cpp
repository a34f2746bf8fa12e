#include "ws/mixed_decompressor.hpp"

#include "ws/fixed_block_inflater.hpp"

#include <array>
#include <optional>
#include <utility>

namespace mint::ws::detail {

namespace {

class mixed_decompressor final : public decompressor {
  public:
    mixed_decompressor(std::uint8_t window_bits, make_decompressor_function make_small,
                       make_decompressor_function make_large)
        : fixed_blocks_(window_bits), make_small_(make_small), make_large_(make_large), window_bits_(window_bits) {}
    mixed_decompressor(const mixed_decompressor& other)
        : decompressor(other),
          fixed_blocks_(other.fixed_blocks_),
          library_(other.library_ ? other.library_->clone() : nullptr),
          make_small_(other.make_small_),
          make_large_(other.make_large_),
          wants_large_(other.wants_large_),
          contrary_count_(other.contrary_count_),
          fixed_count_(other.fixed_count_),
          window_bits_(other.window_bits_),
          is_library_large_(other.is_library_large_),
          is_begun_(other.is_begun_) {}
    mixed_decompressor& operator=(const mixed_decompressor&) = delete;
    ~mixed_decompressor() override = default;

    [[nodiscard]] std::unique_ptr<decompressor> clone() const override {
        return std::make_unique<mixed_decompressor>(*this);
    }

    /// Changing the library costs as much as a few messages, so that one message of another size changes nothing.
    void begin_message(std::uint64_t frame_size) override {
        constexpr std::uint64_t large_size = 192;
        constexpr unsigned patience = 4;
        is_begun_ = false;
        const bool is_large = make_large_ != nullptr && frame_size >= large_size;
        if (wants_large_ == is_large) {
            contrary_count_ = 0;
        } else if (!wants_large_ || ++contrary_count_ == patience) {
            wants_large_ = is_large;
            contrary_count_ = 0;
        }
    }

    [[nodiscard]] bool decompress(byte_view payload, bool is_last, extension_output& out) override {
        if (!std::exchange(is_begun_, true)) {
            if (is_last && fixed_block_inflater::suits(payload)) {
                if (take_fixed_blocks(payload, out)) return true;
            } else {
                fixed_count_ = 0;
            }
            choose_library();
        }
        return library_->decompress(payload, is_last, out);
    }

    /// What comes now is another connection's: nothing of what was chosen for this one goes along, but the states do.
    void reset() noexcept override {
        fixed_blocks_.reset();
        if (library_) {
            library_->reset();
            idle_[is_library_large_ ? 1 : 0] = std::move(library_);
        }
        wants_large_.reset();
        contrary_count_ = fixed_count_ = 0;
        keeps_states_ = true;
    }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const override {
        return library_ ? library_->copy_window(to) : fixed_blocks_.copy_window(to);
    }

    void set_window(byte_view window) override {
        library_.reset();
        fixed_blocks_.set_window(window);
    }

    [[nodiscard]] std::size_t memory_size() const noexcept override {
        std::size_t size = sizeof(*this) + fixed_blocks_.memory_size() + (library_ ? library_->memory_size() : 0);
        for (const auto& library : idle_) size += library ? library->memory_size() : 0;
        return size;
    }

  private:
    /// Leaving a library, and coming back to it, costs as much as is won by some twenty messages.
    [[nodiscard]] bool take_fixed_blocks(byte_view payload, extension_output& out) {
        constexpr unsigned patience = 32;
        if (library_) {
            if (++fixed_count_ < patience) return false;
            std::array<std::byte, 32 * 1024> window;  // written by what is below
            fixed_blocks_.set_window(byte_view{window}.first(library_->copy_window(window)));
            library_.reset();
        }
        fixed_count_ = 0;
        const auto made = fixed_blocks_.inflate(payload);
        if (made) static_cast<void>(out.append(*made));  // `out` knows whether that was too much
        return made.has_value();
    }

    void choose_library() {
        const bool is_large = wants_large_.value_or(false);
        if (library_ && is_library_large_ == is_large) return;
        auto next = std::move(idle_[is_large ? 1 : 0]);
        if (!next) next = (is_large ? make_large_ : make_small_)(window_bits_);
        std::array<std::byte, 32 * 1024> window;  // written by what is below
        if (const std::size_t size = copy_window(window); size > 0) next->set_window(byte_view{window}.first(size));
        if (!keeps_states_) fixed_blocks_.release();
        library_ = std::move(next);
        is_library_large_ = is_large;
    }

    fixed_block_inflater fixed_blocks_;  ///< has the window where there is no library
    std::unique_ptr<decompressor> library_;
    std::array<std::unique_ptr<decompressor>, 2> idle_;  ///< small, large: as new, for the next connection's message
    make_decompressor_function make_small_;
    make_decompressor_function make_large_;
    std::optional<bool> wants_large_;
    unsigned contrary_count_ = 0;  ///< messages in a row that the other library is better for
    unsigned fixed_count_ = 0;     ///< messages in a row that need none
    std::uint8_t window_bits_;
    bool is_library_large_ = false;
    bool is_begun_ = false;      ///< the message
    bool keeps_states_ = false;  ///< it serves one message after another, each by itself
};

}  // namespace

std::unique_ptr<decompressor> make_mixed_decompressor(std::uint8_t window_bits, make_decompressor_function make_small,
                                                      make_decompressor_function make_large) {
    return std::make_unique<mixed_decompressor>(window_bits, make_small, make_large);
}

}  // namespace mint::ws::detail
