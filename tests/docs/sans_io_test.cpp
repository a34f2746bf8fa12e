#include "support/http2_frames.hpp"

#include <mint/core.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

using namespace mint;

namespace {

/// A WebSocket client without a socket: octets in, octets out.
class octet_client {
  public:
    /// Appends the opening handshake to `out`.
    octet_client(std::string host, std::string_view target, buffer& out)
        : http_(http1::client_options{.host = std::move(host)}), offer_(*ws::make_offer()) {
        const auto fields = *ws::request_fields(offer_, {});
        ref_ = *http_.upgrade({"GET", target, fields}, out);
    }

    /// Takes the next octets that arrived, in any split; appends what must be sent to `out`.
    std::expected<void, error> received(byte_view octets, buffer& out) {
        responses_.clear();
        const auto taken = http_.receive(octets, responses_);
        for (const response& r : responses_) {
            if (const auto* status = std::get_if<responses::status>(&r)) status_code_ = status->code;
            if (const auto* head = std::get_if<responses::headers>(&r)) {
                const auto agreed = ws::check_response(offer_, status_code_, head->fields);
                if (!agreed) return std::unexpected(agreed.error());
                is_open_ = true;
            }
            if (const auto* data = std::get_if<responses::data>(&r)) {
                if (auto decoded = decode(data->bytes, out); !decoded) return decoded;
            }
        }
        return taken;
    }

    std::expected<void, error> send(const ws::frame& frame, buffer& out) { return codec_.encode(frame, out); }

    [[nodiscard]] bool is_open() const { return is_open_; }
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

  private:
    std::expected<void, error> decode(byte_view octets, buffer& out) {
        const auto decoded = codec_.decode(octets, frames_);
        for (const ws::frame& frame : frames_) {
            std::visit(overloaded{[&](const ws::text& f) { texts_.emplace_back(f.payload); },
                                  [&](const ws::ping& f) { answer(ws::pong{f.payload}, out); },
                                  [&](const ws::close& f) { answer(f, out); },
                                  [](const auto&) { /* binary messages and pongs */ }},
                       frame);
        }
        if (!decoded) answer(ws::close{ws::close_code{decoded.error().close_code()}, {}}, out);
        return decoded;
    }

    void answer(const ws::frame& frame, buffer& out) {
        if (!codec_.is_close_sent()) (void)codec_.encode(frame, out);
    }

    http1::client_machine http_;
    ws::handshake_offer offer_;
    ws::codec codec_;
    request_ref ref_{};
    int status_code_ = 0;
    bool is_open_ = false;
    std::vector<response> responses_;
    std::vector<ws::frame> frames_;
    std::vector<std::string> texts_;
};

/// The key of the handshake in `request`.
std::string key_in(std::string_view request) {
    constexpr std::string_view name = "sec-websocket-key: ";
    const auto start = request.find(name) + name.size();
    return std::string{request.substr(start, request.find('\r', start) - start)};
}

std::string answer_to(std::string_view request) {
    return "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: " +
           ws::accept_for(key_in(request)) + "\r\n\r\n";
}

std::vector<ws::owned_frame> frames_in(ws::codec& server, const buffer& octets) {
    std::vector<ws::frame> frames;
    EXPECT_TRUE(server.decode(octets.view(), frames));
    std::vector<ws::owned_frame> owned;
    for (const auto& f : frames) owned.push_back(ws::to_owned(f));
    return owned;
}

TEST(docs_sans_io, a_client_without_a_socket_talks) {
    buffer out;
    octet_client client{"example.com", "/chat", out};
    buffer answer;
    answer.append(answer_to(out.text()));
    out.clear();
    ws::codec server{{.role = ws::role::server}};
    ASSERT_TRUE(server.encode(ws::text{"first"}, answer));
    ASSERT_TRUE(server.encode(ws::ping{as_bytes("p")}, answer));

    for (const std::byte octet : answer.view()) ASSERT_TRUE(client.received({&octet, 1}, out));
    EXPECT_TRUE(client.is_open());
    EXPECT_EQ(client.texts(), std::vector<std::string>{"first"});
    ASSERT_TRUE(client.send(ws::text{"second"}, out));

    const auto frames = frames_in(server, out);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<ws::owned_pong>(frames[0]));
    EXPECT_EQ(std::get<ws::owned_text>(frames[1]).payload, "second");
}

TEST(docs_sans_io, a_client_without_a_socket_answers_a_broken_rule_with_its_close_code) {
    buffer out;
    octet_client client{"example.com", "/", out};
    std::string answer = answer_to(out.text());
    answer += "\x81\x02\xC3\x28";  // text that isn't UTF-8
    out.clear();
    const auto taken = client.received(as_bytes(answer), out);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, errc::invalid_utf8);
    ws::codec server{{.role = ws::role::server}};
    const auto frames = frames_in(server, out);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(std::get<ws::owned_close>(frames[0]).code, ws::close_code::invalid_payload);
}

TEST(docs_sans_io, the_codec_alone_is_octets_in_and_frames_out) {
    ws::codec codec;                // a client's; a value: copy it, move it, keep many in a vector
    buffer out;                     // yours; encode appends to it
    std::vector<ws::frame> frames;  // yours; decode replaces what is in it

    const std::string_view arrived{"\x81\x05hello\x89\x00", 9};
    const auto encoded = codec.encode(ws::text{"hello"}, out);     // the masked frame is in `out`
    const auto decoded = codec.decode(as_bytes(arrived), frames);  // a text and a ping, both views of `arrived`

    ASSERT_TRUE(encoded && decoded);
    EXPECT_EQ(out.size(), 2U + 4U + 5U);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(std::get<ws::text>(frames[0]).payload.data(), arrived.data() + 2);
}

/// What stands between the machine and the server of the test.
struct transport_in_memory {
    std::string sent;
    std::string arrived;

    void write(byte_view octets) { sent += as_text(octets); }
    [[nodiscard]] byte_view read() const { return as_bytes(arrived); }
};

TEST(docs_sans_io, http2_is_fetched) {
    transport_in_memory transport;
    transport.arrived = mint::testing::h2::settings({{mint::testing::h2::enable_connect_protocol, 1}}) +
                        mint::testing::h2::headers(1, {{":status", "200"}, {"sec-websocket-protocol", "chat"}});

    const auto offer = ws::make_offer({"chat"});
    http2::client_machine machine{{.authority = "example.com"}};
    const auto ref = machine.connect(
        {.protocol = "websocket", .target = "/", .fields = *ws::connect_fields(*offer, {{"origin", "https://me"}})});

    buffer out;
    const auto flush = [&] {  // after each call that may have made octets
        while (machine.wants_write()) {
            out.clear();
            machine.take(out);
            transport.write(out.view());
        }
    };
    flush();

    std::vector<response> answers;
    const auto taken = machine.receive(transport.read(), answers);  // status, headers, data for `ref`, and an error
    flush();                                                        // acknowledgements, credit

    ASSERT_TRUE(taken);
    ASSERT_EQ(answers.size(), 2U);
    const auto& fields = std::get<responses::headers>(answers[1]).fields;
    EXPECT_EQ(ws::check_connect_response(*offer, 200, fields)->subprotocol, "chat");
    EXPECT_TRUE(machine.is_tunnel(*ref));
    EXPECT_TRUE(transport.sent.starts_with("PRI * HTTP/2.0"));
    EXPECT_FALSE(machine.wants_write());
}

}  // namespace
