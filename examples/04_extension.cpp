// An extension of one's own: each message carries a checksum, and one that was changed on its way is refused.
//
// usage: 04_extension. Both ends are in this program, without a network: no server has this extension.

#include <mint/core.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ws = mint::ws;

namespace {

/// FNV-1a: short, and no protection against those who mean it.
class checksum {
  public:
    void add(mint::byte_view octets) noexcept {
        for (const std::byte octet : octets) value_ = (value_ ^ std::to_integer<std::uint32_t>(octet)) * 16'777'619U;
    }
    [[nodiscard]] std::string octets() const {
        std::string text;
        for (unsigned shift = 0; shift < 32; shift += 8) text += static_cast<char>(value_ >> shift & 0xFFU);
        return text;
    }

  private:
    std::uint32_t value_ = 2'166'136'261U;
};

constexpr std::size_t checksum_size = 4;

/// The state of one connection. A copy of it is an independent fork, as every codec's is.
class checksum_codec final : public ws::extension_codec {
  public:
    std::unique_ptr<ws::extension_codec> clone() const override { return std::make_unique<checksum_codec>(*this); }

    /// Adds the checksum behind the last part; marks the message with RSV2.
    std::expected<std::optional<std::uint8_t>, mint::error> encode(const ws::message_part& part,
                                                                   mint::byte_view payload,
                                                                   ws::extension_output& out) override {
        if (part.is_first) sent_ = {};
        sent_.add(payload);
        static_cast<void>(out.append(payload));
        if (part.is_last) static_cast<void>(out.append(mint::as_bytes(sent_.octets())));
        return ws::rsv2;
    }

    /// Parts may be cut anywhere, so that the last octets are held back until there are more, or it is the end.
    std::expected<void, mint::error> decode(const ws::message_part& part, mint::byte_view payload,
                                            ws::extension_output& out) override {
        if (part.is_first) {
            received_ = {};
            held_.clear();
        }
        held_ += mint::as_text(payload);
        if (held_.size() > checksum_size) {
            const std::string_view message = std::string_view{held_}.substr(0, held_.size() - checksum_size);
            received_.add(mint::as_bytes(message));
            if (!out.append(mint::as_bytes(message))) return {};  // over the limit: the codec says so
            held_.erase(0, message.size());
        }
        if (part.is_last && held_ != received_.octets()) {
            return std::unexpected(mint::error{mint::errc::extension_failed, "x-checksum: the message was changed"});
        }
        return {};
    }

    std::size_t max_encoded_size(std::size_t size) const noexcept override { return size + checksum_size; }
    std::size_t memory_size() const noexcept override { return sizeof(*this) + held_.capacity(); }

  private:
    checksum sent_;
    checksum received_;
    std::string held_;
};

/// What is offered: shared by all connections, and never changed.
class checksum_extension final : public ws::extension {
  public:
    std::string_view name() const noexcept override { return "x-checksum"; }
    std::uint8_t reserved_bits() const noexcept override { return ws::rsv2; }
    std::vector<ws::extension_parameters> offers() const override {
        return {{{.name = "algorithm", .value = "fnv1a"}}};
    }
    std::expected<std::unique_ptr<ws::extension_codec>, mint::error> accept(
        const ws::extension_parameters& answer) const override {
        const bool is_ours = answer.size() == 1 && answer[0].name == "algorithm" && answer[0].value == "fnv1a";
        if (!is_ours) {
            return std::unexpected(mint::error{mint::errc::invalid_extension_parameter, "x-checksum: no fnv1a"});
        }
        return std::make_unique<checksum_codec>();
    }
};

/// A server that takes whatever it is offered, and answers with the same words.
mint::headers answer_to(const mint::headers& request) {
    mint::headers answer{{"upgrade", "websocket"}, {"connection", "upgrade"}};
    static_cast<void>(answer.append("sec-websocket-accept", ws::accept_for(*request.find("sec-websocket-key"))));
    static_cast<void>(answer.append("sec-websocket-extensions", *request.find("sec-websocket-extensions")));
    return answer;
}

int fail(std::string_view what, const mint::error& reason) {
    std::printf("%.*s: %s\n", static_cast<int>(what.size()), what.data(), mint::to_string(reason).c_str());
    return 1;
}

}  // namespace

int main() {
    // With a connection it is `upgrade_options::extensions`.
    const auto offer = ws::make_offer({}, mint::default_random(), {std::make_shared<checksum_extension>()});
    if (!offer) return fail("offer", offer.error());
    const auto request = ws::request_fields(*offer, {});
    if (!request) return fail("request", request.error());
    std::printf("> sec-websocket-extensions: %s\n", std::string{*request->find("sec-websocket-extensions")}.c_str());
    auto agreed = ws::check_response(*offer, 101, answer_to(*request));
    if (!agreed) return fail("handshake", agreed.error());

    ws::codec client{{}, agreed->extensions};
    // The checksum's state is the same at both ends. permessage-deflate's isn't: a server's comes from its `respond`.
    ws::codec server{{.role = ws::role::server}, agreed->extensions};
    mint::buffer wire;
    for (const ws::text& piece : {ws::text{"in two ", false}, ws::text{"pieces"}, ws::text{"and whole"}}) {
        if (const auto encoded = client.encode(piece, wire); !encoded) return fail("encode", encoded.error());
    }
    std::vector<ws::frame> frames;
    if (const auto decoded = server.decode(wire.view(), frames); !decoded) return fail("decode", decoded.error());
    for (const ws::frame& f : frames) {
        const std::string_view text = std::get<ws::text>(f).payload;
        std::printf("< %.*s\n", static_cast<int>(text.size()), text.data());
    }

    wire.clear();
    if (const auto encoded = client.encode(ws::text{"a hundred"}, wire); !encoded)
        return fail("encode", encoded.error());
    wire.bytes()[8] ^= std::byte{1};
    const auto decoded = server.decode(wire.view(), frames);
    std::printf("changed on its way: %s\n", decoded ? "nobody noticed" : mint::to_string(decoded.error()).c_str());
    return decoded ? 1 : 0;
}
