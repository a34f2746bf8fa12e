// Invariant: however the same answers are split, the machine sends the same, takes the same number of octets and comes
// to the same end; it sends each of its messages at most once, and takes nothing behind the last answer.
//
// Input: an octet that says whether there are credentials, one that picks a split, then what the proxy sends.
#include "net/socks5.hpp"

#include <mint/base/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

namespace {

using namespace mint;

constexpr std::size_t longest_answer = 2 + 2 + 4 + 1 + 255 + 2;
constexpr std::size_t longest_sent = 4 + 15 + 8;

void require(bool holds) {
    if (!holds) std::abort();
}

struct outcome {
    std::string sent;
    std::size_t taken = 0;
    bool is_done = false;
    std::optional<errc> failure;
    std::uint64_t offset = 0;
    std::string detail;

    friend bool operator==(const outcome&, const outcome&) = default;
};

/// With chunks of 1 to `longest` octets, or all in one where that is 0.
outcome run(bool has_credentials, byte_view input, std::size_t longest) {
    std::optional<credentials> who;
    if (has_credentials) who = credentials{"name", "password"};
    auto machine = net::detail::socks5::create("h", 443, who);
    require(machine.has_value());
    buffer out;
    machine->start(out);
    outcome result;
    std::uint32_t state = static_cast<std::uint32_t>(longest);
    while (!input.empty() && !machine->is_done()) {
        state = state * 1103515245 + 12345;
        const std::size_t size = longest == 0 ? input.size() : std::min(input.size(), 1 + (state >> 16) % longest);
        const auto taken = machine->receive(input.first(size), out);
        if (!taken) {
            result.failure = taken.error().code;
            result.offset = taken.error().offset;
            result.detail = taken.error().detail;
            require(*result.failure == errc::socks_refused || *result.failure == errc::invalid_socks_reply);
            require(!result.detail.empty() && result.offset < longest_answer);
            const std::size_t sent = out.size();
            const auto again = machine->receive(input, out);
            require(!again && again.error() == *result.failure && out.size() == sent);
            break;
        }
        require(*taken == size || (*taken < size && machine->is_done()));
        result.taken += *taken;
        input = input.subspan(*taken);
    }
    result.is_done = machine->is_done();
    require(!(result.is_done && result.failure) && result.taken <= longest_answer);
    if (result.is_done) require(machine->receive(input, out) == std::size_t{0});
    result.sent = out.text();
    require(result.sent.size() <= longest_sent);
    if (result.failure) result.taken = 0;  // the octets before it may have been taken by calls of their own
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const bool has_credentials = data[0] % 2 == 1;
    const byte_view input = std::as_bytes(std::span{data + 2, size - 2});
    const outcome whole = run(has_credentials, input, 0);
    require(run(has_credentials, input, 1) == whole);
    require(run(has_credentials, input, 2 + data[1]) == whole);
    return 0;
}
