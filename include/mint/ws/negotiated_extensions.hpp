#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/field_value.hpp>
#include <mint/ws/extension.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mint::ws {

/// The extensions of one connection in the order that the server chose: what is sent passes them in that order, what is
/// received in its reverse (RFC 6455 §9.1).
///
/// A value: a copy is an independent fork of all their states. Without extensions it holds no heap.
class negotiated_extensions {
  public:
    negotiated_extensions() noexcept;
    negotiated_extensions(const negotiated_extensions& other);
    negotiated_extensions(negotiated_extensions&& other) noexcept;
    negotiated_extensions& operator=(const negotiated_extensions& other);
    negotiated_extensions& operator=(negotiated_extensions&& other) noexcept;
    ~negotiated_extensions();

    /// Adds one behind the others. Preconditions: none of them has one of these reserved bits; `codec` isn't null.
    void add(list_element answer, std::uint8_t reserved_bits, std::unique_ptr<extension_codec> codec);

    [[nodiscard]] bool empty() const noexcept { return chain_ == nullptr; }

    /// As the server answered, in its order.
    [[nodiscard]] const std::vector<list_element>& answers() const noexcept;

    /// Of all of them.
    [[nodiscard]] std::uint8_t reserved_bits() const noexcept;

    /// The most octets that a part of a message may have behind them.
    [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept;

    /// Heap octets held now.
    [[nodiscard]] std::size_t memory_size() const noexcept;

    /// Encodes a part of a message behind what `out` holds; the reserved bits of its first frame, or nothing where all
    /// of them let the message pass, and then `out` is as it was. For the codec.
    [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part& part, byte_view payload,
                                                                           buffer& out);

    /// True if a whole message of this type and size goes as it is, which is counted: `encode` needn't be called for
    /// it. For the codec.
    [[nodiscard]] bool lets_pass(opcode code, std::size_t size) noexcept {
        std::uint32_t& left = octets_to_pass_[code == opcode::text ? 0 : 1];
        if (left <= size) return false;
        left -= static_cast<std::uint32_t>(size);
        return true;
    }

    /// True if a message with these reserved bits is for one of them; `decode` is called for all its parts then. For
    /// the codec.
    [[nodiscard]] bool wants(std::uint8_t rsv) const noexcept;
    [[nodiscard]] std::expected<void, error> decode(const message_part& part, byte_view payload, extension_output& out);

    /// From here on so many octets may be decoded; between two extensions as many as the one that is given them says
    /// that it makes of so many, and an eighth and 1 KiB more. For the codec, before the first `decode`.
    void begin_decoding(std::size_t budget) noexcept;

    /// Gives back what lies between two of them; their states stay.
    void release_memory() noexcept;

    /// What the error said that ended the connection, for those who ask again.
    void keep_detail(const std::string& detail);
    [[nodiscard]] std::string detail() const;

  private:
    struct chain;
    std::unique_ptr<chain> chain_;
    std::array<std::uint32_t, 2> octets_to_pass_{};  ///< of text, of binary: what the only one needn't be shown
};

}  // namespace mint::ws
