// The only source that knows the third-party parser. It gets whole sections that `header_section` has checked line by
// line, so what it would let through there (bare line ends, folding, any limit) doesn't reach it.
#include "http1/response_parser.hpp"

#include "base/ascii.hpp"

#include <mint/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace mint::http1::detail {

namespace {

namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

constexpr std::string_view trailer_prefix = "HTTP/1.1 200 \r\n";

class section_parser final : public beast_http::basic_parser<false> {
  public:
    /// `shown` is what the parser reads; `original` is as long, and names and values are taken from there.
    section_parser(std::string_view shown, std::string_view original) : shown_(shown), original_(original) {
        header_limit(std::numeric_limits<std::uint32_t>::max());
        skip(true);  // bodies are framed elsewhere
    }

    /// Reads `prefix`, a status line, and then what is shown.
    [[nodiscard]] std::expected<response_head, error> parse(std::string_view prefix = {}) {
        beast::error_code failure;
        shows_status_line_ = prefix.empty();
        if (!prefix.empty()) put(boost::asio::const_buffer(prefix.data(), prefix.size()), failure);
        put(boost::asio::const_buffer(shown_.data(), shown_.size()), failure);
        if (!failure && is_done()) return std::move(head_);
        error reason{errc_of(failure)};
        reason.offset = line_start_;
        return std::unexpected(std::move(reason));
    }

  private:
    [[nodiscard]] errc errc_of(const beast::error_code& failure) const {
        using beast_http::error;
        if (failure == error::bad_version || failure == error::bad_status || failure == error::bad_reason) {
            return errc::invalid_status_line;
        }
        if (failure == error::bad_line_ending) return errc::invalid_line_end;
        if (failure == error::bad_transfer_encoding) return errc::invalid_transfer_encoding;
        if (failure == error::bad_content_length || failure == error::multiple_content_length) {
            // One of both is too many, whichever comes second (RFC 9112 §6.1).
            return head_.fields.contains("transfer-encoding") ? errc::invalid_transfer_encoding
                                                              : errc::invalid_content_length;
        }
        return errc::invalid_field_line;
    }

    [[nodiscard]] std::string_view original(beast::string_view shown) const {
        return original_.substr(static_cast<std::size_t>(shown.data() - shown_.data()), shown.size());
    }

    void end_line_behind(std::string_view part) {
        line_start_ = original_.find('\n', static_cast<std::size_t>(part.data() - original_.data())) + 1;
    }

    void on_response_impl(int code, beast::string_view reason, int version, beast::error_code&) override {
        head_.status_code = code;
        head_.is_http_1_1 = version == 11;
        if (!shows_status_line_) return;
        head_.reason = std::string{original(reason)};
        line_start_ = original_.find('\n') + 1;
    }

    void on_field_impl(beast_http::field, beast::string_view name, beast::string_view value,
                       beast::error_code& failure) override {
        const std::string_view field_name = original(name);
        const std::string_view field_value = value.empty() ? std::string_view{} : original(value);
        if (!head_.fields.append(field_name, field_value)) {
            failure = beast_http::error::bad_field;
            return;
        }
        end_line_behind(field_name);
    }

    void on_request_impl(beast_http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override { return 0; }
    void on_finish_impl(beast::error_code&) override {}

    std::string_view shown_;
    std::string_view original_;
    std::size_t line_start_ = 0;
    bool shows_status_line_ = true;
    response_head head_;
};

bool is_framing_name(std::string_view name) noexcept {
    return mint::detail::equals_ignoring_case(name, "content-length") ||
           mint::detail::equals_ignoring_case(name, "transfer-encoding");
}

/// The section with the first letter of each framing field's name changed, so that the parser, which would judge those
/// fields, sees fields unknown to it. Empty where there is none.
std::string without_framing(std::string_view section) {
    std::string changed;
    for (std::size_t line = 0; line < section.size(); line = section.find('\n', line) + 1) {
        const std::string_view name = section.substr(line, section.find_first_of(":\n", line) - line);
        if (!is_framing_name(name)) continue;
        if (changed.empty()) changed = section;
        changed[line] = 'x';
    }
    return changed;
}

}  // namespace

std::expected<response_head, error> parse_head(byte_view section, bool is_answer_to_connect) {
    const std::string_view text = as_text(section);
    // RFC 9112 §6.3: an interim response, a 101 and a tunnel's 2xx have no body, whatever their fields say.
    constexpr std::size_t status_position = std::string_view{"HTTP/1.1 "}.size();
    const char first_digit = text.size() > status_position ? text[status_position] : '\0';
    if (first_digit == '1' || (first_digit == '2' && is_answer_to_connect)) {
        if (const std::string changed = without_framing(text); !changed.empty()) {
            return section_parser{changed, text}.parse();
        }
    }
    return section_parser{text, text}.parse();
}

std::expected<headers, error> parse_trailers(byte_view section) {
    const std::string_view text = as_text(section);
    auto head = section_parser{text, text}.parse(trailer_prefix);
    if (!head) return std::unexpected(std::move(head.error()));
    return std::move(head->fields);
}

}  // namespace mint::http1::detail
