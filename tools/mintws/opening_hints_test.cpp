#include "opening_hints.hpp"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mintws {
namespace {

using mint::errc;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const mint::url cleartext{.is_websocket = true, .host = "x", .port = 80, .userinfo = {}};
const mint::url secure{.is_websocket = true, .is_secure = true, .host = "x", .port = 443, .userinfo = {}};
constexpr std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'000}};

mint::error refusal(errc code, int status, const mint::headers& fields = {}) {
    mint::error e{code};
    e.refusal = std::make_shared<const mint::refused_response>(mint::refused_response{status, fields});
    return e;
}

std::vector<std::string> hints(const mint::error& e, const mint::open_options& options = {}) {
    return hints_for(e, secure, options, now);
}

TEST(opening_hints, put_a_challenge_into_words) {
    const mint::headers fields{{"www-authenticate", R"(Basic realm="a \"b\"", charset="UTF-8")"},
                               {"www-authenticate", "Bearer, Digest nonce=1"}};
    EXPECT_THAT(hints(refusal(errc::upgrade_refused, 401, fields)),
                ElementsAre(R"(the server wants: Basic realm="a "b"", charset="UTF-8"; try --auth USER:PASSWORD)",
                            "the server wants: Bearer; try --bearer TOKEN", R"(the server wants: Digest nonce="1")"));
}

TEST(opening_hints, say_that_credentials_were_refused) {
    mint::open_options options;
    options.fields = {{"authorization", "Bearer x"}};
    EXPECT_THAT(hints(refusal(errc::upgrade_refused, 401), options),
                ElementsAre("the server doesn't take the credentials it was given"));
}

TEST(opening_hints, offer_only_what_was_not_given) {
    mint::open_options options;
    options.fields = {{"authorization", "Basic x"}};
    const mint::headers fields{{"www-authenticate", "basic, Bearer"}};
    EXPECT_THAT(hints(refusal(errc::upgrade_refused, 401, fields), options),
                ElementsAre("the server doesn't take the credentials it was given", "the server wants: basic",
                            "the server wants: Bearer; try --bearer TOKEN"));
}

TEST(opening_hints, say_that_the_proxy_refused_its_credentials) {
    const auto refused = refusal(errc::proxy_refused, 407, {{"proxy-authenticate", "Basic realm=p"}});
    mint::open_options by_option;
    by_option.connect.proxy = mint::http::parse_proxy("http://u:p@proxy").value();
    mint::open_options by_environment;
    by_environment.environment = mint::http::proxy_environment{.https_proxy = "http://u:p@proxy"};
    for (const auto& options : {by_option, by_environment}) {
        EXPECT_THAT(hints(refused, options), ElementsAre("the proxy doesn't take the credentials it was given",
                                                         R"(the proxy wants: Basic realm="p")"));
    }
    mint::open_options for_others;
    for_others.environment = mint::http::proxy_environment{.http_proxy = "http://u:p@proxy"};
    EXPECT_THAT(hints(refused, for_others), ElementsAre(HasSubstr("try --proxy-user")));
}

TEST(opening_hints, say_which_schemes_are_not_spoken_if_there_is_no_other) {
    const auto server = hints(refusal(errc::upgrade_refused, 401, {{"www-authenticate", "NTLM, Negotiate"}}));
    ASSERT_EQ(server.size(), 3U);
    EXPECT_THAT(server.back(), HasSubstr("doesn't speak NTLM, Negotiate; to the server it speaks Basic and Bearer"));
    const auto proxy =
        hints(refusal(errc::proxy_refused, 407, {{"proxy-authenticate", "Digest realm=x, nonce=y"}, {"x", "y"}}));
    ASSERT_EQ(proxy.size(), 2U);
    EXPECT_THAT(proxy.back(), HasSubstr("doesn't speak Digest; to the proxy it speaks Basic only"));
    const auto both = hints(refusal(errc::proxy_refused, 407, {{"proxy-authenticate", "NTLM, Basic realm=x"}}));
    EXPECT_THAT(both, ElementsAre("the proxy wants: NTLM", HasSubstr("try --proxy-user")));
}

TEST(opening_hints, name_the_proxys_own_option) {
    EXPECT_THAT(hints(refusal(errc::proxy_refused, 407, {{"proxy-authenticate", "Basic realm=p"}})),
                ElementsAre(R"(the proxy wants: Basic realm="p"; try --proxy-user USER:PASSWORD)"));
}

TEST(opening_hints, show_no_control_of_the_servers) {
    EXPECT_THAT(hints(refusal(errc::upgrade_refused, 302,
                              {{"location",
                                "/\xC2\x9B"
                                "2J"}})),
                ElementsAre("it is at /\\xc2\\x9b2J; -L follows"));
}

TEST(opening_hints, say_when_to_come_again) {
    EXPECT_THAT(hints(refusal(errc::upgrade_refused, 503, {{"retry-after", "120"}})),
                ElementsAre("it asks to try again in 120 seconds"));
}

TEST(opening_hints, dont_offer_what_was_done) {
    mint::open_options follows;
    follows.redirects.max_count = 1;
    EXPECT_THAT(hints(refusal(errc::invalid_redirect, 302), follows), IsEmpty());
    EXPECT_THAT(hints(refusal(errc::too_many_redirects, 302), follows), ElementsAre("--max-redirs N follows more"));
}

TEST(opening_hints, help_where_tls_failed) {
    EXPECT_THAT(hints(errc::certificate_not_trusted), ElementsAre(HasSubstr("--cacert FILE")));
    EXPECT_THAT(hints(errc::certificate_expired), ElementsAre(HasSubstr("clock")));
    EXPECT_THAT(hints(errc::certificate_name_mismatch), ElementsAre(HasSubstr("host")));
    EXPECT_THAT(hints({errc::tls_alert, "certificate required"}), ElementsAre(HasSubstr("--cert")));
    EXPECT_THAT(hints({errc::tls_alert, "bad certificate"}), ElementsAre(HasSubstr("--cert")));
    EXPECT_THAT(hints(errc::prohibited_cipher_suite), ElementsAre(HasSubstr("--http2")));
    EXPECT_THAT(hints(errc::tls_protocol_error), ElementsAre(HasSubstr("ws://")));
    EXPECT_THAT(hints(errc::tls_handshake_cut_short), ElementsAre(HasSubstr("ws://")));
    mint::open_options with_ca;
    with_ca.connect.tls.ca_file = "ca.pem";
    EXPECT_THAT(hints(errc::certificate_not_trusted, with_ca), ElementsAre(HasSubstr("in that file alone")));
}

TEST(opening_hints, name_the_option_of_a_bad_file) {
    mint::open_options options;
    options.connect.tls.key_file = "key.pem";
    EXPECT_THAT(hints({errc::invalid_certificate_file, "key_file: encrypted, and there is no passphrase"}, options),
                ElementsAre("that is --key key.pem", "--pass gives the passphrase"));
}

TEST(opening_hints, ask_for_no_certificate_where_both_sides_have_nothing_in_common) {
    EXPECT_THAT(hints({errc::tls_alert, "handshake failure"}), ElementsAre(HasSubstr("--old-suites")));
    EXPECT_THAT(hints({errc::tls_alert, "protocol version"}), ElementsAre(HasSubstr("neither TLS 1.2 nor 1.3")));
    mint::open_options options;
    options.connect.tls.allows_old_suites = true;
    options.connect.tls.min_version = mint::net::tls_version::tls1_3;
    EXPECT_THAT(hints({errc::tls_alert, "handshake failure"}, options), IsEmpty());
    EXPECT_THAT(hints({errc::tls_alert, "protocol version"}, options), ElementsAre(HasSubstr("--tls1.3")));
}

TEST(opening_hints, guess_that_a_port_speaks_tls) {
    EXPECT_THAT(hints_for(errc::invalid_status_line, cleartext, {}, now), ElementsAre(HasSubstr("wss://")));
    EXPECT_THAT(hints_for(errc::invalid_status_line, secure, {}, now), IsEmpty());
    const mint::error is_http{errc::invalid_status_line, "in the server's answer: HTTP/1.1 2x0 OK"};
    EXPECT_THAT(hints_for(is_http, cleartext, {}, now), IsEmpty());
    const mint::error proxys{errc::invalid_status_line, "in the proxy's answer: \\x15\\x03"};
    EXPECT_THAT(hints_for(proxys, secure, {}, now), ElementsAre(HasSubstr("--proxy https://")));
    mint::error cut{errc::headers_cut_short};
    EXPECT_THAT(hints_for(cut, cleartext, {}, now), ElementsAre(HasSubstr("wss://")));
    cut.offset = 20;
    EXPECT_THAT(hints_for(cut, cleartext, {}, now), IsEmpty()) << "it is HTTP that was cut";
}

}  // namespace
}  // namespace mintws
