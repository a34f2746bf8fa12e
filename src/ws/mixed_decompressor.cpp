#include "ws/mixed_decompressor.hpp"

#include "ws/message_inflater.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace mint::ws::detail {

namespace {

constexpr std::size_t window_size = 32 * 1024;

class mixed_decompressor final : public decompressor {
  public:
    mixed_decompressor(std::uint8_t window_bits, make_decompressor_function make_small,
                       make_decompressor_function make_large)
        : inflater_(window_bits), make_small_(make_small), make_large_(make_large), window_bits_(window_bits) {}
    mixed_decompressor(const mixed_decompressor& other)
        : decompressor(other),
          inflater_(other.inflater_),
          library_(other.library_ ? other.library_->clone() : nullptr),
          make_small_(other.make_small_),
          make_large_(other.make_large_),
          gathered_(other.gathered_),
          frame_size_(other.frame_size_),
          wants_large_(other.wants_large_),
          contrary_count_(other.contrary_count_),
          small_count_(other.small_count_),
          barred_count_(other.barred_count_),
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
        gathered_.clear();
        frame_size_ = frame_size;
        bool is_large = make_large_ != nullptr && frame_size >= large_size;
        if (is_large && barred_count_ > 0) {
            --barred_count_;
            is_large = false;
        }
        if (wants_large_ == is_large) {
            contrary_count_ = 0;
        } else if (!wants_large_ || ++contrary_count_ == patience) {
            wants_large_ = is_large;
            contrary_count_ = 0;
        }
    }

    [[nodiscard]] decompress_result decompress(byte_view payload, bool is_last, extension_output& out) override {
        if (is_begun_) return decompress_by_library(payload, is_last, out);
        // A small frame is waited for, so that who inflates it doesn't depend on how it comes.
        const bool is_small = frame_size_ <= max_whole_size();
        if (is_small && (!gathered_.empty() || payload.size() < frame_size_)) {
            gathered_.insert(gathered_.end(), payload.begin(), payload.end());
            if (!is_last && gathered_.size() < frame_size_) return {};
            payload = gathered_;
        }
        is_begun_ = true;
        const bool is_whole = is_small && is_last && take_whole_message(payload, out);
        if (!is_whole) choose_library();
        give_back_what_lies_idle(is_whole);  // the window is where it is needed
        if (is_whole) return {};
        if (!is_small || !is_last) small_count_ = 0;
        return decompress_by_library(payload, is_last, out);
    }

    /// What comes now is another connection's: nothing of what was chosen for this one goes along, but the states do.
    void reset() noexcept override {
        inflater_.reset();
        if (library_) put_aside();
        gathered_.clear();
        frame_size_ = 0;
        is_begun_ = false;
        wants_large_.reset();
        contrary_count_ = small_count_ = barred_count_ = 0;
        keeps_states_ = true;
    }

    void go_on_from(const block_end& end) override {
        choose_library();
        library_->go_on_from(end);
        is_begun_ = true;
    }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, window_size> to) const override {
        return library_ ? library_->copy_window(to) : inflater_.copy_window(to);
    }

    void set_window(byte_view window) override {
        library_.reset();
        inflater_.set_window(window);
    }

    [[nodiscard]] std::size_t memory_size() const noexcept override {
        std::size_t size = sizeof(*this) + inflater_.memory_size() + gathered_.capacity();
        if (library_) size += library_->memory_size();
        for (const auto& library : idle_) size += library ? library->memory_size() : 0;
        return size;
    }

  private:
    /// The largest message's that `inflater_` is faster at than a library, compressed: than ISA-L, or than zlib.
    [[nodiscard]] std::size_t max_whole_size() const noexcept {
        constexpr std::size_t beside_fast_one = 640;
        return make_large_ != nullptr ? beside_fast_one : message_inflater::max_payload_size;
    }

    /// Leaving a library, and coming back to it, costs as much as is won by a few messages, and an attempt at one that
    /// gets large as much as that.
    [[nodiscard]] bool take_whole_message(byte_view payload, extension_output& out) {
        constexpr unsigned patience = 16;
        if (library_) {
            if (++small_count_ < patience) return false;
            std::array<std::byte, window_size> window;  // written by what is below
            inflater_.set_window(byte_view{window}.first(library_->copy_window(window)));
            put_aside();
        }
        small_count_ = 0;
        const auto made = inflater_.inflate(payload);
        if (made) static_cast<void>(out.append(*made));  // `out` knows whether that was too much
        return made.has_value();
    }

    /// A message of many small blocks goes on with the library for small messages. Some hundred messages after it go to
    /// that one too: trying the other one again costs up to 14 µs.
    [[nodiscard]] decompress_result decompress_by_library(byte_view payload, bool is_last, extension_output& out) {
        constexpr unsigned enough = 256;
        if (!is_library_large_) return library_->decompress(payload, is_last, out);
        const auto left = library_->decompress_large_blocks(payload, is_last, out);
        if (!left) return std::unexpected(left.error());
        if (!*left) return {};
        wants_large_ = false;
        contrary_count_ = 0;
        barred_count_ = enough;
        choose_library();
        library_->go_on_from(**left);
        return library_->decompress((*left)->unread, is_last, out);
    }

    void choose_library() {
        const bool is_large = wants_large_.value_or(false);
        if (library_ && is_library_large_ == is_large) return;
        auto next = std::move(idle_[is_large ? 1 : 0]);
        if (!next) next = (is_large ? make_large_ : make_small_)(window_bits_);
        std::array<std::byte, window_size> window;  // written by what is below
        if (const std::size_t size = copy_window(window); size > 0) next->set_window(byte_view{window}.first(size));
        if (library_) put_aside();
        library_ = std::move(next);
        is_library_large_ = is_large;
    }

    void put_aside() noexcept {
        library_->reset();
        idle_[is_library_large_ ? 1 : 0] = std::move(library_);
    }

    /// What many messages in a row didn't need. Before that it stays, for messages of one kind among others shouldn't
    /// take memory each time.
    void give_back_what_lies_idle(bool is_whole) noexcept {
        constexpr unsigned enough = 1024;
        if (std::exchange(was_whole_, is_whole) != is_whole) run_count_ = 0;
        if (++run_count_ < enough || keeps_states_) return;
        run_count_ = 0;
        for (auto& library : idle_) library.reset();
        if (!is_whole) inflater_.release();
    }

    message_inflater inflater_;  ///< has the window where there is no library
    std::unique_ptr<decompressor> library_;
    std::array<std::unique_ptr<decompressor>, 2> idle_;  ///< small, large: as new, and not in use
    make_decompressor_function make_small_;
    make_decompressor_function make_large_;
    std::vector<std::byte> gathered_;  ///< of the message's first frame
    std::uint64_t frame_size_ = 0;     ///< its size
    std::optional<bool> wants_large_;
    unsigned contrary_count_ = 0;  ///< messages in a row that the other library is better for
    unsigned small_count_ = 0;     ///< messages in a row that may need none
    unsigned barred_count_ = 0;    ///< messages, of those for the library for large ones, that don't go to it
    unsigned run_count_ = 0;       ///< messages in a row for which `was_whole_` held alike, up to many
    std::uint8_t window_bits_;
    bool is_library_large_ = false;
    bool was_whole_ = false;     ///< the last message needed no library
    bool is_begun_ = false;      ///< the library has some of the message
    bool keeps_states_ = false;  ///< it serves one message after another, each by itself
};

}  // namespace

std::unique_ptr<decompressor> make_mixed_decompressor(std::uint8_t window_bits, make_decompressor_function make_small,
                                                      make_decompressor_function make_large) {
    return std::make_unique<mixed_decompressor>(window_bits, make_small, make_large);
}

}  // namespace mint::ws::detail
