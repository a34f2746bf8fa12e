#include "base/base64.hpp"
#include "base/list_reader.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/credentials.hpp>

#include <algorithm>

namespace mint {
namespace {

[[nodiscard]] bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet < 0x20 || octet == 0x7F;
    });
}

/// `why` never quotes what was given: it is a secret.
[[nodiscard]] std::unexpected<error> refuse(const char* why) {
    return std::unexpected(error{errc::invalid_argument, why});
}

}  // namespace

std::expected<std::string, error> basic_credentials(const credentials& who) {
    if (who.username.find(':') != std::string::npos) return refuse("a colon in the user's name");
    if (has_control(who.username)) return refuse("a control character in the user's name");
    if (has_control(who.password)) return refuse("a control character in the password");
    return "Basic " + detail::base64_encode(as_bytes(who.username + ':' + who.password));
}

std::expected<std::string, error> bearer_credentials(std::string_view token) {
    detail::list_reader in{token};
    if (in.token68().empty() || !in.is_at_end()) {
        return refuse("a bearer token has letters, digits and -._~+/ only, and = at its end");
    }
    return "Bearer " + std::string{token};
}

credentials split_userinfo(std::string_view userinfo) {
    const std::size_t colon = userinfo.find(':');
    if (colon == std::string_view::npos) return {std::string{userinfo}, {}};
    return {std::string{userinfo.substr(0, colon)}, std::string{userinfo.substr(colon + 1)}};
}

}  // namespace mint
