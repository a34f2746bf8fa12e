#include "http2/nghttp2_engine.hpp"

#include "support/http2_frames.hpp"

#include <mint/base/buffer.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http2::detail {
namespace {

namespace h2 = mint::testing::h2;

/// Writes down what it is told.
struct written_down final : engine_listener {
    std::string lines;
    bool throws = false;

    void on_section(stream& s) override { say(s, "section"); }
    stream* on_promise(stream&, std::int32_t) override { return nullptr; }
    bool on_field(stream& s, std::string_view name, std::string_view value) override {
        if (throws) throw std::runtime_error("thrown below the library");
        say(s, std::string{name} + ": " + std::string{value});
        return true;
    }
    void on_section_end(stream& s, bool ends) override { say(s, ends ? "section is last" : "section is there"); }
    void on_promise_end(stream&, stream&) override {}
    void on_data(stream& s, byte_view content) override { say(s, "data " + std::string{as_text(content)}); }
    void on_end(stream& s) override { say(s, "end"); }
    void on_window_exceeded(stream& s) override { say(s, "window exceeded"); }
    void on_reset(stream& s, error_code code) override { say(s, "reset " + std::string{name(code)}); }
    void on_closed(stream& s, error_code) override { say(s, "closed"); }
    void on_settings() override { lines += "settings\n"; }
    void on_window_change(std::int64_t decrease) override { lines += "windows -" + std::to_string(decrease) + "\n"; }
    void on_window_changed() override { lines += "settings ack\n"; }
    void on_pong(const ping_payload&) override { lines += "pong\n"; }
    void on_goaway(std::int32_t last_id, error_code) override { lines += "goaway " + std::to_string(last_id) + "\n"; }

    void say(const stream& s, const std::string& what) { lines += "#" + std::to_string(s.id) + " " + what + "\n"; }
};

struct nghttp2_engine_tests : ::testing::Test {
    nghttp2_engine_tests() {
        head.fields = {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "h"}};
        EXPECT_TRUE(engine.open(one, head));
        engine.flush();
        (void)frames.read(output.view());
        output.clear();
    }

    std::expected<void, error> receive(const std::string& octets) { return engine.receive(as_bytes(octets), true); }

    buffer output;
    written_down listener;
    nghttp2_engine engine{client_options{.authority = "h"}, listener, output};
    h2::client_frames frames;
    stream one{request_ref{1}};
    outgoing_head head;
};

TEST_F(nghttp2_engine_tests, tells_frames_in_their_order) {
    ASSERT_TRUE(receive(h2::settings()));
    ASSERT_TRUE(receive(h2::headers(1, {{":status", "200"}, {"a", "b"}})));
    ASSERT_TRUE(receive(h2::data(1, "content", h2::end_stream)));
    EXPECT_EQ(listener.lines,
              "settings\n#1 section\n#1 :status: 200\n#1 a: b\n#1 section is there\n#1 data content\n#1 end\n"
              "#1 closed\n");
    EXPECT_EQ(frames.read(output.view()), "SETTINGS ack\n");
}

TEST_F(nghttp2_engine_tests, takes_exceptions_through_the_library) {
    ASSERT_TRUE(receive(h2::settings()));
    listener.throws = true;
    EXPECT_THROW((void)receive(h2::headers(1, {{":status", "200"}})), std::runtime_error);
}

TEST_F(nghttp2_engine_tests, a_broken_rule_is_an_error_with_a_goaway) {
    ASSERT_TRUE(receive(h2::settings()));
    const auto failed = receive(h2::window_update(0, 0));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::invalid_frame);
    EXPECT_NE(frames.read(output.view()).find("GOAWAY"), std::string::npos);
}

TEST_F(nghttp2_engine_tests, gives_streams_odd_identifiers) {
    stream next{request_ref{2}};
    ASSERT_TRUE(engine.open(next, head));
    EXPECT_EQ(one.id, 1);
    EXPECT_EQ(next.id, 3);
    EXPECT_TRUE(engine.has_identifiers());
}

}  // namespace
}  // namespace mint::http2::detail
