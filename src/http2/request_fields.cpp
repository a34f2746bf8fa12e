#include "http2/request_fields.hpp"

#include "base/ascii.hpp"
#include "base/authority.hpp"
#include "base/forbidden_trailer.hpp"

#include <mint/base/overloaded.hpp>
#include <mint/base/url.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

namespace mint::http2::detail {

namespace {

using mint::detail::equals_ignoring_case;
using mint::detail::is_digit;
using mint::detail::lower_case;

/// RFC 9113 §8.2.2: they belong to one connection of HTTP/1.1.
constexpr std::array<std::string_view, 5> connection_fields = {"connection", "keep-alive", "proxy-connection",
                                                               "transfer-encoding", "upgrade"};

std::unexpected<error> reserved(std::string_view name) {
    return std::unexpected(error{errc::reserved_field, std::string{name}});
}

std::unexpected<error> misfit(const char* detail) {
    return std::unexpected(error{errc::content_length_mismatch, detail});
}

std::expected<void, error> check_fields(const client_options& options, const headers& fields) {
    for (const std::string_view name : connection_fields) {
        if (fields.contains(name)) return reserved(name);
    }
    for (const field& f : fields) {
        if (equals_ignoring_case(f.name, "te") && !equals_ignoring_case(f.value, "trailers")) return reserved("te");
    }
    if (fields.count("host") > 1) return std::unexpected(error{errc::invalid_host, "several host fields"});
    if (!mint::detail::is_host_value(fields.find("host").value_or(options.authority))) {
        return std::unexpected(errc::invalid_host);
    }
    if (!is_field_value(options.user_agent)) return std::unexpected(error{errc::invalid_field_value, "user-agent"});
    return {};
}

std::expected<void, error> check_target(std::string_view method, std::string_view target) {
    if (!is_request_target(target)) return std::unexpected(errc::invalid_request_target);
    if (target == "*" && method != "OPTIONS") {
        return std::unexpected(error{errc::invalid_request_target, "* is for OPTIONS"});
    }
    return {};
}

bool usually_has_content(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

/// The content's length as the body has it; nothing where it isn't known beforehand, or there is no content.
std::optional<std::uint64_t> own_length(std::string_view method, const request_body& body) {
    return std::visit(
        overloaded{[method](const no_body&) -> std::optional<std::uint64_t> {
                       if (usually_has_content(method)) return 0;  // RFC 9110 §8.6
                       return std::nullopt;
                   },
                   [](const whole_body& whole) -> std::optional<std::uint64_t> { return whole.content.size(); },
                   [](const streamed_body& streamed) { return streamed.content_length; }},
        body);
}

/// The length that goes out, from the body or from the caller's own field, which must fit.
std::expected<std::optional<std::uint64_t>, error> content_length_of(const request_head& head,
                                                                     const request_body& body) {
    const std::optional<std::uint64_t> own = own_length(head.method, body);
    const std::size_t count = head.fields.count("content-length");
    if (count == 0) return own;
    const std::string_view value = *head.fields.find("content-length");
    std::uint64_t length = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (count > 1 || value.empty() || !is_digit(value.front()) || failure != std::errc{} ||
        end != value.data() + value.size()) {
        return misfit("content-length is no number");
    }
    const bool is_unknown = std::holds_alternative<streamed_body>(body) && !own;
    if (!is_unknown && own.value_or(0) != length) return misfit("content-length isn't the body's");
    return length;
}

struct pseudo_fields {
    std::string_view method;
    std::string_view scheme;
    std::string_view target;
    std::string_view protocol = {};
};

std::vector<field> field_list(const client_options& options, const pseudo_fields& pseudo, const headers& fields) {
    std::vector<field> list;
    list.reserve(fields.size() + 7);
    list.push_back({":method", std::string{pseudo.method}});
    if (!pseudo.protocol.empty()) list.push_back({":protocol", std::string{pseudo.protocol}});
    list.push_back({":scheme", std::string{pseudo.scheme}});
    list.push_back({":path", std::string{pseudo.target}});
    list.push_back({":authority", std::string{fields.find("host").value_or(options.authority)}});
    if (!options.user_agent.empty() && !fields.contains("user-agent")) {
        list.push_back({"user-agent", options.user_agent});
    }
    for (const field& f : fields) {
        if (!equals_ignoring_case(f.name, "host")) list.push_back({lower_case(f.name), f.value});
    }
    return list;
}

std::string_view own_scheme(const client_options& options) noexcept { return options.is_secure ? "https" : "http"; }

}  // namespace

std::expected<outgoing_head, error> head_of_request(const client_options& options, const request_head& head,
                                                    const request_body& body) {
    if (!is_token(head.method)) return std::unexpected(errc::invalid_method);
    // What CONNECT opens is no response; `connect` asks for it.
    if (head.method == "CONNECT")
        return std::unexpected(error{errc::invalid_method, "CONNECT makes a tunnel, not a request"});
    if (auto checked = check_target(head.method, head.target); !checked) return std::unexpected(checked.error());
    if (auto checked = check_fields(options, head.fields); !checked) return std::unexpected(checked.error());
    const auto length = content_length_of(head, body);
    if (!length) return std::unexpected(length.error());

    outgoing_head out{
        .fields = field_list(options, {.method = head.method, .scheme = own_scheme(options), .target = head.target},
                             head.fields)};
    if (*length && !head.fields.contains("content-length")) {
        out.fields.push_back({"content-length", std::to_string(**length)});
    }
    const auto* whole = std::get_if<whole_body>(&body);
    out.has_content = std::holds_alternative<streamed_body>(body) || (whole != nullptr && !whole->content.empty());
    out.content_length = *length;
    return out;
}

std::expected<outgoing_head, error> head_of_connect(const client_options& options, const connect_head& head) {
    if (!is_token(head.protocol)) return std::unexpected(error{errc::invalid_argument, "protocol"});
    if (!head.scheme.empty() && head.scheme != "http" && head.scheme != "https") {
        return std::unexpected(error{errc::invalid_argument, "scheme"});
    }
    if (auto checked = check_target("CONNECT", head.target); !checked) return std::unexpected(checked.error());
    if (auto checked = check_fields(options, head.fields); !checked) return std::unexpected(checked.error());
    if (head.fields.contains("content-length")) return reserved("content-length");  // a tunnel has no content
    return outgoing_head{.fields = field_list(options,
                                              {.method = "CONNECT",
                                               .scheme = head.scheme.empty() ? own_scheme(options) : head.scheme,
                                               .target = head.target,
                                               .protocol = head.protocol},
                                              head.fields),
                         .has_content = true};
}

std::expected<std::vector<field>, error> trailers_of(const headers& trailers) {
    std::vector<field> list;
    list.reserve(trailers.size());
    for (const field& f : trailers) {
        if (mint::detail::is_forbidden_trailer(f.name)) return std::unexpected(error{errc::forbidden_trailer, f.name});
        list.push_back({lower_case(f.name), f.value});
    }
    return list;
}

}  // namespace mint::http2::detail
