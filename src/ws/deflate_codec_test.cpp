#include "ws/deflate_codec.hpp"

#include "support/deflate_pair.hpp"
#include "support/every_split.hpp"
#include "support/frame_script.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::always;
using mint::testing::chain_of;
using mint::testing::compressed_text;
using mint::testing::deflate_pair;
using mint::testing::json_of;
using mint::testing::messages;
using mint::testing::noise_of;
using mint::testing::sent;
using mint::testing::wire;
using namespace std::string_literals;

constexpr int first_of_compressed = 0x41;
constexpr int last_continuation = 0x80;

/// A client that the server's frames are given to.
codec client_of(std::string_view answer = "", const codec_options& options = {}) {
    const auto ours = permessage_deflate::create(always).value();
    return codec{options, chain_of(ours->accept(mint::testing::deflate_parameters_of(answer)).value())};
}

/// What the client makes of it, in every split.
std::string received(std::string_view octets, std::string_view answer = "") {
    std::optional<std::string> first;
    mint::testing::for_each_split(octets, [&](const std::vector<byte_view>& chunks) {
        codec client = client_of(answer);
        std::string text;
        for (const byte_view chunk : chunks) {
            text += messages(client, chunk);
            if (client.has_failed()) break;
        }
        if (!first) first = text;
        EXPECT_EQ(text, *first) << chunks.size();
    });
    return *first;
}

// RFC 7692 §7.2.3: the octets that stand there.
const std::string hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;
const std::string hello_again = "\xf2\x00\x11\x00\x00"s;

TEST(permessage_deflate_message, the_examples_of_the_rfc_are_read) {
    EXPECT_EQ(received(wire(compressed_text, hello)), "Hello|");
    EXPECT_EQ(received(wire(first_of_compressed, hello.substr(0, 3)) + wire(last_continuation, hello.substr(3))),
              "Hello|")
        << "7.2.3.1, in two frames";
    EXPECT_EQ(received(wire(compressed_text, hello) + wire(compressed_text, hello_again)), "Hello|Hello|")
        << "7.2.3.2, the window shared";
    EXPECT_EQ(received(wire(compressed_text, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s)), "Hello|")
        << "7.2.3.3, a stored block";
    EXPECT_EQ(received(wire(compressed_text, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s)), "Hello|") << "7.2.3.4, BFINAL";
    EXPECT_EQ(received(wire(compressed_text, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s)), "Hello|")
        << "7.2.3.5, two blocks";
    EXPECT_EQ(received(wire(compressed_text, "\x00"s)), "|") << "7.2.3.6, empty";
}

TEST(permessage_deflate_message, the_examples_of_the_rfc_are_written) {
    permessage_deflate_options by_zlib = always;  // others write the same messages in other ways
    by_zlib.level = 6;
    deflate_pair pair{always, by_zlib};
    EXPECT_EQ(sent(pair.server, "Hello"), wire(compressed_text, hello));
    EXPECT_EQ(sent(pair.server, "Hello"), wire(compressed_text, hello_again));
    EXPECT_EQ(sent(pair.server, ""), wire(compressed_text, "\x00"s));
    EXPECT_EQ(sent(pair.server, ""), wire(compressed_text, "\x00"s)) << "and again";
    deflate_pair afresh{
        always, {.offers = {{.server_no_context_takeover = true}}, .compression = compression::always, .min_size = 0}};
    EXPECT_EQ(sent(afresh.server, "Hello"), wire(compressed_text, hello));
    EXPECT_EQ(sent(afresh.server, "Hello"), wire(compressed_text, hello));
}

TEST(permessage_deflate_message, behind_a_final_block_the_window_goes_on) {
    const std::string final_block = "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s;
    EXPECT_EQ(received(wire(compressed_text, final_block) + wire(compressed_text, hello)), "Hello|Hello|");
    EXPECT_EQ(received(wire(compressed_text, final_block) + wire(compressed_text, hello_again)), "Hello|Hello|");
    EXPECT_EQ(received(wire(compressed_text, final_block.substr(0, 7)) + wire(compressed_text, hello)), "Hello|Hello|")
        << "without the empty block behind it";
}

TEST(permessage_deflate_message, messages_that_are_not_compressed_pass) {
    EXPECT_EQ(received(wire(0x81, "plain") + wire(compressed_text, hello) + wire(0x81, "") + wire(0x01, "in ") +
                       wire(0x80, "two") + wire(compressed_text, hello_again)),
              "plain|Hello||in two|Hello|");
}

TEST(permessage_deflate_message, the_bit_stands_in_the_first_frame_of_a_data_message_alone) {
    EXPECT_EQ(received(wire(first_of_compressed, hello.substr(0, 3)) + wire(last_continuation | 0x40, hello.substr(3))),
              "reserved_bit_set");
    EXPECT_EQ(received(wire(0xC9, "ping")), "reserved_bit_set");
    EXPECT_EQ(received(wire(0xA1, "rsv2")), "reserved_bit_set");
    EXPECT_EQ(received(wire(0xE1, hello)), "reserved_bit_set");
}

TEST(permessage_deflate_message, corrupt_or_truncated_data_is_an_error_and_never_text) {
    EXPECT_EQ(received(wire(compressed_text, "\xff\xff\xff"s)), "invalid_compressed_data");
    for (std::size_t size = 0; size < hello.size(); ++size) {
        EXPECT_EQ(received(wire(compressed_text, hello.substr(0, size))), "invalid_compressed_data") << size;
    }
    EXPECT_EQ(received(wire(compressed_text, hello_again)), "invalid_compressed_data") << "nothing to go back to";
    EXPECT_EQ(received(wire(compressed_text, hello) + wire(compressed_text, hello_again), "server_no_context_takeover"),
              "Hello|invalid_compressed_data")
        << "kept against the agreement";
}

TEST(permessage_deflate_message, a_distance_beyond_the_window_is_an_error) {
    deflate_pair wide{always, always};
    const std::string message = noise_of(600);
    buffer out;
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(wide.server.encode(binary{as_bytes(message)}, out));  // the second goes back 600 octets
    }
    EXPECT_LT(out.size(), 700U);
    const auto client_with_window = [](std::uint8_t bits) {
        permessage_deflate_options options = always;
        options.offers = {{.server_max_window_bits = bits}};
        const auto answer = mint::testing::deflate_parameters_of("server_max_window_bits=" + std::to_string(bits));
        return codec{{}, chain_of(permessage_deflate::create(options).value()->accept(answer).value())};
    };
    codec enough = client_with_window(10);
    EXPECT_EQ(messages(enough, out.view()), message + "|" + message + "|");
    codec narrow = client_with_window(9);
    EXPECT_EQ(messages(narrow, out.view()), message + "|invalid_compressed_data");
    codec unasked = client_of("server_max_window_bits=9");
    EXPECT_EQ(messages(unasked, out.view()), message + "|" + message + "|") << "we have more than it said";
}

TEST(permessage_deflate_message, text_is_checked_for_utf8) {
    deflate_pair pair{always, always};
    buffer out;
    ASSERT_TRUE(pair.server.encode(binary{as_bytes("gr\xfc\xdf")}, out));
    out.bytes()[0] = std::byte{compressed_text};
    EXPECT_EQ(messages(pair.client, out.view()), "invalid_utf8");
    deflate_pair cut{always, always};
    out.clear();
    ASSERT_TRUE(cut.server.encode(binary{as_bytes("caf\xc3")}, out));
    out.bytes()[0] = std::byte{compressed_text};
    EXPECT_EQ(messages(cut.client, out.view()), "invalid_utf8");
}

TEST(permessage_deflate_limits, a_message_may_be_as_large_as_the_limit_and_no_larger) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{65'536}}) {
        for (const std::size_t over : {0U, 1U}) {
            codec_options options;
            options.limits.max_message_size = size;
            for (const bool is_noise : {false, true}) {
                deflate_pair pair{always, always, options};
                const std::string message = is_noise ? noise_of(size + over) : std::string(size + over, 'a');
                buffer out;
                ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
                EXPECT_EQ(messages(pair.client, out.view()), over == 0 ? message + "|" : "message_too_big") << size;
            }
        }
    }
}

TEST(permessage_deflate_limits, a_bomb_costs_no_more_memory_than_the_limit) {
    codec_options options;
    options.limits.max_message_size = 1024 * 1024;
    permessage_deflate_options smallest = always;
    smallest.level = 9;
    deflate_pair pair{always, smallest, options};
    const std::string message(64 * 1024 * 1024, '\0');
    buffer out;
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
    ASSERT_LT(out.size(), 80'000U);
    EXPECT_EQ(messages(pair.client, out.view()), "message_too_big");
    EXPECT_LT(pair.client.memory_size(), 1024 * 1024 + 128 * 1024) << "the limit and the state";
}

TEST(permessage_deflate_limits, hold_over_all_fragments_and_in_pieces_for_each_call) {
    codec_options options;
    options.limits.max_message_size = 1000;
    deflate_pair pair{always, always, options};
    const std::string part(400, 'x');
    buffer out;
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.server.encode(binary{as_bytes(part), i == 2}, out));
    EXPECT_EQ(messages(pair.client, out.view()), "message_too_big");

    options.delivery = delivery::pieces;
    deflate_pair pieces{always, always, options};
    for (int i = 0; i < 10; ++i) {
        out.clear();
        ASSERT_TRUE(pieces.server.encode(binary{as_bytes(part), i == 9}, out));
        EXPECT_EQ(messages(pieces.client, out.view()), i == 9 ? part + "|" : part) << "each for itself";
    }
    deflate_pair in_one_call = pieces;
    const std::string large(1001, 'x');
    out.clear();
    ASSERT_TRUE(pieces.server.encode(binary{as_bytes(large)}, out));
    EXPECT_EQ(messages(pieces.client, out.view()), large.substr(0, 1000) + "message_too_big");
    out.clear();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(in_one_call.server.encode(binary{as_bytes(part), i == 2}, out));
    EXPECT_EQ(messages(in_one_call.client, out.view()), large.substr(0, 1000) + "message_too_big")
        << "what came before isn't lost";
}

TEST(permessage_deflate_message, goes_round_with_every_parameter_size_and_split) {
    constexpr std::array<std::uint8_t, 4> all_bits{8, 9, 12, 15};
    for (const std::uint8_t server_bits : all_bits) {
        for (const std::uint8_t client_bits : all_bits) {
            for (const unsigned takeover : {0U, 1U, 2U, 3U}) {
                permessage_deflate_options options = always;
                options.offers = {{.server_no_context_takeover = (takeover & 1U) != 0,
                                   .client_no_context_takeover = (takeover & 2U) != 0,
                                   .server_max_window_bits = server_bits,
                                   .client_max_window_bits = client_bits}};
                deflate_pair pair{options, always};
                unsigned number = 0;
                for (const std::size_t size : {0U, 1U, 5U, 100U, 1000U, 20'000U, 70'000U}) {
                    for (const std::string& message : {json_of(size, number++), noise_of(size, number)}) {
                        buffer out;
                        ASSERT_TRUE(pair.client.encode(binary{as_bytes(message)}, out));
                        std::string got;
                        for (byte_view rest = out.view(); !rest.empty();) {
                            const byte_view chunk = rest.first(std::min<std::size_t>(rest.size(), 1 + size / 3));
                            rest = rest.subspan(chunk.size());
                            got += messages(pair.server, chunk);
                        }
                        ASSERT_EQ(got, message + "|");
                        out.clear();
                        ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
                        ASSERT_EQ(messages(pair.client, out.view()), message + "|");
                    }
                }
            }
        }
    }
}

TEST(permessage_deflate_message, in_pieces_goes_out_as_frames_that_can_be_read_at_once) {
    deflate_pair pair{always, always, {.delivery = delivery::pieces}};
    std::string got;
    for (const std::string_view piece : {"one ", "", "two ", ""}) {
        buffer out;
        ASSERT_TRUE(pair.client.encode(text{piece, false}, out));
        const std::string now = messages(pair.server, out.view());
        EXPECT_EQ(now, piece);
        got += now;
        out.clear();
        ASSERT_TRUE(pair.client.encode(ping{}, out));
        EXPECT_EQ(messages(pair.server, out.view()), "") << "between them, and not compressed";
    }
    buffer out;
    ASSERT_TRUE(pair.client.encode(text{""}, out));
    EXPECT_EQ(messages(pair.server, out.view()), "|");
    EXPECT_EQ(got, "one two ");
    EXPECT_FALSE(pair.server.has_failed());
}

TEST(permessage_deflate_codec, a_copy_is_an_independent_fork) {
    deflate_pair pair{always, always};
    buffer out;
    ASSERT_TRUE(pair.client.encode(text{"a message that both of them know", false}, out));
    EXPECT_EQ(messages(pair.server, out.view()), "");
    codec client = pair.client;
    codec server = pair.server;
    for (const auto& [from, to, rest] :
         {std::tuple{&pair.client, &pair.server, " first"}, std::tuple{&client, &server, " second, and another"}}) {
        out.clear();
        ASSERT_TRUE(from->encode(text{rest}, out));
        EXPECT_EQ(messages(*to, out.view()), "a message that both of them know" + std::string{rest} + "|");
        out.clear();
        ASSERT_TRUE(from->encode(text{"a message that both of them know"}, out));
        EXPECT_EQ(messages(*to, out.view()), "a message that both of them know|");
    }
    const codec idle_client = client_of();
    codec copy = idle_client;
    EXPECT_EQ(messages(copy, as_bytes(wire(compressed_text, hello))), "Hello|") << "a copy of a const one";
}

TEST(permessage_deflate_codec, repeats_its_error_with_its_words) {
    codec client = client_of();
    std::vector<frame> frames;
    const auto failed = client.decode(as_bytes("\xC1\x01\xFF"s), frames);
    ASSERT_FALSE(failed);
    const auto again = client.decode({}, frames);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, failed.error().code);
    EXPECT_EQ(again.error().detail, failed.error().detail);
    EXPECT_EQ(again.error().offset, failed.error().offset);
    EXPECT_EQ(failed.error().detail.substr(0, 18), "invalid block type");
    codec cut = client_of();
    const std::string half = wire(compressed_text, hello.substr(0, 4));
    EXPECT_EQ(cut.decode(as_bytes(half), frames).error().detail, "the message ends within a block");
    codec far = client_of();
    const std::string before_all = wire(compressed_text, hello_again);
    EXPECT_EQ(far.decode(as_bytes(before_all), frames).error().detail, "invalid distance too far back");
}

}  // namespace
}  // namespace mint::ws
