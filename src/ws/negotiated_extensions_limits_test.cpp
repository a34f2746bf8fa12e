#include "support/deflate_pair.hpp"

#include <mint/ws/codec.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::always;
using mint::testing::json_of;
using mint::testing::messages;
using mint::testing::noise_of;

/// Sends each octet twice, and takes one of two.
class doubling_codec final : public extension_codec {
  public:
    [[nodiscard]] std::unique_ptr<extension_codec> clone() const override {
        return std::make_unique<doubling_codec>(*this);
    }
    [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part&, byte_view payload,
                                                                           extension_output& out) override {
        for (const std::byte octet : payload) static_cast<void>(out.append(std::array{octet, octet}));
        return std::optional{rsv2};
    }
    [[nodiscard]] std::expected<void, error> decode(const message_part& part, byte_view payload,
                                                    extension_output& out) override {
        if (part.is_first) is_second_ = false;
        for (const std::byte octet : payload) {
            if (std::exchange(is_second_, !is_second_)) static_cast<void>(out.append({&octet, 1}));
        }
        return {};
    }
    [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override { return 2 * size; }

  private:
    bool is_second_ = false;
};

/// Makes nothing of whatever is received.
class silent_codec final : public extension_codec {
  public:
    [[nodiscard]] std::unique_ptr<extension_codec> clone() const override {
        return std::make_unique<silent_codec>(*this);
    }
    [[nodiscard]] std::expected<std::optional<std::uint8_t>, error> encode(const message_part&, byte_view payload,
                                                                           extension_output& out) override {
        static_cast<void>(out.append(payload));
        return std::optional{rsv2};
    }
    [[nodiscard]] std::expected<void, error> decode(const message_part&, byte_view, extension_output&) override {
        return {};
    }
    [[nodiscard]] std::size_t max_encoded_size(std::size_t size) const noexcept override { return size; }
};

/// One that comes first, and permessage-deflate behind it.
template <class First>
struct pair_behind {
    explicit pair_behind(codec_options options) {
        const auto deflate = permessage_deflate::create(always).value();
        auto response = deflate->respond(deflate->offers().at(0)).value();
        client = codec{options, chain_of(deflate->accept(response.answer).value())};
        options.role = role::server;
        server = codec{options, chain_of(std::move(response.codec))};
    }

    static negotiated_extensions chain_of(std::unique_ptr<extension_codec> deflate) {
        negotiated_extensions chain;
        chain.add({"first", {}}, rsv2, std::make_unique<First>());
        chain.add({"permessage-deflate", {}}, rsv1, std::move(deflate));
        return chain;
    }

    codec client;
    codec server;
};

constexpr std::size_t size_limit = 50'000;
constexpr std::array<std::size_t, 3> steps{1U << 30U, 1000, 7};

std::string received(codec client, byte_view octets, std::size_t step) {
    std::string got;
    while (!octets.empty() && !client.has_failed()) {
        const byte_view now = octets.first(std::min(octets.size(), step));
        octets = octets.subspan(now.size());
        got += messages(client, now);
    }
    return got;
}

TEST(negotiated_extensions_limits, between_two_are_what_a_message_of_the_limit_takes_there_in_every_split) {
    for (const std::size_t step : steps) {
        for (const bool is_noise : {false, true}) {
            for (const std::size_t over : {0U, 1U}) {
                pair_behind<doubling_codec> pair{{.limits = {.max_message_size = size_limit}}};
                const std::string message = is_noise ? noise_of(size_limit + over) : json_of(size_limit + over);
                buffer out;
                for (int i = 0; i < 2; ++i) ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
                EXPECT_TRUE(received(pair.client, out.view(), step) ==
                            (over == 0 ? message + "|" + message + "|" : "message_too_big"))
                    << step << ' ' << is_noise << ' ' << over;
            }
        }
    }
}

TEST(negotiated_extensions_limits, hold_over_all_parts_of_a_message_though_nothing_comes_of_it) {
    for (const std::size_t step : steps) {
        for (const std::size_t size : {size_limit, 2 * size_limit}) {
            pair_behind<silent_codec> pair{{.limits = {.max_message_size = size_limit}}};
            buffer out;
            ASSERT_TRUE(pair.server.encode(binary{as_bytes(noise_of(size))}, out));
            EXPECT_EQ(received(pair.client, out.view(), step), size == size_limit ? "|" : "message_too_big") << step;
            pair_behind<silent_codec> in_frames{{.limits = {.max_message_size = size_limit}}};
            out.clear();
            for (int i = 0; i < 10; ++i) {
                ASSERT_TRUE(in_frames.server.encode(binary{as_bytes(noise_of(size / 10)), i == 9}, out));
            }
            EXPECT_EQ(received(in_frames.client, out.view(), step), size == size_limit ? "|" : "message_too_big")
                << step;
        }
    }
}

TEST(negotiated_extensions_limits, are_those_of_one_call_in_pieces) {
    pair_behind<silent_codec> pair{{.limits = {.max_message_size = size_limit}, .delivery = delivery::pieces}};
    buffer out;
    for (int i = 0; i < 4; ++i) {
        out.clear();
        ASSERT_TRUE(pair.server.encode(binary{as_bytes(noise_of(size_limit)), false}, out));
        EXPECT_EQ(messages(pair.client, out.view()), "") << i;
    }
    out.clear();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(pair.server.encode(binary{as_bytes(noise_of(size_limit)), false}, out));
    EXPECT_EQ(messages(pair.client, out.view()), "message_too_big");
}

TEST(negotiated_extensions_limits, a_copy_goes_on_with_what_is_left_of_them) {
    pair_behind<silent_codec> pair{{.limits = {.max_message_size = size_limit}}};
    buffer out;
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(noise_of(size_limit)), false}, out));
    EXPECT_EQ(messages(pair.client, out.view()), "");
    codec copy = pair.client;
    out.clear();
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(noise_of(size_limit))}, out));
    EXPECT_EQ(messages(copy, out.view()), "message_too_big");
}

TEST(negotiated_extensions_limits, between_two_say_so) {
    pair_behind<silent_codec> pair{{.limits = {.max_message_size = size_limit}}};
    buffer out;
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(noise_of(2 * size_limit))}, out));
    std::vector<frame> frames;
    const auto failed = pair.client.decode(out.view(), frames);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::message_too_big);
    EXPECT_EQ(failed.error().detail,
              "permessage-deflate: more than a message of the limit can be for the extension that "
              "decodes behind it");
}

TEST(negotiated_extensions_limits, leave_room_for_what_extensions_add_to_a_frame) {
    for (const std::uint64_t max_frame_size : {std::uint64_t{size_limit}, std::uint64_t{size_limit} - 1}) {
        mint::testing::deflate_pair pair{
            always, always, {.limits = {.max_frame_size = max_frame_size, .max_message_size = size_limit}}};
        buffer out;
        ASSERT_TRUE(pair.server.encode(binary{as_bytes(noise_of(size_limit))}, out));
        ASSERT_GT(out.size(), size_limit + 4) << "it doesn't shrink";
        EXPECT_EQ(messages(pair.client, out.view()),
                  max_frame_size == size_limit ? noise_of(size_limit) + "|" : "frame_too_big");
        for (const delivery d : {delivery::whole_messages, delivery::pieces}) {
            mint::testing::deflate_pair plain{
                always,
                always,
                {.limits = {.max_frame_size = max_frame_size, .max_message_size = size_limit}, .delivery = d}};
            out.clear();
            ASSERT_TRUE(plain.server.encode(binary{as_bytes(noise_of(max_frame_size + 1))}, out, {.compress = false}));
            EXPECT_EQ(messages(plain.client, out.view()), "frame_too_big") << "there is nothing to add";
        }
    }
}

TEST(negotiated_extensions_limits, what_lies_between_two_is_given_back) {
    pair_behind<doubling_codec> pair{{.limits = {.max_message_size = size_limit}}};
    buffer out;
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(json_of(20'000))}, out));
    EXPECT_EQ(messages(pair.client, out.view()), json_of(20'000) + "|");
    const std::size_t holding = pair.client.memory_size();
    pair.client.release_memory();
    EXPECT_LE(pair.client.memory_size() + 20'000 + 40'000, holding) << "the message, and twice as much";
    out.clear();
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(json_of(20'000))}, out));
    EXPECT_EQ(messages(pair.client, out.view()), json_of(20'000) + "|") << "the states are as they were";
}

}  // namespace
}  // namespace mint::ws
