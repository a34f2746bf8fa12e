#include "http2_peers.hpp"
#include "multiplexed.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

using std::chrono::milliseconds;

/// Several connections with several WebSockets each.
struct member {
    std::unique_ptr<multiplexed> all;
    std::vector<request_ref> refs;
};

std::vector<member> open_many(bool is_secure, std::size_t connections, std::size_t websockets) {
    std::vector<member> result;
    for (std::size_t i = 0; i < connections; ++i) {
        auto& m = result.emplace_back(std::make_unique<multiplexed>(http2_peer::node, is_secure));
        for (std::size_t k = 0; k < websockets; ++k) m.refs.push_back(m.all->ask());
        for (const auto ref : m.refs) m.all->create(ref);
    }
    return result;
}

/// What every WebSocket sends, and gets back.
std::string text_of(std::size_t connection, std::size_t number) {
    return std::to_string(connection) + "." + std::to_string(number) + std::string(number * 5000, '.');
}

void send_all(std::vector<member>& members) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        for (std::size_t k = 0; k < members[i].refs.size(); ++k)
            members[i].all->send_text(members[i].refs[k], text_of(i, k));
    }
}

bool has_all(member& m) {
    return std::ranges::none_of(m.refs, [&](request_ref ref) { return m.all->at(ref).inbox.empty(); });
}

void expect_own_texts(std::vector<member>& members) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        for (std::size_t k = 0; k < members[i].refs.size(); ++k) {
            const auto& inbox = members[i].all->at(members[i].refs[k]).inbox;
            ASSERT_EQ(inbox.size(), 1U);
            EXPECT_EQ(std::get<ws::owned_text>(inbox.front()).payload, text_of(i, k));
        }
    }
}

/// With each way of waiting, in cleartext and over TLS.
class http2_mailbox : public testing::TestWithParam<std::tuple<mailbox::backend, bool>> {};

INSTANTIATE_TEST_SUITE_P(backends, http2_mailbox,
                         testing::Combine(testing::Values(mailbox::backend::best, mailbox::backend::poll),
                                          in_cleartext_and_over_tls()),
                         [](const auto& p) {
                             const bool is_best = std::get<0>(p.param) == mailbox::backend::best;
                             return std::string{is_best ? "best" : "poll"} + (std::get<1>(p.param) ? "_tls" : "");
                         });

TEST_P(http2_mailbox, every_websocket_of_every_connection_gets_its_own_messages) {
    mailbox box{std::get<0>(GetParam())};
    auto members = open_many(std::get<1>(GetParam()), 5, 20);
    std::map<http::connection_id, member*> by_id;
    for (auto& m : members) {
        ASSERT_TRUE(box.add(m.all->connection()));
        by_id[m.all->connection().id()] = &m;
    }
    send_all(members);
    while (!std::ranges::all_of(members, has_all)) {
        const auto message = box.receive(long_enough);
        ASSERT_TRUE(message) << to_string(message.error());
        auto& all = *by_id.at(message->id)->all;
        all.take(all.connection().stream(*message, box.scratch()));
    }
    expect_own_texts(members);
}

/// In cleartext and over TLS.
class http2_modes : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(servers, http2_modes, in_cleartext_and_over_tls(),
                         [](const auto& p) { return p.param ? "tls" : "cleartext"; });

TEST_P(http2_modes, an_edge_triggered_loop_of_the_callers_own_drives_all) {
    auto members = open_many(GetParam(), 5, 20);
    const int loop = ::epoll_create1(EPOLL_CLOEXEC);
    ASSERT_GE(loop, 0);
    for (auto& m : members) {
        epoll_event interest{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &m}};
        ASSERT_EQ(::epoll_ctl(loop, EPOLL_CTL_ADD, m.all->connection().socket(), &interest), 0);
    }
    send_all(members);
    http::read_buffer scratch;
    while (!std::ranges::all_of(members, has_all)) {
        std::array<epoll_event, 8> events{};
        const int ready = ::epoll_wait(loop, events.data(), static_cast<int>(events.size()), 20'000);
        ASSERT_GT(ready, 0);
        for (const auto& event : std::span{events}.first(static_cast<std::size_t>(ready))) {
            auto& all = *static_cast<member*>(event.data.ptr)->all;
            do {
                all.take(all.connection().stream({all.connection().id()}, scratch));
            } while (all.connection().may_have_more());
        }
    }
    ::close(loop);
    expect_own_texts(members);
}

TEST_P(http2_modes, a_recv_that_times_out_leaves_every_websocket_as_it_was) {
    multiplexed all{http2_peer::node, GetParam(), http::mode::passive};
    const std::vector refs{all.ask(), all.ask()};
    for (const auto ref : refs) all.create(ref);
    for (int i = 0; i < 3; ++i) {
        http::read_buffer scratch;
        for (;;) {  // what of the protocol's own still comes isn't for the caller
            const auto received = all.connection().recv(0, milliseconds{20}, scratch);
            if (!received) {
                EXPECT_EQ(received.error().reason, errc::timeout);
                break;
            }
            EXPECT_TRUE(received->empty());
        }
        for (const auto ref : refs) EXPECT_EQ(all.echo(ref, "still here"), "still here");
    }
}

TEST_P(http2_modes, the_mode_may_change_with_messages_under_way) {
    multiplexed all{http2_peer::node, GetParam()};
    const std::vector refs{all.ask(), all.ask()};
    for (const auto ref : refs) all.create(ref);
    const std::string large(200'000, 'x');
    for (int i = 0; i < 6; ++i) {
        for (const auto ref : refs) all.send_text(ref, large);
        all.receive();
        ASSERT_TRUE(all.connection().set_mode(i % 2 == 0 ? http::mode::passive : http::mode::active));
        for (const auto ref : refs) ASSERT_TRUE(all.next_text(ref) == large);
    }
}

TEST_P(http2_modes, what_is_sent_while_corked_goes_out_together) {
    multiplexed all{http2_peer::node, GetParam()};
    std::vector<request_ref> refs;
    for (int i = 0; i < 10; ++i) refs.push_back(all.ask());
    for (const auto ref : refs) all.create(ref);
    all.connection().cork();
    for (const auto ref : refs) all.send_text(ref, "corked");
    EXPECT_GT(all.connection().queued_size(), 0U);
    ASSERT_TRUE(all.connection().uncork());
    EXPECT_EQ(all.connection().queued_size(), 0U);
    for (const auto ref : refs) EXPECT_EQ(all.next_text(ref), "corked");
}

}  // namespace
}  // namespace mint::test
