#include "http1/message_framing.hpp"

#include "base/ascii.hpp"

#include <mint/base/field_value.hpp>

#include <charconv>
#include <optional>
#include <string_view>

namespace mint::http1::detail {

namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::expected<content_framing, error> coded_framing(const response_head& head, bool is_refusal) {
    const auto refused = std::unexpected(error{errc::invalid_transfer_encoding});
    if (!head.is_http_1_1 || head.fields.contains("content-length")) return refused;
    const auto codings = parse_list(head.fields, "transfer-encoding");
    if (!codings || codings->empty()) return refused;
    const auto is_chunked = [](const list_element& c) { return mint::detail::equals_ignoring_case(c.name, "chunked"); };
    if (is_refusal && !is_chunked(codings->back())) return content_framing{.how = content_framing::kind::until_end};
    for (const list_element& coding : *codings) {
        const bool is_last = &coding == &codings->back();
        // RFC 9112 §7: chunked ends the list and has no parameters.
        if (is_chunked(coding) != is_last || (is_last && !coding.parameters.empty())) return refused;
    }
    return content_framing{.how = content_framing::kind::chunked};
}

/// Content-length may be repeated, on lines or in a list, if all say the same (RFC 9110 §8.6).
std::expected<std::optional<std::uint64_t>, error> content_length_of(const headers& fields) {
    std::optional<std::uint64_t> length;
    for (const field& f : fields) {
        if (!mint::detail::equals_ignoring_case(f.name, "content-length")) continue;
        const auto here = parse_content_length(f.value);
        if (!here) return std::unexpected(here.error());
        if (length && *length != *here) return std::unexpected(errc::invalid_content_length);
        length = *here;
    }
    return length;
}

}  // namespace

std::expected<content_framing, error> framing_of(const response_head& head, bool is_answer_to_head, bool is_refusal) {
    using kind = content_framing::kind;
    content_framing framing{.how = kind::until_end};
    if (head.fields.contains("transfer-encoding")) {
        auto coded = coded_framing(head, is_refusal);
        if (!coded) return coded;
        framing = *coded;
    } else {
        const auto length = content_length_of(head.fields);
        if (!length) return std::unexpected(length.error());
        if (*length) framing = {.how = kind::length, .length = **length};
    }
    if (is_answer_to_head || head.status_code == 204 || head.status_code == 304) return content_framing{};
    return framing;
}

bool keeps_alive(const response_head& head) noexcept {
    if (lists_token(head.fields, "connection", "close")) return false;
    return head.is_http_1_1 || lists_token(head.fields, "connection", "keep-alive");
}

std::expected<std::uint64_t, error> parse_content_length(std::string_view value) {
    std::optional<std::uint64_t> length;
    while (true) {
        const std::size_t comma = value.find(',');
        const auto number = parse_number(mint::detail::trim_blanks(value.substr(0, comma)));
        if (!number || (length && *length != *number)) return std::unexpected(errc::invalid_content_length);
        length = number;
        if (comma == std::string_view::npos) return *length;
        value.remove_prefix(comma + 1);
    }
}

}  // namespace mint::http1::detail
