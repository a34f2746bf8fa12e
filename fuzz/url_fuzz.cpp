// Invariant: parse_url never crashes; what it accepts holds only octets that may go on the wire, and a URL put together
// again from its parts parses to the same parts.
#include <mint/base/url.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    (void)mint::is_request_target(text);
    (void)mint::is_host(text);
    auto parsed = mint::parse_url(text);
    if (!parsed) {
        if (!(parsed.error() == mint::errc::invalid_url) || parsed.error().detail.empty()) std::abort();
        return 0;
    }
    if (!mint::is_host(parsed->host) || !mint::is_request_target(parsed->target) || parsed->port == 0) std::abort();
    std::string again =
        parsed->is_websocket ? (parsed->is_secure ? "wss" : "ws") : (parsed->is_secure ? "https" : "http");
    const bool is_address = parsed->host.find(':') != std::string::npos;
    const bool has_zone = !parsed->zone.empty();
    again += "://" + (is_address && !has_zone ? "[" + parsed->host + "]" : mint::connect_host(*parsed)) + ":" +
             std::to_string(parsed->port) + parsed->target;
    parsed->userinfo.clear();
    const auto second = mint::parse_url(again);
    if (!second || *second != *parsed) std::abort();
    const std::string field = mint::host_field(parsed->host, parsed->port, parsed->is_secure);
    for (const char c : field) {
        if (c <= 0x20 || c == 0x7F) std::abort();
    }
    return 0;
}
