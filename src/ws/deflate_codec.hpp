#pragma once

#include "ws/deflate_backend.hpp"

#include <mint/ws/extension.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

namespace mint::ws::detail {

struct shared_deflate_states;

/// What one end of a connection does: windows are named by direction, not by who is who.
struct deflate_agreement {
    std::uint8_t send_window_bits = 15;
    std::uint8_t receive_window_bits = 15;
    bool sends_afresh = false;     ///< no context takeover in what is sent
    bool receives_afresh = false;  ///< nor in what is received
};

/// permessage-deflate on one connection (RFC 7692 §7.2).
class deflate_codec final : public extension_codec {
  public:
    deflate_codec(const permessage_deflate_options& options, std::shared_ptr<shared_deflate_states> states,
                  const deflate_agreement& agreed) noexcept;
    deflate_codec(const deflate_codec& other);
    deflate_codec& operator=(const deflate_codec&) = delete;
    ~deflate_codec() override = default;

    [[nodiscard]] std::unique_ptr<extension_codec> clone() const override;
    [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part& part, byte_view payload,
                                                                           extension_output& out) override;
    [[nodiscard]] std::expected<void, error> decode(const message_part& part, byte_view payload,
                                                    extension_output& out) override;
    [[nodiscard]] std::uint32_t octets_to_pass(opcode code) noexcept override;
    [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override {
        return max_compressed_size(size);
    }
    [[nodiscard]] std::size_t memory_size() const noexcept override;

  private:
    /// Of messages of one type: what isn't compressed costs no time, but for a message now and then that is looked at,
    /// or compressed, to find out whether they have come to shrink.
    struct experience {
        std::uint32_t octets_to_pass = 0;   ///< go as they are
        std::size_t last_size = 0;          ///< of a message that did
        std::uint32_t fruitless_count = 0;  ///< messages in a row that were compressed and did not shrink
    };

    [[nodiscard]] bool compresses(const message_part& part, byte_view payload) noexcept;
    [[nodiscard]] experience& known_of(opcode code) noexcept { return experience_[code == opcode::text ? 0 : 1]; }
    void learn() noexcept;
    void take_compressor();
    void take_decompressor();

    compression mode_;
    std::size_t min_size_;
    compressor_settings settings_;
    deflate_agreement agreed_;
    std::shared_ptr<shared_deflate_states> states_;
    std::unique_ptr<compressor> compressor_;
    std::unique_ptr<decompressor> decompressor_;
    std::array<experience, 2> experience_;  ///< of text, of binary
    std::uint64_t size_before_ = 0;         ///< of the message being sent
    std::uint64_t size_behind_ = 0;
    opcode code_ = opcode::binary;  ///< its type
    bool is_begun_ = false;         ///< the message being received
};

}  // namespace mint::ws::detail
