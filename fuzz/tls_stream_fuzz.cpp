// Invariant: whatever a server sends and however it is split, the handshake comes to the same end; it takes and makes a
// bounded number of octets, lets no data through before it is finished, and keeps its error.
//
// Input: an octet that says whether certificates are verified and which version is spoken, one that picks a split, then
// what the server sends.
#include "net/tls_stream.hpp"

#include <mint/base/buffer.hpp>
#include <mint/net/tls_options.hpp>
#include <mint/net/transport.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

namespace {

using namespace mint;
using net::detail::tls_stream;

void require(bool holds) {
    if (!holds) std::abort();
}

struct outcome {
    std::optional<errc> failure;
    std::string detail;
    bool is_established = false;

    friend bool operator==(const outcome&, const outcome&) = default;
};

/// With chunks of 1 to `longest` octets, or all in one where that is 0.
outcome run(const net::tls_context& context, byte_view input, std::size_t longest) {
    auto stream = tls_stream::create(context, {.name = "localhost", .port = 443, .alpn = {"http/1.1"}, .session = {}});
    require(stream.has_value());
    buffer out;
    require(stream->handshake({}, out) == 0 && !stream->failure());
    const std::size_t hello_size = out.size();
    std::array<std::byte, 256> plain{};
    std::uint32_t state = static_cast<std::uint32_t>(longest);
    while (!input.empty() && !stream->failure() && !stream->is_established()) {
        state = state * 1103515245 + 12345;
        const std::size_t size = longest == 0 ? input.size() : std::min(input.size(), 1 + (state >> 16) % longest);
        const std::size_t taken = stream->handshake(input.first(size), out);
        require(taken == size || stream->failure() || stream->is_established());
        if (!stream->is_established()) require(stream->decrypt(input, plain, out).made == 0);
        input = input.subspan(taken);
    }
    outcome result{.failure = std::nullopt, .detail = {}, .is_established = stream->is_established()};
    require(out.size() < hello_size + 64 * 1024);
    if (stream->failure()) {
        result.failure = stream->failure()->code;
        result.detail = stream->failure()->detail;
        const std::size_t made = out.size();
        require(stream->handshake(input, out) == 0 && stream->decrypt(input, plain, out).taken == 0);
        require(out.size() == made && stream->failure()->code == *result.failure);
        require(!stream->info() && stream->session().empty());
        for (const char c : result.detail) require(c >= ' ' && c <= '~');
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto make = [](bool is_insecure, bool is_old) {
        net::tls_options options{.insecure = is_insecure};
        if (is_old) options.max_version = net::tls_version::tls1_2;
        return *net::tls_context::create(options);
    };
    static const std::array contexts{make(false, false), make(true, false), make(false, true), make(true, true)};
    const net::tls_context& context = contexts[data[0] % contexts.size()];
    const byte_view input = std::as_bytes(std::span{data + 2, size - 2});
    const outcome whole = run(context, input, 0);
    require(run(context, input, 1) == whole);
    require(run(context, input, 2 + data[1]) == whole);
    return 0;
}
