#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mint::http2::detail {

/// A field section as it is received, field by field, and the rules that it must keep (RFC 9113 §8.2, §8.3). There is
/// one at a time on a connection. Each rule's errc is malformed_response, and the detail says which.
class incoming_section {
  public:
    enum class kind : std::uint8_t {
        response,  ///< interim or final: `:status`
        trailers,  ///< no pseudo-fields
        promise,   ///< a request that the server makes up (RFC 9113 §8.4)
    };

    /// Drops what was there.
    void begin(kind k);

    [[nodiscard]] std::expected<void, error> add(std::string_view name, std::string_view value);

    /// All fields are there: checks what must be among them.
    [[nodiscard]] std::expected<void, error> finish() const;

    /// What a field counts for in the size of a list (RFC 9113 §6.5.2).
    [[nodiscard]] static std::size_t size_of(std::string_view name, std::string_view value) noexcept {
        return name.size() + value.size() + 32;
    }

    [[nodiscard]] int status() const noexcept { return status_; }
    [[nodiscard]] bool is_interim() const noexcept { return kind_ == kind::response && status_ < 200; }
    [[nodiscard]] kind what() const noexcept { return kind_; }
    [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept { return content_length_; }
    [[nodiscard]] const std::string& method() const noexcept { return method_; }
    [[nodiscard]] const std::string& target() const noexcept { return target_; }
    [[nodiscard]] const std::string& scheme() const noexcept { return scheme_; }
    [[nodiscard]] const std::string& authority() const noexcept { return authority_; }

    /// What is wrong with the framing of a refusal, whose status and fields count all the same.
    [[nodiscard]] const std::optional<error>& broken_framing() const noexcept { return broken_framing_; }

    /// The fields without the pseudo-fields; they are given away.
    [[nodiscard]] headers take_fields() noexcept;

  private:
    std::expected<void, error> add_pseudo(std::string_view name, std::string_view value);
    std::expected<void, error> add_framing(std::string_view name, std::string_view value);

    headers fields_;
    std::string method_;
    std::string target_;
    std::string scheme_;
    std::string authority_;
    std::optional<std::uint64_t> content_length_;
    std::optional<error> broken_framing_;
    int status_ = 0;
    kind kind_ = kind::response;
    bool has_regular_ = false;  ///< pseudo-fields come first
};

}  // namespace mint::http2::detail
