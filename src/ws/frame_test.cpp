#include <mint/base/utf8.hpp>
#include <mint/ws/frame.hpp>

#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

static_assert(std::is_trivially_copyable_v<frame>);
static_assert(std::is_nothrow_move_constructible_v<owned_frame>);

TEST(frame, owned_copy_outlives_its_payload) {
    std::string memory = "hello";
    const owned_frame copy = to_owned(text{memory, false});
    memory.assign("xxxxx");
    EXPECT_EQ(copy, owned_frame(owned_text{"hello", false}));
}

TEST(frame, of_every_kind_survives_owning_and_viewing) {
    const std::string payload = "payload";
    const byte_view bytes = as_bytes(payload);
    for (const frame& f :
         {frame{text{payload, true}}, frame{text{"", false}}, frame{binary{bytes, false}}, frame{binary{}},
          frame{ping{bytes}}, frame{pong{bytes}}, frame{close{close_code::normal, payload}}, frame{close{}}}) {
        const owned_frame owned = to_owned(f);
        EXPECT_EQ(view_of(owned), f);
    }
}

template <class Owned>
concept viewed = requires(Owned f) { view_of(std::forward<Owned>(f)); };
static_assert(viewed<owned_frame&> && viewed<const owned_close&>);
static_assert(!viewed<owned_frame> && !viewed<owned_close>, "the view would outlive what it views");

TEST(frame, a_close_of_ones_own_is_viewed_as_a_close) {
    const owned_close owned{close_code::going_away, "bye"};
    EXPECT_EQ(view_of(owned), (close{close_code::going_away, "bye"}));
}

TEST(frame, compares_payload_and_fin) {
    const std::string a = "same";
    const std::string b = "same";
    EXPECT_EQ((binary{as_bytes(a), true}), (binary{as_bytes(b), true}));
    EXPECT_NE((binary{as_bytes(a), true}), (binary{as_bytes(b), false}));
    EXPECT_NE((ping{as_bytes(a)}), (ping{}));
}

TEST(fit_close_reason, leaves_a_short_reason_alone) {
    EXPECT_EQ(fit_close_reason(""), "");
    EXPECT_EQ(fit_close_reason(std::string(123, 'a')).size(), 123U);
}

TEST(fit_close_reason, cuts_between_characters) {
    for (const std::string_view character : {"a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        for (std::size_t shift = 0; shift < 4; ++shift) {
            std::string reason(shift, 'a');
            while (reason.size() < 140) reason += character;
            const std::string_view fitted = fit_close_reason(reason);
            EXPECT_LE(fitted.size(), 123U);
            EXPECT_GT(fitted.size(), 123U - character.size());
            EXPECT_TRUE(is_utf8(as_bytes(fitted)));
        }
    }
}

TEST(fit_close_reason, survives_what_is_no_text) { EXPECT_EQ(fit_close_reason(std::string(200, '\x80')), ""); }

}  // namespace
}  // namespace mint::ws
