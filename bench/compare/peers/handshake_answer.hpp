#pragma once

// A server's answer to an opening handshake, for clients that are measured without a network. C++17.

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace compare {

/// The value of Sec-WebSocket-Key in a client's request.
inline std::string handshake_key(std::string_view request) {
    constexpr std::string_view name = "sec-websocket-key:";
    const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    const char* const found = std::search(request.begin(), request.end(), name.begin(), name.end(), is_same);
    if (found == request.end()) {
        std::fputs("no key in the opening handshake\n", stderr);
        std::exit(1);
    }
    request.remove_prefix(static_cast<std::size_t>(found - request.begin()) + name.size());
    request.remove_prefix(std::min(request.find_first_not_of(' '), request.size()));
    return std::string{request.substr(0, request.find('\r'))};
}

/// `more_fields` are whole lines. RFC 6455 §4.2.2.
inline std::string handshake_answer(std::string_view request, std::string_view more_fields = {}) {
    const std::string proven = handshake_key(request) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(proven.data()), proven.size(), digest.data());
    std::array<unsigned char, 32> accept{};
    const int size = EVP_EncodeBlock(accept.data(), digest.data(), static_cast<int>(digest.size()));
    std::string answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    answer += "Sec-WebSocket-Accept: ";
    answer.append(reinterpret_cast<const char*>(accept.data()), static_cast<std::size_t>(size));
    answer += "\r\n";
    answer += more_fields;
    return answer + "\r\n";
}

}  // namespace compare
