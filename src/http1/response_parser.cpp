// The only source that knows the third-party parser. It gets whole sections that `header_section` has checked line by
// line, so what it would let through there (bare line ends, folding, any limit) doesn't reach it.
#include "http1/response_parser.hpp"

#include "base/ascii.hpp"
#include "base/visible.hpp"

#include <mint/base/bytes.hpp>

#include <algorithm>
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

/// What the parser gets in place of a status line.
constexpr std::string_view status_line = "HTTP/1.1 200 \r\n";
constexpr std::size_t version_size = std::string_view{"HTTP/1.1"}.size();
constexpr std::size_t code_position = version_size + 1;
constexpr std::size_t reason_position = code_position + 4;

/// The line that starts there, for the text of an error.
std::string shown_line(std::string_view section, std::size_t start) {
    const std::string_view rest = section.substr(std::min(start, section.size()));
    return mint::detail::visible(rest.substr(0, rest.find('\r')));
}

class section_parser final : public beast_http::basic_parser<false> {
  public:
    /// `shown` is what the parser reads; `original` is as long, and names and values are taken from there.
    section_parser(std::string_view shown, std::string_view original) : shown_(shown), original_(original) {
        header_limit(std::numeric_limits<std::uint32_t>::max());
        skip(true);  // bodies are framed elsewhere
    }

    [[nodiscard]] std::expected<headers, error> parse() {
        beast::error_code failure;
        put(boost::asio::const_buffer(status_line.data(), status_line.size()), failure);
        put(boost::asio::const_buffer(shown_.data(), shown_.size()), failure);
        if (!failure && is_done()) return std::move(fields_);
        error reason{errc_of(failure), shown_line(original_, line_start_)};
        reason.offset = line_start_;
        return std::unexpected(std::move(reason));
    }

  private:
    [[nodiscard]] errc errc_of(const beast::error_code& failure) const {
        using beast_http::error;
        if (failure == error::bad_line_ending) return errc::invalid_line_end;
        if (failure == error::bad_transfer_encoding) return errc::invalid_transfer_encoding;
        if (failure == error::bad_content_length || failure == error::multiple_content_length) {
            // One of both is too many, whichever comes second (RFC 9112 §6.1).
            return fields_.contains("transfer-encoding") ? errc::invalid_transfer_encoding
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

    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}

    void on_field_impl(beast_http::field, beast::string_view name, beast::string_view value,
                       beast::error_code& failure) override {
        const std::string_view field_name = original(name);
        const std::string_view field_value = value.empty() ? std::string_view{} : original(value);
        if (!fields_.append(field_name, field_value)) {
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
    headers fields_;
};

bool is_framing_name(std::string_view name) noexcept {
    return mint::detail::equals_ignoring_case(name, "content-length") ||
           mint::detail::equals_ignoring_case(name, "transfer-encoding");
}

/// Fields with the first letter of each framing field's name changed, so that the parser, which would judge those
/// fields, sees fields unknown to it. Empty where there is none. `last` is where the last of them starts.
std::string without_framing(std::string_view fields, std::size_t& last) {
    std::string changed;
    for (std::size_t line = 0; line < fields.size(); line = fields.find('\n', line) + 1) {
        const std::string_view name = fields.substr(line, fields.find_first_of(":\n", line) - line);
        if (!is_framing_name(name)) continue;
        if (changed.empty()) changed = fields;
        changed[line] = 'x';
        last = line;
    }
    return changed;
}

/// A user agent puts a blank in place of each fold (RFC 9112 §5.2). The lines keep their places: what a fold had more
/// stands at the field's end, where blanks don't count. Empty where nothing is folded.
std::string unfolded(std::string_view section) {
    std::string result;
    std::size_t pad = 0;    // octets that the folds of this field had more
    std::size_t taken = 0;  // of `section`
    for (std::size_t line_feed = section.find('\n'); line_feed < section.size() - 1;
         line_feed = section.find('\n', line_feed + 1)) {
        const bool is_fold = mint::detail::is_blank(section[line_feed + 1]);
        if (!is_fold && pad == 0) continue;
        result += section.substr(taken, line_feed - 1 - taken);
        taken = line_feed - 1;
        if (is_fold) {
            const std::size_t end = result.find_last_not_of(" \t") + 1;
            const std::size_t text = std::min(section.find_first_not_of(" \t", line_feed + 1), section.size());
            pad += result.size() - end + (text - taken) - 1;
            result.resize(end);
            result += ' ';
            taken = text;
        } else {
            result.append(std::exchange(pad, 0), ' ');
        }
    }
    if (!result.empty()) result += section.substr(taken);
    return result;
}

/// RFC 9112 §4: blanks, visible characters and octets over 127.
bool is_reason(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return c == '\t' || (u >= 0x20 && u != 0x7F);
    });
}

}  // namespace

std::expected<response_head, error> parse_head(byte_view section, framing_fields judged) {
    const std::string without_folds = unfolded(as_text(section));
    const std::string_view text = without_folds.empty() ? as_text(section) : std::string_view{without_folds};
    const std::string_view line = text.substr(0, text.find('\r'));
    const auto digit = [&](std::size_t i) { return line[code_position + i] - '0'; };
    response_head head;
    head.status_code = digit(0) * 100 + digit(1) * 10 + digit(2);
    head.is_http_1_1 = line[version_size - 1] == '1';
    head.reason = line.substr(std::min(reason_position, line.size()));
    if (!is_reason(head.reason)) return std::unexpected(error{errc::invalid_status_line, shown_line(text, 0)});

    const std::size_t fields_start = text.find('\n') + 1;
    const std::string_view fields = text.substr(fields_start);
    // RFC 9112 §6.3: an interim response, a 101 and a tunnel's 2xx have no body, whatever their fields say. What is
    // wrong with those of a refusal is found out later, and hides nothing of it.
    const int status_class = head.status_code / 100;
    const bool is_judged = judged == framing_fields::of_response && status_class == 2;
    std::size_t framing_line = 0;
    const std::string changed = is_judged ? std::string{} : without_framing(fields, framing_line);
    auto parsed = section_parser{changed.empty() ? fields : std::string_view{changed}, fields}.parse();
    if (!parsed) {
        parsed.error().offset += fields_start;
        return std::unexpected(std::move(parsed.error()));
    }
    head.fields = std::move(*parsed);
    if (!changed.empty()) {
        head.framing_offset = fields_start + framing_line;
        head.framing_line = shown_line(fields, framing_line);
    }
    return head;
}

std::expected<headers, error> parse_trailers(byte_view section) {
    const std::string without_folds = unfolded(as_text(section));
    const std::string_view text = without_folds.empty() ? as_text(section) : std::string_view{without_folds};
    return section_parser{text, text}.parse();
}

}  // namespace mint::http1::detail
