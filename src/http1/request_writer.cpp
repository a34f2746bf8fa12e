#include "http1/request_writer.hpp"

#include "base/ascii.hpp"
#include "base/authority.hpp"
#include "base/forbidden_trailer.hpp"
#include "http1/message_framing.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/overloaded.hpp>
#include <mint/base/url.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mint::http1::detail {

namespace {

using mint::detail::equals_ignoring_case;
using mint::detail::is_authority;
using mint::detail::is_host_value;
using mint::detail::to_lower;

constexpr std::string_view last_chunk = "0\r\n";
constexpr std::string_view line_end = "\r\n";

std::expected<void, error> check_line(const request_head& head) {
    if (!is_token(head.method)) return std::unexpected(errc::invalid_method);
    // The answer to CONNECT changes what the connection is: that is `write_connect`.
    if (head.method == "CONNECT")
        return std::unexpected(error{errc::invalid_method, "CONNECT makes a tunnel, not a request"});
    if (!is_request_target(head.target)) return std::unexpected(errc::invalid_request_target);
    if (head.target == "*" && head.method != "OPTIONS") {
        return std::unexpected(error{errc::invalid_request_target, "* is for OPTIONS"});
    }
    return {};
}

std::expected<void, error> check_host(std::string_view own, const headers& fields) {
    if (fields.count("host") > 1) return std::unexpected(error{errc::invalid_host, "several host fields"});
    if (!is_host_value(fields.find("host").value_or(own))) return std::unexpected(errc::invalid_host);
    return {};
}

std::expected<void, error> check_user_agent(const client_options& options) {
    if (!is_field_value(options.user_agent)) return std::unexpected(error{errc::invalid_field_value, "user-agent"});
    return {};
}

/// Fields that say how the message is framed, where it goes or what becomes of the connection: nobody may add these
/// beside the request.
constexpr std::array<std::string_view, 5> not_for_proxies = {"connection", "content-length", "host",
                                                             "transfer-encoding", "upgrade"};

std::expected<void, error> check_forwarding(const client_options& options) {
    if (options.forward_prefix.empty()) return {};
    constexpr std::string_view scheme = "http://";
    const std::string_view prefix = options.forward_prefix;
    if (!prefix.starts_with(scheme) || !is_host_value(prefix.substr(scheme.size()))) {
        return std::unexpected(error{errc::invalid_request_target, "forward_prefix"});
    }
    for (const std::string_view name : not_for_proxies) {
        if (options.proxy_fields.contains(name)) return std::unexpected(error{errc::reserved_field, std::string{name}});
    }
    return {};
}

std::unexpected<error> misfit(const char* detail) {
    return std::unexpected(error{errc::content_length_mismatch, detail});
}

bool usually_has_content(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

struct planned_content {
    request_framing framing;
    bool has_field = false;  ///< the caller wrote the framing field itself
};

/// The framing that the caller's body asks for, if it had no framing field.
std::optional<request_framing> own_framing(const request_head& head, const request_body& body) {
    using kind = request_framing::kind;
    return std::visit(overloaded{[&](const no_body&) -> std::optional<request_framing> {
                                     if (usually_has_content(head.method)) return request_framing{.how = kind::length};
                                     return request_framing{};
                                 },
                                 [](const whole_body& whole) -> std::optional<request_framing> {
                                     return request_framing{.how = kind::length, .length = whole.content.size()};
                                 },
                                 [](const streamed_body& streamed) -> std::optional<request_framing> {
                                     if (!streamed.content_length) return std::nullopt;
                                     return request_framing{.how = kind::length, .length = *streamed.content_length};
                                 }},
                      body);
}

std::expected<planned_content, error> plan(const request_head& head, const request_body& body) {
    using kind = request_framing::kind;
    const std::optional<request_framing> own = own_framing(head, body);
    const std::size_t coding_count = head.fields.count("transfer-encoding");
    const std::size_t length_count = head.fields.count("content-length");
    if (coding_count + length_count == 0) return planned_content{own.value_or(request_framing{.how = kind::chunked})};
    if (coding_count > 0) {
        const auto coding = head.fields.find("transfer-encoding");
        if (coding_count > 1 || !equals_ignoring_case(*coding, "chunked")) {
            return std::unexpected(error{errc::reserved_field, "transfer-encoding"});
        }
        if (length_count > 0) return misfit("content-length with transfer-encoding");
        if (std::holds_alternative<no_body>(body)) return misfit("transfer-encoding without a body");
        const auto* streamed = std::get_if<streamed_body>(&body);
        if (streamed != nullptr && streamed->content_length) return misfit("transfer-encoding with a length given");
        return planned_content{{.how = kind::chunked}, true};
    }
    const std::string_view value = *head.fields.find("content-length");
    const auto length = parse_content_length(value);
    if (length_count > 1 || !length || value.find(',') != std::string_view::npos) {
        return misfit("content-length is no number");
    }
    if (own && own->length != *length) return misfit("content-length isn't the body's");
    return planned_content{{.how = kind::length, .length = *length}, true};
}

/// `sec-websocket-key` as `Sec-WebSocket-Key`. A name with an upper-case letter is as its author wants it.
///
/// Precondition: `out` has room, so that nothing is thrown between a head's parts.
void append_title_case(std::string_view name, buffer& out) {
    constexpr std::string_view websocket = "websocket";
    const auto is_upper = [](char c) { return c != to_lower(c); };
    if (std::ranges::any_of(name, is_upper)) return out.append(name);
    const auto written = out.prepare(name.size()).first(name.size());
    std::ranges::copy(as_bytes(name), written.begin());
    const auto raise = [&](std::size_t at) {
        const bool is_letter = name[at] >= 'a' && name[at] <= 'z';
        if (is_letter) written[at] = static_cast<std::byte>(name[at] - 'a' + 'A');
    };
    for (std::size_t begin = 0; begin < name.size();) {
        const std::size_t end = std::min(name.find('-', begin), name.size());
        raise(begin);
        if (name.substr(begin, end - begin) == websocket) raise(begin + 3);
        begin = std::min(end + 1, name.size());
    }
    out.commit(name.size());
}

void append_field(const client_options& options, std::string_view name, std::string_view value, buffer& out) {
    if (options.title_case_fields) {
        append_title_case(name, out);
    } else {
        out.append(name);
    }
    out.append(": ");
    out.append(value);
    out.append(line_end);
}

std::size_t size_of(const headers& fields) noexcept {
    std::size_t size = 0;
    for (const field& f : fields) size += f.name.size() + f.value.size() + 4;
    return size;
}

/// What one request line and its fields are made of. All of it was checked.
struct head_parts {
    std::string_view method;
    std::string_view prefix;  ///< what stands before the target
    std::string_view target;
    std::string_view host;
    const headers* proxy_fields = nullptr;
    const headers& fields;
};

/// Makes room for all of it and for content, so that a failed allocation leaves `out` as it was.
void reserve(const client_options& options, const head_parts& parts, std::size_t content_size, buffer& out) {
    // 192 covers what is added around the parts named: the line's blanks and version, four own names, a length, a
    // chunk's ends.
    out.reserve(out.size() + 192 + parts.method.size() + parts.prefix.size() + parts.target.size() + parts.host.size() +
                options.user_agent.size() + (parts.proxy_fields == nullptr ? 0 : size_of(*parts.proxy_fields)) +
                size_of(parts.fields) + content_size);
}

void append_head(const client_options& options, const head_parts& parts, buffer& out) {
    out.append(parts.method);
    out.append(" ");
    out.append(parts.prefix);
    out.append(parts.target);
    out.append(" HTTP/1.1\r\n");
    const auto is_given = [&parts](std::string_view name) {
        return parts.fields.contains(name) || (parts.proxy_fields != nullptr && parts.proxy_fields->contains(name));
    };
    if (!parts.fields.contains("host")) append_field(options, "host", parts.host, out);
    if (!options.user_agent.empty() && !is_given("user-agent")) {
        append_field(options, "user-agent", options.user_agent, out);
    }
    if (parts.proxy_fields != nullptr) {
        for (const field& f : *parts.proxy_fields) {
            if (!parts.fields.contains(f.name)) append_field(options, f.name, f.value, out);
        }
    }
    for (const field& f : parts.fields) append_field(options, f.name, f.value, out);
}

void append_framing_field(const client_options& options, const planned_content& content, buffer& out) {
    if (content.has_field) return;
    switch (content.framing.how) {
        case request_framing::kind::none: break;
        case request_framing::kind::length:
            append_field(options, "content-length", std::to_string(content.framing.length), out);
            break;
        case request_framing::kind::chunked: append_field(options, "transfer-encoding", "chunked", out); break;
    }
}

}  // namespace

std::expected<request_framing, error> write_request(const client_options& options, const request_head& head,
                                                    const request_body& body, buffer& out) {
    if (auto checked = check_line(head); !checked) return std::unexpected(checked.error());
    if (auto checked = check_host(options.host, head.fields); !checked) return std::unexpected(checked.error());
    if (auto checked = check_user_agent(options); !checked) return std::unexpected(checked.error());
    if (auto checked = check_forwarding(options); !checked) return std::unexpected(checked.error());
    const auto content = plan(head, body);
    if (!content) return std::unexpected(content.error());

    const bool is_forwarded = !options.forward_prefix.empty();
    const head_parts parts{.method = head.method,
                           .prefix = options.forward_prefix,
                           // RFC 9112 §3.2.4: the proxy makes `*` of a URL without a path.
                           .target = is_forwarded && head.target == "*" ? std::string_view{} : head.target,
                           .host = options.host,
                           .proxy_fields = is_forwarded ? &options.proxy_fields : nullptr,
                           .fields = head.fields};
    const auto* whole = std::get_if<whole_body>(&body);
    reserve(options, parts, whole == nullptr ? 0 : whole->content.size(), out);
    append_head(options, parts, out);
    append_framing_field(options, *content, out);
    out.append(line_end);
    if (whole == nullptr) return content->framing;
    if (content->framing.how == request_framing::kind::chunked) {
        write_chunk(whole->content, out);
        out.append(last_chunk);
        out.append(line_end);
    } else {
        out.append(whole->content);
    }
    return content->framing;
}

std::expected<void, error> write_connect(const client_options& options, std::string_view authority,
                                         const headers& fields, buffer& out) {
    if (!is_authority(authority)) return std::unexpected(error{errc::invalid_host, "no host and port"});
    if (auto checked = check_host(authority, fields); !checked) return checked;
    if (auto checked = check_user_agent(options); !checked) return checked;
    // RFC 9110 §9.3.6: CONNECT has no content. Octets behind it would be the tunnel's.
    for (const char* name : {"content-length", "transfer-encoding"}) {
        if (fields.contains(name)) return std::unexpected(error{errc::reserved_field, name});
    }
    const head_parts parts{.method = "CONNECT", .prefix = {}, .target = authority, .host = authority, .fields = fields};
    reserve(options, parts, 0, out);
    append_head(options, parts, out);
    out.append(line_end);
    return {};
}

void write_chunk(byte_view content, buffer& out) {
    if (content.empty()) return;
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), content.size(), 16).ptr;
    const std::string_view size{digits.data(), static_cast<std::size_t>(end - digits.data())};
    out.reserve(out.size() + size.size() + content.size() + 4);
    out.append(size);
    out.append(line_end);
    out.append(content);
    out.append(line_end);
}

std::expected<void, error> write_last_chunk(const client_options& options, const headers& trailers, buffer& out) {
    for (const field& f : trailers) {
        if (mint::detail::is_forbidden_trailer(f.name)) return std::unexpected(error{errc::forbidden_trailer, f.name});
    }
    out.reserve(out.size() + last_chunk.size() + size_of(trailers) + line_end.size());
    out.append(last_chunk);
    for (const field& f : trailers) append_field(options, f.name, f.value, out);
    out.append(line_end);
    return {};
}

}  // namespace mint::http1::detail
