#include "ws/deflate_codec.hpp"

#include "ws/choose_backend.hpp"

#include <algorithm>

namespace mint::ws::detail {

namespace {

/// Compressing takes some 30 times the time of masking, and more where it is rare: one message in 131,072 is no burden.
constexpr std::uint32_t max_fruitless_count = 17;
constexpr std::uint64_t max_octets_to_pass = std::uint64_t{512} * 1024 * 1024;

}  // namespace

deflate_codec::deflate_codec(const permessage_deflate_options& options, const deflate_agreement& agreed) noexcept
    : mode_(options.compression),
      min_size_(options.min_size),
      settings_{.window_bits = agreed.send_window_bits,
                .level = options.level,
                .memory_level = options.memory_level,
                .strategy = options.strategy},
      agreed_(agreed) {}

deflate_codec::deflate_codec(const deflate_codec& other)
    : extension_codec(other),
      mode_(other.mode_),
      min_size_(other.min_size_),
      settings_(other.settings_),
      agreed_(other.agreed_),
      compressor_(other.compressor_ ? other.compressor_->clone() : nullptr),
      decompressor_(other.decompressor_ ? other.decompressor_->clone() : nullptr),
      experience_(other.experience_),
      size_before_(other.size_before_),
      size_behind_(other.size_behind_),
      is_text_(other.is_text_),
      is_begun_(other.is_begun_) {}

std::unique_ptr<extension_codec> deflate_codec::clone() const { return std::make_unique<deflate_codec>(*this); }

std::expected<std::optional<std::uint8_t>, error> deflate_codec::encode(const message_part& part, byte_view payload,
                                                                        extension_output& out) {
    if (part.is_first && !compresses(part, payload.size())) return std::optional<std::uint8_t>{};
    if (!compressor_) compressor_ = make_compressor(settings_);
    if (part.is_first) {
        size_before_ = size_behind_ = 0;
        is_text_ = part.code == opcode::text;
    }
    const std::size_t room = out.left();
    compressor_->compress(payload, part.is_last, out);
    size_before_ += payload.size();
    size_behind_ += room - out.left();
    if (part.is_last) {
        if (agreed_.sends_afresh) compressor_->reset();
        learn();
    }
    return std::optional{rsv1};
}

/// Decided before anything is compressed: what the window has seen the peer must see too.
bool deflate_codec::compresses(const message_part& part, std::size_t size) noexcept {
    if (mode_ == compression::never || !part.may_compress) return false;
    if (part.is_last && size < min_size_) return false;
    if (mode_ == compression::always) return true;
    experience& known = experience_[part.code == opcode::text ? 0 : 1];
    if (known.octets_to_pass < size) return true;
    known.octets_to_pass -= size;
    return false;
}

/// After each message in a row that didn't shrink twice as many octets pass.
void deflate_codec::learn() noexcept {
    experience& known = experience_[is_text_ ? 0 : 1];
    if (size_behind_ < size_before_ - size_before_ / 32) {
        known = {};
        return;
    }
    known.fruitless_count = std::min(known.fruitless_count + 1, max_fruitless_count);
    known.octets_to_pass = std::min(size_before_ << known.fruitless_count, max_octets_to_pass);
}

std::expected<void, error> deflate_codec::decode(const message_part& part, byte_view payload, extension_output& out) {
    if (!decompressor_) decompressor_ = make_decompressor(agreed_.receive_window_bits);
    if (part.is_first) is_begun_ = false;
    if (payload.empty() && !part.is_last) return {};
    if (!is_begun_) {
        decompressor_->begin_message(payload.size());
        is_begun_ = true;
    }
    if (!decompressor_->decompress(payload, part.is_last, out)) {
        return std::unexpected(error{errc::invalid_compressed_data});
    }
    if (!part.is_last || out.is_exceeded()) return {};
    if (agreed_.receives_afresh) decompressor_->reset();
    return {};
}

std::size_t deflate_codec::memory_size() const noexcept {
    return sizeof(*this) + (compressor_ ? compressor_->memory_size() : 0) +
           (decompressor_ ? decompressor_->memory_size() : 0);
}

}  // namespace mint::ws::detail
