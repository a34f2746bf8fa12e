#include "echo_handshake.hpp"

#include "echo_extensions.hpp"

#include <mint/base/field_value.hpp>
#include <mint/base/headers.hpp>
#include <mint/ws/handshake.hpp>

#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace mintws {

namespace http = boost::beast::http;

struct echo_handshake::parser : http::request_parser<http::string_body> {
    parser() {
        header_limit(16 * 1024);
        body_limit(64 * 1024);
        eager(true);
    }
};

namespace {

using answer = echo_handshake::answer;

std::string_view reason_of(unsigned status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 405: return "Method Not Allowed";
        case 413: return "Content Too Large";
        case 426: return "Upgrade Required";
        case 431: return "Request Header Fields Too Large";
        default: return "Bad Request";
    }
}

struct page {
    unsigned status;
    std::string_view text;
    std::string_view fields = {};  // whole lines
    bool is_head = false;
    bool keep_alive = false;
};

answer respond(const page& p) {
    std::string octets = "HTTP/1.1 " + std::to_string(p.status) + " ";
    octets += reason_of(p.status);
    octets += "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(p.text.size()) + "\r\n";
    octets += p.fields;
    octets += p.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    if (!p.is_head) octets += p.text;
    return {.octets = std::move(octets), .is_upgrade = false, .wants_close = !p.keep_alive};
}

// 16 octets in base64 (RFC 6455 §4.2.1): 22 digits, the last with four bits to spare, and the padding.
bool is_key(std::string_view key) noexcept {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (key.size() != 24 || key.substr(22) != "==") return false;
    for (const char c : key.substr(0, 22)) {
        if (digits.find(c) == std::string_view::npos) return false;
    }
    return digits.find(key[21]) % 16 == 0;
}

answer upgrade(const mint::headers& fields) {
    constexpr std::string_view version = "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n";
    if (fields.count("sec-websocket-version") != 1 || fields.find("sec-websocket-version") != "13") {
        return respond({.status = 426, .text = "only version 13 is spoken here\n", .fields = version});
    }
    const auto key = fields.find("sec-websocket-key");
    if (fields.count("sec-websocket-key") != 1 || !is_key(*key)) {
        return respond({.status = 400, .text = "Sec-WebSocket-Key is no 16 octets in base64\n"});
    }
    const auto subprotocols = mint::parse_list(fields, "sec-websocket-protocol");
    if (!subprotocols) return respond({.status = 400, .text = "Sec-WebSocket-Protocol is no list of tokens\n"});
    auto extensions = agree_on_extensions(fields);
    if (!extensions) return respond({.status = 400, .text = "Sec-WebSocket-Extensions is no list of extensions\n"});
    std::string octets =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
    octets += mint::ws::accept_for(*key);
    octets += "\r\n";
    if (!subprotocols->empty()) octets += "Sec-WebSocket-Protocol: " + subprotocols->front().name + "\r\n";
    if (!extensions->field.empty()) octets += "Sec-WebSocket-Extensions: " + extensions->field + "\r\n";
    octets += "\r\n";
    return {.octets = std::move(octets), .is_upgrade = true, .extensions = std::move(extensions->chain)};
}

answer answer_to(const http::request<http::string_body>& request) {
    mint::headers fields;
    for (const auto& f : request) {
        if (!fields.append(f.name_string(), f.value())) {
            return respond({.status = 400, .text = "a field that is none\n"});
        }
    }
    if (request.version() >= 11 && fields.count("host") != 1) {
        return respond({.status = 400, .text = "exactly one Host field is needed\n"});
    }
    const bool is_get = request.method() == http::verb::get;
    const bool asks_for_websocket = mint::lists_token(fields, "upgrade", "websocket");
    if (is_get && asks_for_websocket && request.version() >= 11 && mint::lists_token(fields, "connection", "upgrade")) {
        return upgrade(fields);
    }
    const bool is_head = request.method() == http::verb::head;
    if (!is_get && !is_head) {
        return respond({.status = 405,
                        .text = "GET and HEAD only\n",
                        .fields = "Allow: GET, HEAD\r\n",
                        .keep_alive = request.keep_alive()});
    }
    return respond({.status = 200, .text = "mintws echo\n", .is_head = is_head, .keep_alive = request.keep_alive()});
}

answer answer_to(const boost::beast::error_code& broken) {
    if (broken == http::error::header_limit) return respond({.status = 431, .text = "the fields are too large\n"});
    if (broken == http::error::body_limit) return respond({.status = 413, .text = "the content is too large\n"});
    return respond({.status = 400, .text = "no HTTP request\n"});
}

}  // namespace

echo_handshake::echo_handshake() = default;
echo_handshake::~echo_handshake() = default;

std::optional<answer> echo_handshake::next() {
    if (held_.empty()) return std::nullopt;
    if (!parser_) parser_ = std::make_unique<parser>();
    boost::beast::error_code broken;
    const auto taken = parser_->put(boost::asio::const_buffer(held_.view().data(), held_.size()), broken);
    held_.consume(taken);
    if (broken == http::error::need_more) return std::nullopt;
    if (broken) return answer_to(broken);
    if (!parser_->is_done()) return std::nullopt;
    auto result = answer_to(parser_->get());
    parser_.reset();
    return result;
}

}  // namespace mintws
