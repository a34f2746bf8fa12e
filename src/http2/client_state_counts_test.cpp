// Whatever a server sends and a program asks for, in whatever pieces: each response has a ref that the program knows,
// nothing follows a request's end, and the counts are those of the requests that are open.
#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using namespace testing;

/// What a program knows of its requests.
class ledger {
  public:
    void asked(request_ref ref) { open_.insert(ref); }
    void pinged(request_ref ref) { pings_.insert(ref); }
    void cancelled(request_ref ref) { open_.erase(ref); }

    void add(const std::vector<response>& list) {
        for (const response& r : list) {
            if (const auto* pong = std::get_if<responses::pong>(&r)) {
                EXPECT_EQ(pings_.erase(pong->ref), 1u);
                continue;
            }
            EXPECT_TRUE(open_.contains(ref_of(r))) << "nothing is told of " << static_cast<std::uint64_t>(ref_of(r));
            if (const auto* promise = std::get_if<responses::push_promise>(&r)) open_.insert(promise->promised);
            if (std::holds_alternative<responses::done>(r) || std::holds_alternative<responses::error>(r)) {
                open_.erase(ref_of(r));
            }
        }
    }

    [[nodiscard]] const std::set<request_ref>& open() const noexcept { return open_; }

  private:
    std::set<request_ref> open_;
    std::set<request_ref> pings_;
};

/// One random conversation.
class conversation {
  public:
    explicit conversation(unsigned seed)
        : random_(seed), talk_({.authority = "h", .connection = {.accepts_push = true, .assumed_max_streams = 3}}) {}

    void run() {
        waiting_ = one_of(2) ? h2::settings() + h2::settings_ack() : "";
        bool has_settings = !waiting_.empty();
        for (int step = 0; step < 120 && !talk_.failure; ++step) {
            command();
            if (!has_settings && one_of(4)) {
                waiting_ += h2::settings({{h2::max_concurrent_streams, 1 + one_of(4)}}) + h2::settings_ack();
                has_settings = true;
            }
            for (unsigned i = one_of(4); has_settings && i > 0; --i) waiting_ += frame();
            receive(one_of(static_cast<unsigned>(waiting_.size()) + 1));
            if (::testing::Test::HasFailure()) return;
        }
        receive(waiting_.size());
        std::vector<response> out;
        if (!talk_.failure) {
            EXPECT_FALSE(talk_.machine.receive_eof(out));
        }
        known_.add(out);
        EXPECT_TRUE(known_.open().empty()) << "each request gets its end";
        EXPECT_EQ(talk_.machine.open_request_count(), 0u);
    }

  private:
    unsigned one_of(unsigned count) { return std::uniform_int_distribution<unsigned>{0, count - 1}(random_); }

    void command() {
        if (talk_.machine.wants_close()) return;
        switch (one_of(6)) {
            case 0:
            case 1:
                if (talk_.machine.is_open_for_requests()) known_.asked(talk_.get());
                break;
            case 2:
                if (const auto ping = talk_.machine.ping()) known_.pinged(*ping);
                break;
            case 3: cancel(); break;
            case 4: (void)talk_.sent(); break;
            default: break;
        }
        if (talk_.machine.has_responses()) take({});
        check();
    }

    void cancel() {
        if (known_.open().empty()) return;
        const request_ref ref = *std::next(known_.open().begin(), one_of(static_cast<unsigned>(known_.open().size())));
        EXPECT_TRUE(talk_.machine.cancel_request(ref));
        known_.cancelled(ref);
    }

    /// A frame that a server might send, mostly on a stream that exists.
    std::string frame() {
        const std::uint32_t ours = 2 * one_of(6) + 1;
        const std::uint32_t theirs = promised_ > 0 ? 2 * (1 + one_of(promised_ / 2)) : ours;
        const std::uint32_t id = one_of(2) ? ours : theirs;
        const bool is_last = one_of(3) == 0;
        const auto ends = static_cast<std::uint8_t>(is_last ? h2::end_stream : 0);
        switch (one_of(9)) {
            case 0:
            case 1: return h2::headers(id, {{":status", "200"}}, static_cast<std::uint8_t>(h2::end_headers | ends));
            case 2: return h2::data(id, "xyz", ends);
            case 3: return h2::rst_stream(id, one_of(2) ? 7 : 8);
            case 4: return h2::ping(h2::number(1 + one_of(4), 8), h2::ack);
            case 5: return one_of(40) == 0 ? h2::goaway(2 * one_of(8) + 1, 0) : h2::window_update(0, 1);
            case 6: return h2::headers(id, {{":status", one_of(4) ? "103" : "abc"}});
            default: return promise(ours);
        }
    }

    std::string promise(std::uint32_t parent) {
        promised_ += 2;
        const std::string section = h2::section(
            {{":method", one_of(8) ? "GET" : "POST"}, {":scheme", "https"}, {":path", "/"}, {":authority", "h"}});
        if (one_of(2))
            return h2::frame(h2::type::push_promise, h2::end_headers, parent, h2::number(promised_, 4) + section);
        const std::size_t cut = one_of(static_cast<unsigned>(section.size()));
        return h2::frame(h2::type::push_promise, 0, parent, h2::number(promised_, 4) + section.substr(0, cut)) +
               h2::frame(h2::type::continuation, h2::end_headers, parent, section.substr(cut));
    }

    void receive(std::size_t size) {
        if (talk_.failure || size == 0) return;
        const std::string octets = waiting_.substr(0, size);
        waiting_.erase(0, size);
        take(octets);
        check();
    }

    void take(std::string_view octets) {
        std::vector<response> out;
        if (const auto received = talk_.machine.receive(as_bytes(octets), out); !received) {
            talk_.failure = received.error();
        }
        known_.add(out);
    }

    void check() {
        EXPECT_EQ(talk_.machine.open_request_count(), known_.open().size());
        for (const request_ref ref : known_.open()) EXPECT_TRUE(talk_.machine.awaits_response(ref));
    }

    std::mt19937 random_;
    http2_talk talk_;
    ledger known_;
    std::string waiting_;
    std::uint32_t promised_ = 0;
};

TEST(http2_counts, and_refs_are_right_whatever_is_sent_and_asked_for) {
    for (unsigned seed = 0; seed < 3'000; ++seed) {
        conversation{seed}.run();
        ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mint::http2
