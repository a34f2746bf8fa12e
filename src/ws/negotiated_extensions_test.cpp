#include "support/deflate_pair.hpp"
#include "support/every_split.hpp"
#include "support/frame_script.hpp"
#include "support/letter_extension.hpp"

#include <mint/ws/codec.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::letter_extension;
using mint::testing::messages;
using mint::testing::wire;

struct chosen {
    char letter;
    std::uint8_t bits;
};

negotiated_extensions chain_of(const std::vector<chosen>& list) {
    negotiated_extensions chain;
    for (const auto& [letter, bits] : list) {
        const letter_extension e{std::string(1, letter), letter, bits};
        chain.add({std::string(1, letter), {}}, bits, e.accept({}).value());
    }
    return chain;
}

codec codec_of(const std::vector<chosen>& list, role r = role::server, const codec_options& options = {}) {
    codec_options own = options;
    own.role = r;
    return codec{own, chain_of(list)};
}

/// The octets that a server sends.
std::string sent(const std::vector<chosen>& list, std::string_view message) {
    codec server = codec_of(list);
    buffer out;
    EXPECT_TRUE(server.encode(text{message}, out));
    return std::string{out.text()};
}

TEST(negotiated_extensions, are_none_without_any) {
    const negotiated_extensions none;
    EXPECT_TRUE(none.empty());
    EXPECT_TRUE(none.answers().empty());
    EXPECT_EQ(none.reserved_bits(), 0);
    EXPECT_EQ(none.memory_size(), 0U);
    EXPECT_EQ(none.max_encoded_size(10), 10U);
    EXPECT_FALSE(none.wants(rsv1));
    EXPECT_TRUE(negotiated_extensions{none}.empty());
}

TEST(negotiated_extensions, encode_in_their_order_and_mark_the_message) {
    EXPECT_EQ(sent({{'a', rsv1}}, "x"), wire(0xC1, "ax"));
    EXPECT_EQ(sent({{'a', 0}}, "x"), wire(0x81, "ax"));
    EXPECT_EQ(sent({{'a', rsv1}, {'b', 0}, {'c', rsv3}}, "x"), wire(0xD1, "cbax"));
    EXPECT_EQ(sent({{'a', rsv2}}, "Capital"), wire(0x81, "Capital")) << "it passes";
    EXPECT_EQ(sent({{'a', rsv2}, {'b', 0}}, "Capital"), wire(0x81, "bCapital"));
}

/// Lets all pass, and says so for the next 100 octets of binary messages.
class passing_codec final : public extension_codec {
  public:
    explicit passing_codec(std::vector<std::string>& shown) : shown_(shown) {}
    [[nodiscard]] std::unique_ptr<extension_codec> clone() const override {
        return std::make_unique<passing_codec>(*this);
    }
    [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part&, byte_view payload,
                                                                           extension_output&) override {
        shown_.emplace_back(as_text(payload));
        return std::optional<std::uint8_t>{};
    }
    [[nodiscard]] std::expected<void, error> decode(const message_part&, byte_view, extension_output&) override {
        return {};
    }
    [[nodiscard]] std::uint32_t octets_to_pass(opcode code) noexcept override {
        return code == opcode::binary ? 100 : 0;
    }
    [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override { return size; }

  private:
    std::vector<std::string>& shown_;
};

TEST(negotiated_extensions, are_not_shown_what_the_only_one_of_them_lets_pass_unseen) {
    std::vector<std::string> shown;
    negotiated_extensions chain;
    chain.add({"passing", {}}, rsv1, std::make_unique<passing_codec>(shown));
    codec client{{.role = role::server}, std::move(chain)};
    buffer out;
    const auto send = [&](codec& by, const frame& f) { ASSERT_TRUE(by.encode(f, out)); };
    const std::string forty(40, 'x');
    send(client, binary{as_bytes(std::string_view{"first"})});
    send(client, binary{as_bytes(forty)});
    codec fork = client;
    send(client, text{"text"});
    send(client, binary{as_bytes(forty)});
    EXPECT_EQ(shown, (std::vector<std::string>{"first", "text"}));
    send(client, binary{as_bytes(std::string_view{"second"}), false});
    send(client, binary{as_bytes(std::string_view{"of it"})});
    EXPECT_EQ(shown.back(), "second") << "a message in pieces is shown, and its rest isn't once it passes";
    send(client, binary{as_bytes(forty)});
    send(client, binary{as_bytes(forty)});
    EXPECT_EQ(shown.back(), "second") << "asked again, it said 100 again";
    send(fork, binary{as_bytes(forty)});
    EXPECT_EQ(shown.size(), 3U);
    send(fork, binary{as_bytes(forty)});
    EXPECT_EQ(shown.size(), 4U) << "a copy has its own count";

    negotiated_extensions two;
    two.add({"passing", {}}, rsv1, std::make_unique<passing_codec>(shown));
    two.add({"also", {}}, rsv2, std::make_unique<passing_codec>(shown));
    codec both{{}, std::move(two)};
    shown.clear();
    for (int i = 0; i < 3; ++i) send(both, binary{as_bytes(forty)});
    EXPECT_EQ(shown.size(), 6U) << "of several each is shown all";
}

TEST(negotiated_extensions, decode_in_the_reverse_in_every_split) {
    const std::vector<chosen> list{{'a', rsv1}, {'b', 0}, {'c', rsv3}};
    const std::string octets = wire(0xD1, "cbax") + wire(0x81, "bplain") + wire(0x51, "cba") + wire(0x89, "ping") +
                               wire(0x80, "y") + wire(0xC2, "baz");
    mint::testing::for_each_split(octets, [&](const std::vector<byte_view>& chunks) {
        codec client = codec_of(list, role::client);
        std::string got;
        for (const byte_view chunk : chunks) got += messages(client, chunk);
        EXPECT_EQ(got, "x|plain|y|z|");
    });
}

TEST(negotiated_extensions, go_round_masked_and_in_pieces) {
    const std::vector<chosen> list{{'a', rsv1}, {'b', rsv2}};
    codec client = codec_of(list, role::client);
    codec server = codec_of(list, role::server, {.delivery = delivery::pieces});
    std::string got;
    for (const std::string_view piece : {"one", "", "two", "three"}) {
        buffer out;
        ASSERT_TRUE(client.encode(binary{as_bytes(piece), piece == "three"}, out));
        got += messages(server, out.view());
    }
    EXPECT_EQ(got, "onetwothree|");
    const std::string large(100'000, 'l');
    buffer out;
    ASSERT_TRUE(client.encode(text{large}, out));
    EXPECT_EQ(messages(server, out.view()), large + "|");
}

TEST(negotiated_extensions, a_bit_of_nobody_is_refused) {
    codec client = codec_of({{'a', rsv1}}, role::client);
    EXPECT_EQ(messages(client, as_bytes(wire(0xA1, "x"))), "reserved_bit_set");
}

TEST(negotiated_extensions, an_error_of_theirs_ends_the_connection_with_their_words) {
    codec client = codec_of({{'a', rsv1}}, role::client);
    std::vector<frame> frames;
    const std::string octets = wire(0xC1, "aok") + wire(0xC1, "bad");
    const auto failed = client.decode(as_bytes(octets), frames);
    EXPECT_EQ(frames.size(), 1U) << "what came before isn't lost";
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::extension_failed);
    EXPECT_EQ(failed.error().detail, "no a");
    EXPECT_EQ(failed.error().offset, 5U) << "the frame's";
    EXPECT_EQ(failed.error().close_code(), 1002);
    EXPECT_EQ(client.decode({}, frames).error().detail, "no a") << "again";
}

TEST(negotiated_extensions, any_error_of_theirs_about_what_came_is_the_peers_fault) {
    for (const std::vector<chosen>& list : {std::vector<chosen>{{'a', rsv1}}, {{'b', rsv2}, {'a', rsv1}}}) {
        codec client = codec_of(list, role::client);
        std::vector<frame> frames;
        const std::string octets = wire(list.size() == 1 ? 0xC1 : 0xE1, "?");
        const auto failed = client.decode(as_bytes(octets), frames);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error(), errc::extension_failed);
        EXPECT_EQ(failed.error().detail, "a: an argument or option is outside its range");
        EXPECT_EQ(failed.error().close_code(), 1002);
    }
}

TEST(negotiated_extensions, cannot_pass_the_limits) {
    codec_options options;
    options.limits.max_message_size = 4;
    for (const std::vector<chosen>& list :
         {std::vector<chosen>{{'a', rsv1}}, std::vector<chosen>{{'b', 0}, {'a', rsv1}}}) {
        const std::string letters = list.size() == 1 ? "a" : "ab";
        codec client = codec_of(list, role::client, options);
        EXPECT_EQ(messages(client, as_bytes(wire(0xC1, letters + "four"))), "four|");
        codec other = codec_of(list, role::client, options);
        EXPECT_EQ(messages(other, as_bytes(wire(0xC1, letters + "fives"))), "message_too_big");
        codec third = codec_of(list, role::client, options);
        EXPECT_EQ(messages(third, as_bytes(wire(0xC1, letters + std::string(2000, 'x')))), "message_too_big")
            << "what comes between has a limit as well";
    }
    codec server = codec_of({{'a', 0}});
    buffer out;
    out.append("before");
    const auto refused = server.encode(text{"too much"}, out);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::extension_out_of_step);
    EXPECT_EQ(refused.error().detail, "a: more than its max_encoded_size");
    EXPECT_EQ(out.text(), "before");
}

TEST(negotiated_extensions, a_refused_frame_changes_nothing) {
    codec server = codec_of({{'a', 0}});
    buffer out;
    ASSERT_TRUE(server.encode(text{"x", false}, out));
    out.clear();
    const auto refused = server.encode(text{"refused", false}, out);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "it is refused");
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(server.encode(binary{}, out).error(), errc::message_type_mismatch);
    EXPECT_EQ(server.encode(text{"\xFF"}, out).error(), errc::invalid_text);
    ASSERT_TRUE(server.encode(text{"y"}, out));
    EXPECT_EQ(out.text(), wire(0x80, "y"));
    ASSERT_TRUE(server.encode(ws::close{}, out));
    EXPECT_EQ(server.encode(text{"z"}, out).error(), errc::data_after_close);
}

/// Refuses what says so, and lets all else pass.
class refusing_codec final : public extension_codec {
  public:
    [[nodiscard]] std::unique_ptr<extension_codec> clone() const override {
        return std::make_unique<refusing_codec>(*this);
    }
    [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part&, byte_view payload,
                                                                           extension_output&) override {
        if (as_text(payload).contains("secret")) return std::unexpected(error{errc::invalid_argument, "a secret"});
        if (as_text(payload).contains("peer")) return std::unexpected(errc::extension_failed);
        if (as_text(payload).contains("name")) return std::unexpected(error{errc::extension_failed, "refusing: why"});
        return std::optional<std::uint8_t>{};
    }
    [[nodiscard]] std::expected<void, error> decode(const message_part&, byte_view, extension_output&) override {
        return {};
    }
    [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override { return size; }
};

/// Returns what it is told, and writes what it is given or nothing.
class odd_codec final : public extension_codec {
  public:
    odd_codec(std::optional<std::uint8_t> bits, bool writes) : bits_(bits), writes_(writes) {}
    [[nodiscard]] std::unique_ptr<extension_codec> clone() const override { return std::make_unique<odd_codec>(*this); }
    [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part&, byte_view payload,
                                                                           extension_output& out) override {
        if (writes_) static_cast<void>(out.append(payload));
        return bits_;
    }
    [[nodiscard]] std::expected<void, error> decode(const message_part&, byte_view, extension_output&) override {
        return {};
    }
    [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override { return size; }

  private:
    std::optional<std::uint8_t> bits_;
    bool writes_;
};

TEST(negotiated_extensions, that_break_their_contract_send_nothing) {
    for (const auto& [bits, detail] :
         {std::pair<std::optional<std::uint8_t>, std::string>{rsv3, "a reserved bit that isn't its own"},
          {std::nullopt, "output for a message that it lets pass"}}) {
        negotiated_extensions chain;
        chain.add({"odd", {}}, rsv2, std::make_unique<odd_codec>(bits, true));
        codec server{{.role = role::server}, std::move(chain)};
        buffer out;
        const auto refused = server.encode(text{"x"}, out);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), errc::extension_out_of_step);
        EXPECT_EQ(refused.error().detail, "odd: " + detail);
        EXPECT_TRUE(out.empty());
    }
}

TEST(negotiated_extensions, that_leave_a_message_halfway_send_no_more_of_it) {
    /// Takes a message's first part alone.
    class leaving_codec final : public extension_codec {
      public:
        [[nodiscard]] std::unique_ptr<extension_codec> clone() const override {
            return std::make_unique<leaving_codec>(*this);
        }
        [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part& part,
                                                                               byte_view payload,
                                                                               extension_output& out) override {
            if (!part.is_first) return std::optional<std::uint8_t>{};
            static_cast<void>(out.append(payload));
            return std::optional{rsv2};
        }
        [[nodiscard]] std::expected<void, error> decode(const message_part&, byte_view, extension_output&) override {
            return {};
        }
        [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override { return size; }
    };
    negotiated_extensions chain;
    chain.add({"leaving", {}}, rsv2, std::make_unique<leaving_codec>());
    codec server{{.role = role::server}, std::move(chain)};
    buffer out;
    ASSERT_TRUE(server.encode(text{"whole"}, out));
    ASSERT_TRUE(server.encode(text{"in two", false}, out));
    const error refused = server.encode(text{"halves"}, out).error();
    EXPECT_EQ(refused, errc::extension_out_of_step);
    EXPECT_EQ(refused.detail, "leaving: the rest of a message let pass that it had taken");
}

TEST(negotiated_extensions, may_let_a_message_pass_between_others_that_change_it) {
    const letter_extension a{"a", 'a', 0};
    const letter_extension b{"b", 'b', rsv2};
    const letter_extension c{"c", 'c', rsv3};
    for (int passing_count = 0; passing_count < 3; ++passing_count) {
        negotiated_extensions chain;
        chain.add({"a", {}}, 0, a.accept({}).value());
        for (int i = 0; i < passing_count; ++i) {
            chain.add({"passing", {}}, rsv1, std::make_unique<odd_codec>(std::nullopt, false));
        }
        chain.add({"b", {}}, rsv2, b.accept({}).value());
        chain.add({"c", {}}, rsv3, c.accept({}).value());
        codec server{{.role = role::server}, std::move(chain)};
        buffer out;
        ASSERT_TRUE(server.encode(text{"abcdefgh"}, out));
        EXPECT_EQ(out.text(), wire(0xB1, "cbaabcdefgh")) << passing_count;
    }
}

TEST(negotiated_extensions, send_no_data_once_one_of_them_counts_on_what_was_not_sent) {
    const letter_extension letter{"a", 'a', rsv1};
    for (const bool is_letter_first : {true, false}) {
        negotiated_extensions chain;
        if (is_letter_first) chain.add({"a", {}}, rsv1, letter.accept({}).value());
        chain.add({"refusing", {}}, rsv2, std::make_unique<refusing_codec>());
        if (!is_letter_first) chain.add({"a", {}}, rsv1, letter.accept({}).value());
        codec server{{.role = role::server}, std::move(chain)};
        buffer out;
        ASSERT_TRUE(server.encode(text{"x"}, out));
        const error refused = server.encode(text{"secret"}, out).error();
        EXPECT_EQ(refused, is_letter_first ? errc::extension_out_of_step : errc::invalid_argument);
        EXPECT_EQ(refused.connection_survives(), !is_letter_first);
        EXPECT_EQ(refused.detail, is_letter_first ? "refusing: a secret" : "a secret");
        EXPECT_EQ(out.text(), wire(0xC1, "ax"));
        codec fork = server;
        for (codec* const c : {&server, &fork}) {
            out.clear();
            const auto later = c->encode(text{"y"}, out);
            EXPECT_EQ(later.has_value(), !is_letter_first) << "the letter was put before what wasn't sent";
            if (is_letter_first) {
                EXPECT_EQ(to_string(later.error()), to_string(refused)) << "the cause is said each time";
            }
            EXPECT_EQ(out.text(), is_letter_first ? "" : wire(0xC1, "ay"));
            ASSERT_TRUE(c->encode(ping{}, out)) << "control frames are none of theirs";
        }
    }
    codec too_much = codec_of({{'a', rsv1}});
    buffer out;
    ASSERT_FALSE(too_much.encode(text{"too much"}, out));
    EXPECT_EQ(too_much.encode(text{"y"}, out).error(), errc::extension_out_of_step);
    EXPECT_TRUE(out.empty());
}

TEST(negotiated_extensions, that_refuse_what_is_sent_find_fault_with_the_caller) {
    negotiated_extensions chain;
    chain.add({"refusing", {}}, rsv2, std::make_unique<refusing_codec>());
    codec server{{.role = role::server}, std::move(chain)};
    buffer out;
    for (const auto& [message, detail] :
         {std::pair{"the peer", "refusing: an extension can't make sense of the message"},
          std::pair{"its name", "refusing: why"}}) {
        const error refused = server.encode(text{message}, out).error();
        EXPECT_EQ(refused, errc::invalid_argument);
        EXPECT_EQ(refused.detail, detail);
        EXPECT_TRUE(refused.connection_survives());
        EXPECT_TRUE(server.encode(text{"and goes on"}, out));
    }
}

TEST(negotiated_extensions, say_how_large_a_frame_may_become) {
    codec server = codec_of({{'a', 0}, {'b', rsv1}});
    EXPECT_EQ(server.max_encoded_size(100), 100U + 2 + max_frame_header_size);
    EXPECT_EQ(codec{}.max_encoded_size(100), 100U + max_frame_header_size);
    EXPECT_EQ(server.extensions().answers().size(), 2U);
}

}  // namespace
}  // namespace mint::ws
