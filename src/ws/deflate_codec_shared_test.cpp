#include "support/count_allocations.hpp"
#include "support/deflate_pair.hpp"
#include "ws/choose_backend.hpp"
#include "ws/deflate_codec.hpp"
#include "ws/shared_deflate_states.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::chain_of;
using mint::testing::json_of;
using mint::testing::messages;

const permessage_deflate_options afresh{
    .offers = {{.server_no_context_takeover = true, .client_no_context_takeover = true}},
    .compression = compression::always};

/// Clients and servers of connections without context takeover, all of one extension each.
struct many {
    std::shared_ptr<const permessage_deflate> ours = permessage_deflate::create(afresh).value();
    std::shared_ptr<const permessage_deflate> theirs = permessage_deflate::create(afresh).value();
    std::vector<codec> clients;
    std::vector<codec> servers;

    explicit many(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto response = theirs->respond(ours->offers().at(0)).value();
            clients.emplace_back(codec_options{}, chain_of(ours->accept(response.answer).value()));
            servers.emplace_back(codec_options{.role = role::server}, chain_of(std::move(response.codec)));
        }
    }

    void talk(std::size_t i, unsigned number, buffer& out, std::vector<frame>& frames) {
        const std::string message = json_of(number % 3 == 0 ? 150 : 1500, number);
        out.clear();
        ASSERT_TRUE(clients[i].encode(text{message}, out));
        ASSERT_TRUE(servers[i].decode(out.view(), frames));
        ASSERT_EQ(std::get<text>(frames.at(0)).payload, message);
        out.clear();
        ASSERT_TRUE(servers[i].encode(text{message}, out));
        ASSERT_TRUE(clients[i].decode(out.view(), frames));
        ASSERT_EQ(std::get<text>(frames.at(0)).payload, message);
    }
};

TEST(permessage_deflate_without_takeover, holds_nothing_between_messages) {
    many all{100};
    buffer out;
    std::vector<frame> frames;
    for (unsigned number = 0; number < 300; ++number) all.talk(number % 100, number, out, frames);
    for (codec& client : all.clients) {
        client.release_memory();
        EXPECT_LT(client.memory_size(), 1024U);
    }
    for (codec& server : all.servers) {
        server.release_memory();
        EXPECT_LT(server.memory_size(), 1024U);
    }
}

TEST(permessage_deflate_without_takeover, allocates_nothing_once_the_first_messages_went) {
    many all{4};
    buffer out;
    std::vector<frame> frames;
    const std::string message = json_of(1500);
    const auto talk = [&] {
        for (std::size_t i = 0; i < all.clients.size(); ++i) {
            out.clear();
            ASSERT_TRUE(all.clients[i].encode(text{message}, out));
            ASSERT_TRUE(all.servers[i].decode(out.view(), frames));
            ASSERT_EQ(std::get<text>(frames.at(0)).payload, message);
        }
    };
    for (int i = 0; i < 3; ++i) talk();
    const mint::testing::allocation_counter counter;
    for (int i = 0; i < 10; ++i) talk();
    EXPECT_EQ(counter.count(), 0U);
}

TEST(permessage_deflate_without_takeover, messages_in_pieces_keep_their_states_apart) {
    many all{6};
    std::vector<std::string> half(6);
    for (const bool is_end : {false, true}) {
        for (std::size_t i = 0; i < 6; ++i) {
            buffer out;
            const std::string piece = json_of(700, static_cast<unsigned>(i + (is_end ? 20 : 0)));
            half[i] += piece;
            ASSERT_TRUE(all.clients[i].encode(text{piece, is_end}, out));
            EXPECT_EQ(messages(all.servers[i], out.view()), is_end ? half[i] + "|" : "");
        }
    }
    codec fork = all.clients[0];
    buffer out;
    ASSERT_TRUE(fork.encode(text{half[1]}, out));
    EXPECT_EQ(messages(all.servers[0], out.view()), half[1] + "|");
}

TEST(permessage_deflate_without_takeover, may_be_used_from_several_threads) {
    many all{8};
    std::vector<std::thread> threads;
    threads.reserve(8);
    for (std::size_t i = 0; i < 8; ++i) {
        threads.emplace_back([&all, i] {
            buffer out;
            std::vector<frame> frames;
            for (unsigned number = 0; number < 200; ++number) all.talk(i, number, out, frames);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

TEST(permessage_deflate_without_takeover, outlives_the_extension) {
    auto all = std::make_unique<many>(1);
    codec client = all->clients[0];
    codec server = all->servers[0];
    all.reset();
    buffer out;
    ASSERT_TRUE(client.encode(text{json_of(500)}, out));
    EXPECT_EQ(messages(server, out.view()), json_of(500) + "|");
}

TEST(shared_states, keep_some_of_each_window_and_give_up_the_others) {
    detail::shared_states<detail::decompressor> states;
    EXPECT_EQ(states.take(15), nullptr);
    for (int i = 0; i < 6; ++i) states.lay_down(10, detail::make_decompressor(10));
    EXPECT_EQ(states.take(15), nullptr);
    for (int i = 0; i < 4; ++i) EXPECT_NE(states.take(10), nullptr) << i;
    EXPECT_EQ(states.take(10), nullptr);
}

}  // namespace
}  // namespace mint::ws
