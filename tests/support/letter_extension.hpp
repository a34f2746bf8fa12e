#pragma once

#include <mint/ws/extension.hpp>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mint::testing {

/// An extension that puts a letter before each message, and takes it away again; with a reserved bit it marks those
/// messages, and lets those that begin with a capital pass.
class letter_extension final : public ws::extension {
  public:
    letter_extension(std::string name, char letter, std::uint8_t bits,
                     std::vector<ws::extension_parameters> offers = {{}})
        : name_(std::move(name)), letter_(letter), bits_(bits), offers_(std::move(offers)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] std::uint8_t reserved_bits() const noexcept override { return bits_; }
    [[nodiscard]] std::vector<ws::extension_parameters> offers() const override { return offers_; }
    [[nodiscard]] std::expected<std::unique_ptr<ws::extension_codec>, error> accept(
        const ws::extension_parameters& answer) const override {
        if (!answer.empty()) return std::unexpected(error{errc::invalid_extension_parameter, name_ + " has none"});
        return std::make_unique<state>(letter_, bits_);
    }

  private:
    class state final : public ws::extension_codec {
      public:
        state(char letter, std::uint8_t bits) : letter_(1, letter), bits_(bits) {}
        [[nodiscard]] std::unique_ptr<ws::extension_codec> clone() const override {
            return std::make_unique<state>(*this);
        }
        [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const ws::message_part& part,
                                                                               byte_view payload,
                                                                               ws::extension_output& out) override {
            const std::string_view text = as_text(payload);
            if (part.is_first && bits_ != 0 && !text.empty() && text[0] >= 'A' && text[0] <= 'Z') return std::nullopt;
            if (text == "too much") static_cast<void>(out.append(as_bytes(std::string(100, 'x'))));
            if (text == "refused") return std::unexpected(error{errc::invalid_argument, "it is refused"});
            if (part.is_first) static_cast<void>(out.append(as_bytes(letter_)));
            static_cast<void>(out.append(payload));
            return std::optional{bits_};
        }
        [[nodiscard]] std::expected<void, error> decode(const ws::message_part& part, byte_view payload,
                                                        ws::extension_output& out) override {
            const bool is_at_letter = part.is_first || is_waiting_;
            is_waiting_ = is_at_letter && payload.empty();
            if (is_at_letter && !payload.empty()) {
                if (as_text(payload)[0] == '?') return std::unexpected(errc::invalid_argument);
                if (as_text(payload)[0] != letter_[0]) {
                    return std::unexpected(error{errc::extension_failed, "no " + letter_});
                }
                payload = payload.subspan(1);
            }
            static_cast<void>(out.append(payload));
            return {};
        }
        [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override { return size + 1; }

      private:
        std::string letter_;
        std::uint8_t bits_;
        bool is_waiting_ = false;
    };

    std::string name_;
    char letter_;
    std::uint8_t bits_;
    std::vector<ws::extension_parameters> offers_;
};

}  // namespace mint::testing
