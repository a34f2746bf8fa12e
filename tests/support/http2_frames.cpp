#include "support/http2_frames.hpp"

#include <array>
#include <cstring>
#include <map>
#include <stdexcept>

#include <nghttp2/nghttp2.h>

namespace mint::testing::h2 {

namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t header_size = 9;

/// An integer with a prefix of 7 bits (RFC 7541 §5.1), the first bit 0.
std::string length_of(std::size_t size) {
    if (size < 127) return std::string(1, static_cast<char>(size));
    std::string text(1, '\x7F');
    size -= 127;
    for (; size >= 128; size /= 128) text += static_cast<char>(size % 128 + 128);
    return text + static_cast<char>(size);
}

std::uint64_t value_of(std::string_view octets) {
    std::uint64_t value = 0;
    for (const char c : octets) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::string code_name(std::uint64_t code) { return nghttp2_http2_strerror(static_cast<std::uint32_t>(code)); }

}  // namespace

std::string number(std::uint64_t value, std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[size - 1 - i] = static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
}

std::string frame_header(std::size_t length, std::uint8_t t, std::uint8_t flags, std::uint32_t stream) {
    return number(length, 3) + number(t, 1) + number(flags, 1) + number(stream, 4);
}

std::string frame(type t, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    return frame_header(payload.size(), static_cast<std::uint8_t>(t), flags, stream).append(payload);
}

std::string settings(std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> values) {
    std::string payload;
    for (const auto& [id, value] : values) payload += number(id, 2) + number(value, 4);
    return frame(type::settings, 0, 0, payload);
}

std::string settings_ack() { return frame(type::settings, ack, 0, {}); }

std::string section(const fields& list) {
    std::string block;
    for (const auto& [name, value] : list) {
        block += '\0';
        block += length_of(name.size());
        block += name;
        block += length_of(value.size());
        block += value;
    }
    return block;
}

std::string headers(std::uint32_t stream, const fields& list, std::uint8_t flags) {
    return frame(type::headers, flags | end_headers, stream, section(list));
}

std::string data(std::uint32_t stream, std::string_view content, std::uint8_t flags) {
    return frame(type::data, flags, stream, content);
}

std::string padded_data(std::uint32_t stream, std::string_view content, std::uint8_t padding, std::uint8_t flags) {
    return frame(type::data, flags | padded, stream, number(padding, 1).append(content).append(padding, '\0'));
}

std::string rst_stream(std::uint32_t stream, std::uint32_t code) {
    return frame(type::rst_stream, 0, stream, number(code, 4));
}

std::string ping(std::string_view payload, std::uint8_t flags) { return frame(type::ping, flags, 0, payload); }

std::string goaway(std::uint32_t last_stream, std::uint32_t code, std::string_view debug) {
    return frame(type::goaway, 0, 0, (number(last_stream, 4) + number(code, 4)).append(debug));
}

std::string window_update(std::uint32_t stream, std::uint32_t increment) {
    return frame(type::window_update, 0, stream, number(increment, 4));
}

std::string push_promise(std::uint32_t stream, std::uint32_t promised, const fields& list) {
    return frame(type::push_promise, end_headers, stream, number(promised, 4) + section(list));
}

struct client_frames::state {
    state() {
        if (nghttp2_hd_inflate_new(&inflater) != 0) throw std::bad_alloc{};
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() { nghttp2_hd_inflate_del(inflater); }

    nghttp2_hd_inflater* inflater = nullptr;
    std::string unread;
    std::string block;  // a field section without its end
    std::map<std::uint32_t, std::string> content;
    bool has_preface = false;

    std::string list_of(std::string_view octets) {
        std::string text;
        auto* at = reinterpret_cast<std::uint8_t*>(const_cast<char*>(octets.data()));
        std::size_t left = octets.size();
        for (;;) {
            nghttp2_nv field{};
            int flags = 0;
            const ssize_t used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, left, 1);
            if (used < 0) throw std::runtime_error("the client's field section can't be decoded");
            at += used;
            left -= static_cast<std::size_t>(used);
            if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
                text += " | ";
                text.append(reinterpret_cast<const char*>(field.name), field.namelen).append(": ");
                text.append(reinterpret_cast<const char*>(field.value), field.valuelen);
            }
            if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
        }
        nghttp2_hd_inflate_end_headers(inflater);
        return text;
    }

    std::string settings_line(std::uint8_t flags, std::string_view payload) {
        std::string line = (flags & ack) != 0 ? "SETTINGS ack" : "SETTINGS";
        for (; payload.size() >= 6; payload.remove_prefix(6)) {
            line += " " + std::to_string(value_of(payload.substr(0, 2))) + "=" +
                    std::to_string(value_of(payload.substr(2, 4)));
        }
        return line;
    }

    std::string line_of(std::uint8_t t, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
        const std::string id = " #" + std::to_string(stream);
        const std::string end = (flags & end_stream) != 0 ? " end" : "";
        switch (static_cast<type>(t)) {
            case type::data:
                content[stream] += payload;
                return "DATA" + id + end + (payload.empty() ? "" : " ") + std::string{payload};
            case type::headers:
            case type::continuation:
                block += payload;
                if ((flags & end_headers) == 0) return {};
                return "HEADERS" + id + end + list_of(std::exchange(block, {}));
            case type::rst_stream: return "RST_STREAM" + id + " " + code_name(value_of(payload));
            case type::settings: return settings_line(flags, payload);
            case type::ping: return std::string{"PING"} + ((flags & ack) != 0 ? " ack " : " ") + std::string{payload};
            case type::goaway:
                return "GOAWAY " + std::to_string(value_of(payload.substr(0, 4))) + " " +
                       code_name(value_of(payload.substr(4, 4)));
            case type::window_update: return "WINDOW_UPDATE" + id + " " + std::to_string(value_of(payload));
            case type::priority:
            case type::push_promise: break;
        }
        return "FRAME " + std::to_string(t) + id;
    }
};

client_frames::client_frames() : state_(std::make_unique<state>()) {}
client_frames::client_frames(client_frames&&) noexcept = default;
client_frames& client_frames::operator=(client_frames&&) noexcept = default;
client_frames::~client_frames() = default;

std::string client_frames::read(byte_view octets) {
    std::string& unread = state_->unread;
    unread += as_text(octets);
    std::string lines;
    std::size_t at = 0;
    if (!state_->has_preface) {
        if (!unread.starts_with(preface)) return lines;
        state_->has_preface = true;
        at = preface.size();
        lines = "PREFACE\n";
    }
    while (unread.size() - at >= header_size) {
        const std::string_view rest = std::string_view{unread}.substr(at);
        const std::size_t length = value_of(rest.substr(0, 3));
        if (rest.size() < header_size + length) break;
        const auto stream = static_cast<std::uint32_t>(value_of(rest.substr(5, 4)));
        const std::string line = state_->line_of(static_cast<std::uint8_t>(rest[3]), static_cast<std::uint8_t>(rest[4]),
                                                 stream, rest.substr(header_size, length));
        if (!line.empty()) lines += line + "\n";
        at += header_size + length;
    }
    unread.erase(0, at);
    return lines;
}

std::string client_frames::content_of(std::uint32_t stream) const {
    const auto found = state_->content.find(stream);
    return found == state_->content.end() ? std::string{} : found->second;
}

}  // namespace mint::testing::h2
