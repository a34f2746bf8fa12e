#include "ws/deflate_codec.hpp"

#include "ws/choose_backend.hpp"
#include "ws/shared_deflate_states.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace mint::ws::detail {

namespace {

/// Compressing takes some 30 times the time of masking, and more where it is rare: one message in 131,072 is no burden.
constexpr std::uint32_t max_fruitless_count = 17;
constexpr std::uint64_t max_octets_to_pass = std::uint64_t{512} * 1024 * 1024;

/// Looking at one costs some ten times as much as masking it: one message in 2,048.
constexpr std::uint32_t max_unseen_shift = 11;

/// Whether it might: a sample of what doesn't shrink has about as many values as chance gives.
bool may_shrink(byte_view payload) noexcept {
    constexpr std::size_t stretch_count = 4;
    constexpr std::size_t stretch_size = 64;
    std::array<std::uint64_t, 4> seen{};
    const auto look_at = [&seen](byte_view octets) {
        for (const std::byte octet : octets) {
            const auto value = std::to_integer<unsigned>(octet);
            seen[value / 64] |= std::uint64_t{1} << value % 64;
        }
    };
    const std::size_t size = std::min(payload.size(), stretch_count * stretch_size);
    if (size == payload.size()) {
        look_at(payload);
    } else {
        const std::size_t distance = (payload.size() - stretch_size) / (stretch_count - 1);
        for (std::size_t i = 0; i < stretch_count; ++i) look_at(payload.subspan(i * distance, stretch_size));
    }
    std::size_t count = 0;
    for (const std::uint64_t values : seen) count += static_cast<std::size_t>(std::popcount(values));
    // 256 (1 - e^(-size/256)), nearly; what is compressed or encrypted has all of them, base64 three quarters.
    const std::size_t by_chance = size - size * size / 512 + size * size * size / 393'216;
    return count < by_chance - by_chance / 5;
}

}  // namespace

deflate_codec::deflate_codec(const permessage_deflate_options& options, std::shared_ptr<shared_deflate_states> states,
                             const deflate_agreement& agreed) noexcept
    : mode_(options.compression),
      min_size_(options.min_size),
      settings_{.window_bits = agreed.send_window_bits,
                .level = options.level,
                .memory_level = options.memory_level,
                .strategy = options.strategy},
      agreed_(agreed),
      states_(std::move(states)) {}

deflate_codec::deflate_codec(const deflate_codec& other)
    : extension_codec(other),
      mode_(other.mode_),
      min_size_(other.min_size_),
      settings_(other.settings_),
      agreed_(other.agreed_),
      states_(other.states_),
      compressor_(other.compressor_ ? other.compressor_->clone() : nullptr),
      decompressor_(other.decompressor_ ? other.decompressor_->clone() : nullptr),
      experience_(other.experience_),
      size_before_(other.size_before_),
      size_behind_(other.size_behind_),
      code_(other.code_),
      is_begun_(other.is_begun_) {}

std::unique_ptr<extension_codec> deflate_codec::clone() const { return std::make_unique<deflate_codec>(*this); }

std::expected<std::optional<std::uint8_t>, error> deflate_codec::encode(const message_part& part, byte_view payload,
                                                                        extension_output& out) {
    if (part.is_first && !compresses(part, payload)) return std::optional<std::uint8_t>{};
    if (!compressor_) take_compressor();
    if (part.is_first) {
        size_before_ = size_behind_ = 0;
        code_ = part.code;
    }
    const std::size_t room = out.left();
    compressor_->compress(payload, part.is_last, out);
    size_before_ += payload.size();
    size_behind_ += room - out.left();
    if (part.is_last) {
        if (agreed_.sends_afresh) {
            compressor_->reset();
            states_->compressors.lay_down(settings_.window_bits, std::move(compressor_));
        }
        learn();
    }
    return std::optional{rsv1};
}

/// Decided before anything is compressed: what the window has seen the peer must see too.
bool deflate_codec::compresses(const message_part& part, byte_view payload) noexcept {
    if (mode_ == compression::never || !part.may_compress) return false;
    if (part.is_last && payload.size() < min_size_) return false;
    if (mode_ == compression::always) return true;
    experience& known = known_of(part.code);
    if (known.octets_to_pass == 0 || known.octets_to_pass < payload.size() || may_shrink(payload)) return true;
    known.octets_to_pass -= static_cast<std::uint32_t>(payload.size());
    known.last_size = payload.size();
    return false;
}

std::uint32_t deflate_codec::octets_to_pass(opcode code) noexcept {
    if (mode_ == compression::never) return std::numeric_limits<std::uint32_t>::max();
    if (mode_ == compression::always) return 0;
    experience& known = known_of(code);
    const std::uint64_t unseen = std::uint64_t{known.last_size} << std::min(known.fruitless_count, max_unseen_shift);
    const auto granted = static_cast<std::uint32_t>(std::min<std::uint64_t>(known.octets_to_pass, unseen));
    known.octets_to_pass -= granted;
    return granted;
}

/// After each message in a row that didn't shrink twice as many octets pass.
void deflate_codec::learn() noexcept {
    experience& known = known_of(code_);
    if (size_behind_ < size_before_ - size_before_ / 32) {
        known = {};
        return;
    }
    known.fruitless_count = std::min(known.fruitless_count + 1, max_fruitless_count);
    const std::uint64_t size = std::min(size_before_, max_octets_to_pass);
    known.octets_to_pass = static_cast<std::uint32_t>(std::min(size << known.fruitless_count, max_octets_to_pass));
}

std::expected<void, error> deflate_codec::decode(const message_part& part, byte_view payload, extension_output& out) {
    if (!decompressor_) take_decompressor();
    if (part.is_first) is_begun_ = false;
    if (payload.empty() && !part.is_last) return {};
    if (!is_begun_) {
        decompressor_->begin_message(part.frame_size);
        is_begun_ = true;
    }
    if (const auto done = decompressor_->decompress(payload, part.is_last, out); !done) {
        return std::unexpected(error{errc::invalid_compressed_data, std::string{done.error()}});
    }
    if (!part.is_last || out.is_exceeded()) return {};
    if (agreed_.receives_afresh) {
        decompressor_->reset();
        states_->decompressors.lay_down(agreed_.receive_window_bits, std::move(decompressor_));
    }
    return {};
}

void deflate_codec::take_compressor() {
    if (agreed_.sends_afresh) compressor_ = states_->compressors.take(settings_.window_bits);
    if (!compressor_) compressor_ = make_compressor(settings_);
}

void deflate_codec::take_decompressor() {
    if (agreed_.receives_afresh) decompressor_ = states_->decompressors.take(agreed_.receive_window_bits);
    if (!decompressor_) decompressor_ = make_decompressor(agreed_.receive_window_bits);
}

std::size_t deflate_codec::memory_size() const noexcept {
    return sizeof(*this) + (compressor_ ? compressor_->memory_size() : 0) +
           (decompressor_ ? decompressor_->memory_size() : 0);
}

}  // namespace mint::ws::detail
