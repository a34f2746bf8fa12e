#include "ws/deflate_codec.hpp"
#include "ws/shared_deflate_states.hpp"

#include <mint/ws/permessage_deflate.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace mint::ws {

namespace {

using detail::deflate_agreement;
using detail::deflate_codec;

constexpr std::string_view server_takeover = "server_no_context_takeover";
constexpr std::string_view client_takeover = "client_no_context_takeover";
constexpr std::string_view server_bits = "server_max_window_bits";
constexpr std::string_view client_bits = "client_max_window_bits";

constexpr std::uint8_t min_bits = 8;
constexpr std::uint8_t max_bits = 15;

/// Parameters as they stand on the wire, offered or answered.
struct wire_parameters {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<std::uint8_t> server_max_window_bits;
    std::optional<std::uint8_t> client_max_window_bits;
    bool has_client_max_window_bits = false;  ///< in an offer it may have no value
};

error bad(const parameter& p, std::string_view what) {
    constexpr std::size_t enough = 32;
    std::string detail = "permessage-deflate: " + p.name.substr(0, enough);
    if (p.value) detail += "=" + p.value->substr(0, enough);
    return {errc::invalid_extension_parameter, detail.append(": ").append(what)};
}

/// 8 to 15, without leading zeros (RFC 7692 §7.1.2).
std::optional<std::uint8_t> bits_of(const std::optional<std::string>& value) noexcept {
    if (!value || value->empty() || value->size() > 2 || value->front() == '0') return std::nullopt;
    unsigned bits = 0;
    const char* const end = value->data() + value->size();
    if (const auto [at, code] = std::from_chars(value->data(), end, bits); at != end || code != std::errc{}) {
        return std::nullopt;
    }
    if (bits < min_bits || bits > max_bits) return std::nullopt;
    return static_cast<std::uint8_t>(bits);
}

std::expected<void, error> read_flag(const parameter& p, bool& flag) {
    if (p.value) return std::unexpected(bad(p, "takes no value"));
    if (std::exchange(flag, true)) return std::unexpected(bad(p, "stands twice"));
    return {};
}

std::expected<void, error> read_bits(const parameter& p, std::optional<std::uint8_t>& bits) {
    if (bits) return std::unexpected(bad(p, "stands twice"));
    bits = bits_of(p.value);
    if (!bits) return std::unexpected(bad(p, "isn't 8 to 15"));
    return {};
}

/// Those of one offer or answer; an unknown one is as bad as a wrong one (RFC 7692 §7.1).
std::expected<wire_parameters, error> read(const extension_parameters& list, bool is_offer) {
    wire_parameters all;
    for (const parameter& p : list) {
        std::expected<void, error> result;
        if (p.name == server_takeover) {
            result = read_flag(p, all.server_no_context_takeover);
        } else if (p.name == client_takeover) {
            result = read_flag(p, all.client_no_context_takeover);
        } else if (p.name == server_bits) {
            result = read_bits(p, all.server_max_window_bits);
        } else if (p.name == client_bits) {
            if (std::exchange(all.has_client_max_window_bits, true)) {
                result = std::unexpected(bad(p, "stands twice"));
            } else if (p.value || !is_offer) {
                result = read_bits(p, all.client_max_window_bits);
            }
        } else {
            result = std::unexpected(bad(p, "is unknown"));
        }
        if (!result) return std::unexpected(std::move(result.error()));
    }
    return all;
}

parameter flag(std::string_view name) { return {.name = std::string{name}, .value = std::nullopt}; }

parameter with_bits(std::string_view name, std::uint8_t bits) {
    return {.name = std::string{name}, .value = std::to_string(bits)};
}

/// The window that we keep of the peer: a whole one where nobody asked for less, whatever the peer does with less.
std::uint8_t kept_window(std::uint8_t asked, std::optional<std::uint8_t> answered) noexcept {
    return asked < max_bits ? answered.value_or(asked) : max_bits;
}

/// What a client may say to one of its offers with that answer; nothing where the answer breaks no rule.
std::optional<error> broken_rule(const deflate_parameters& offer, const wire_parameters& answer) {
    const auto broken = [](std::string_view name, std::string_view what) {
        return error{errc::invalid_extension_parameter,
                     "permessage-deflate: " + std::string{name}.append(": ").append(what)};
    };
    if (offer.server_no_context_takeover && !answer.server_no_context_takeover) {
        return broken(server_takeover, "was asked for and isn't there");
    }
    if (offer.server_max_window_bits < max_bits) {
        if (!answer.server_max_window_bits) return broken(server_bits, "was asked for and isn't there");
        if (*answer.server_max_window_bits > offer.server_max_window_bits) {
            return broken(server_bits, "is over what was asked for");
        }
    }
    if (answer.client_max_window_bits && !offer.offers_client_max_window_bits) {
        return broken(client_bits, "wasn't offered");
    }
    if (answer.client_max_window_bits && *answer.client_max_window_bits > offer.client_max_window_bits) {
        return broken(client_bits, "is over what was offered");
    }
    return std::nullopt;
}

}  // namespace

permessage_deflate::permessage_deflate(const permessage_deflate_options& options)
    : options_(options), states_(std::make_shared<detail::shared_deflate_states>()) {}

std::expected<std::shared_ptr<const permessage_deflate>, error> permessage_deflate::create(
    const permessage_deflate_options& options) {
    const auto refuse = [](std::string detail) {
        return std::unexpected(error{errc::invalid_argument, "permessage_deflate: " + std::move(detail)});
    };
    if (options.offers.empty()) return refuse("no offer");
    for (const deflate_parameters& offer : options.offers) {
        for (const auto& [bits, name] : {std::pair{offer.server_max_window_bits, server_bits},
                                         std::pair{offer.client_max_window_bits, client_bits}}) {
            if (bits < min_bits || bits > max_bits) {
                return refuse(std::string{name} + " is 8 to 15, not " + std::to_string(bits));
            }
        }
    }
    if (options.level && (*options.level < 1 || *options.level > 9))
        return refuse("level is 1 to 9, not " + std::to_string(*options.level));
    if (options.memory_level < 1 || options.memory_level > 9)
        return refuse("memory_level is 1 to 9, not " + std::to_string(options.memory_level));
    if (options.compression > compression::never) return refuse("no such compression");
    if (options.strategy > deflate_strategy::fixed) return refuse("no such strategy");
    return std::shared_ptr<const permessage_deflate>{new permessage_deflate{options}};
}

permessage_deflate_options permessage_deflate::low_memory() {
    constexpr deflate_parameters small{.server_max_window_bits = 10, .client_max_window_bits = 10};
    return {.offers = {small}, .memory_level = 1};
}

std::vector<extension_parameters> permessage_deflate::offers() const {
    std::vector<extension_parameters> all;
    for (const deflate_parameters& offer : options_.offers) {
        extension_parameters& list = all.emplace_back();
        if (offer.server_no_context_takeover) list.push_back(flag(server_takeover));
        if (offer.client_no_context_takeover) list.push_back(flag(client_takeover));
        if (offer.server_max_window_bits < max_bits) {
            list.push_back(with_bits(server_bits, offer.server_max_window_bits));
        }
        if (!offer.offers_client_max_window_bits) continue;
        // Without a value: any that the server likes.
        list.push_back(offer.client_max_window_bits < max_bits ? with_bits(client_bits, offer.client_max_window_bits)
                                                               : flag(client_bits));
    }
    return all;
}

std::expected<std::unique_ptr<extension_codec>, error> permessage_deflate::accept(
    const extension_parameters& answer) const {
    const auto agreed = read(answer, false);
    if (!agreed) return std::unexpected(agreed.error());
    // The answer doesn't say to which offer it belongs: any that it keeps to.
    std::optional<error> first_broken;
    for (const deflate_parameters& offer : options_.offers) {
        auto broken = broken_rule(offer, *agreed);
        if (!broken) {
            const std::uint8_t ours =
                std::min(offer.client_max_window_bits, agreed->client_max_window_bits.value_or(max_bits));
            return std::make_unique<deflate_codec>(
                options_, states_,
                deflate_agreement{
                    .send_window_bits = ours,
                    .receive_window_bits = kept_window(offer.server_max_window_bits, agreed->server_max_window_bits),
                    .sends_afresh = agreed->client_no_context_takeover || offer.client_no_context_takeover,
                    .receives_afresh = agreed->server_no_context_takeover});
        }
        if (!first_broken) first_broken = std::move(broken);
    }
    return std::unexpected(std::move(*first_broken));
}

std::optional<permessage_deflate::response> permessage_deflate::respond(const extension_parameters& offer) const {
    const auto asked = read(offer, true);
    if (!asked) return std::nullopt;
    const deflate_parameters& own = options_.offers.front();
    const bool limits_client = own.client_max_window_bits < max_bits;
    if (limits_client && !asked->has_client_max_window_bits) return std::nullopt;  // it couldn't be told
    response made;
    const std::uint8_t server = std::min(own.server_max_window_bits, asked->server_max_window_bits.value_or(max_bits));
    const std::uint8_t client = std::min(own.client_max_window_bits, asked->client_max_window_bits.value_or(max_bits));
    const bool server_afresh = own.server_no_context_takeover || asked->server_no_context_takeover;
    const bool client_afresh = own.client_no_context_takeover || asked->client_no_context_takeover;
    if (server_afresh) made.answer.push_back(flag(server_takeover));
    if (client_afresh) made.answer.push_back(flag(client_takeover));
    // An offer of it is accepted by saying it, whatever the value (RFC 7692 §7.1.2.1).
    if (server < max_bits || asked->server_max_window_bits) made.answer.push_back(with_bits(server_bits, server));
    if (client < max_bits) made.answer.push_back(with_bits(client_bits, client));
    made.codec = std::make_unique<deflate_codec>(
        options_, states_,
        deflate_agreement{.send_window_bits = server,
                          .receive_window_bits = kept_window(own.client_max_window_bits, client),
                          .sends_afresh = server_afresh,
                          .receives_afresh = client_afresh});
    return made;
}

}  // namespace mint::ws
