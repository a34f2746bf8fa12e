#include "net/tls_verification.hpp"

#include "support/tls_talk.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using mint::testing::certificates;
using mint::testing::credential;
using mint::testing::tls_server;
using mint::testing::tls_talk;
using mint::testing::trusting_options;
using ::testing::HasSubstr;
using ::testing::Not;

const certificates& made = certificates::shared();

struct outcome {
    std::optional<error> failure;
    std::string servers_failure;
    std::string server_name;
};

outcome connect(const credential& identity, const char* name = "localhost",
                const tls_options& options = trusting_options()) {
    tls_talk talk{options, tls_server{{.identity = &identity}}, {.name = name, .port = 443}};
    talk.shake_hands();
    EXPECT_NE(talk.client.is_established(), talk.client.failure().has_value());
    return {talk.client.failure(), talk.server.failure(), talk.server.server_name()};
}

TEST(tls_verification, accepts_a_certificate_for_the_name) {
    EXPECT_FALSE(connect(made.good).failure);
    EXPECT_FALSE(connect(made.good, "LocalHost.").failure) << "names have no case, and the root's dot means nothing";
    EXPECT_FALSE(connect(made.good, "127.0.0.1").failure);
    EXPECT_FALSE(connect(made.good, "::1").failure);
    EXPECT_FALSE(connect(made.good, "[::1]").failure);
    EXPECT_FALSE(connect(made.good, "0:0:0:0:0:0:0:1").failure);
    EXPECT_FALSE(connect(made.only_ip, "127.0.0.1").failure);
    EXPECT_FALSE(connect(made.wildcard, "a.mint.example").failure);
    EXPECT_FALSE(connect(made.behind_intermediate).failure);
}

TEST(tls_verification, names_only_dns_names_in_sni) {
    EXPECT_EQ(connect(made.good, "LocalHost.").server_name, "localhost");
    EXPECT_EQ(connect(made.good, "127.0.0.1").server_name, "");
    EXPECT_EQ(connect(made.good, "[::1]").server_name, "");
}

TEST(tls_verification, tells_an_unknown_issuer) {
    const auto unknown = connect(made.from_unknown_ca);
    ASSERT_TRUE(unknown.failure);
    EXPECT_EQ(unknown.failure->code, errc::certificate_not_trusted);
    EXPECT_NE(unknown.failure->detail.find("issued by CN=Unknown CA"), std::string::npos) << unknown.failure->detail;
    EXPECT_EQ(unknown.servers_failure, "tlsv1 alert unknown ca") << "the server learns why";
    EXPECT_EQ(connect(made.self_signed).failure, errc::certificate_not_trusted);
    EXPECT_EQ(connect(made.without_chain).failure, errc::certificate_not_trusted);
    EXPECT_EQ(connect(made.good, "localhost", {}).failure, errc::certificate_not_trusted)
        << "the system doesn't know the CA of the tests";
}

TEST(tls_verification, tells_dates_of_a_certificate_that_is_not_valid_now) {
    const auto expired = connect(made.expired);
    ASSERT_TRUE(expired.failure);
    EXPECT_EQ(expired.failure->code, errc::certificate_expired);
    EXPECT_NE(expired.failure->detail.find("CN=expired, valid from 20"), std::string::npos) << expired.failure->detail;
    EXPECT_NE(expired.failure->detail.find("UTC until 20"), std::string::npos) << expired.failure->detail;
    EXPECT_EQ(connect(made.not_yet_valid).failure, errc::certificate_expired);
}

TEST(tls_verification, tells_both_names_where_they_differ) {
    const auto wrong = connect(made.wrong_name);
    ASSERT_TRUE(wrong.failure);
    EXPECT_EQ(wrong.failure->code, errc::certificate_name_mismatch);
    EXPECT_EQ(wrong.failure->detail, "wanted localhost, and the certificate is for other.example, 203.0.113.7");
    const auto ip = connect(made.wrong_name, "[::1]");
    ASSERT_TRUE(ip.failure);
    EXPECT_EQ(ip.failure->code, errc::certificate_name_mismatch);
    EXPECT_EQ(ip.failure->detail, "wanted ::1, and the certificate is for other.example, 203.0.113.7");
}

TEST(tls_verification, takes_no_name_for_another_kind_of_name) {
    EXPECT_EQ(connect(made.only_ip, "localhost").failure, errc::certificate_name_mismatch);
    EXPECT_EQ(connect(made.only_common_name, "localhost").failure, errc::certificate_name_mismatch)
        << "RFC 9525 §2: the common name isn't looked at";
    EXPECT_EQ(connect(made.wildcard, "mint.example").failure, errc::certificate_name_mismatch);
    EXPECT_EQ(connect(made.wildcard, "a.b.mint.example").failure, errc::certificate_name_mismatch);
    EXPECT_EQ(connect(made.good, "127.0.0.2").failure, errc::certificate_name_mismatch);
}

TEST(tls_verification, tells_why_a_name_that_is_there_does_not_count) {
    const auto detail = [](const credential& identity, const char* name) {
        const auto failed = connect(identity, name).failure;
        EXPECT_EQ(failed, errc::certificate_name_mismatch) << name;
        return failed ? failed->detail : "";
    };
    EXPECT_THAT(detail(made.ip_as_dns_name, "127.0.0.1"), HasSubstr("127.0.0.1 as a DNS name, not as an address"));
    EXPECT_THAT(detail(made.ip_as_dns_name, "[0:0::1]"), HasSubstr("::1 as a DNS name, not as an address"));
    EXPECT_THAT(detail(made.only_common_name, "localhost"), HasSubstr("no subjectAltName"));
    EXPECT_THAT(detail(made.only_common_name, "localhost"), HasSubstr("CN=localhost"));
    EXPECT_THAT(detail(made.wide_wildcard, "a.example"), HasSubstr("*.example there are too few labels"));
    // Nothing is said of what is no near miss.
    EXPECT_THAT(detail(made.ip_as_dns_name, "127.0.0.2"), Not(HasSubstr(";")));
    EXPECT_THAT(detail(made.wide_wildcard, "a.b.example"), Not(HasSubstr(";")));
    EXPECT_THAT(detail(made.wildcard, "mint.example"), Not(HasSubstr(";")));
}

TEST(tls_verification, shows_strange_names_as_printable_text_of_bounded_length) {
    const auto many = connect(made.of_many_names);
    ASSERT_TRUE(many.failure);
    EXPECT_EQ(many.failure->code, errc::certificate_name_mismatch) << "localhost, NUL and more isn't localhost";
    EXPECT_EQ(many.failure->detail,
              "wanted localhost, and the certificate is for localhost?.evil.example, ?[31m??red.example, c.example, "
              "d.example, e.example, f.example, g.example, h.example and 4 more");
}

TEST(tls_verification, refuses_a_certificate_of_another_purpose) {
    const auto purpose = connect(made.not_for_servers);
    ASSERT_TRUE(purpose.failure);
    EXPECT_EQ(purpose.failure->code, errc::certificate_invalid);
    EXPECT_NE(purpose.failure->detail.find("CN=client"), std::string::npos) << purpose.failure->detail;
}

TEST(tls_verification, sends_nothing_but_an_alert_to_a_server_that_is_refused) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        tls_talk talk{trusting_options(), tls_server{{.identity = &made.wrong_name, .max_version = version}}};
        talk.step();
        talk.server.receive(std::exchange(talk.to_server, {}));
        talk.from_server += talk.server.take_output();
        talk.client_takes();
        ASSERT_EQ(talk.failure(), errc::certificate_name_mismatch);
        EXPECT_LT(talk.to_server.size(), 64U);
        talk.server.receive(std::exchange(talk.to_server, {}));
        EXPECT_NE(talk.server.failure().find("bad certificate"), std::string::npos) << talk.server.failure();
    }
}

TEST(tls_verification, checks_nothing_where_it_is_insecure) {
    const tls_options insecure{.insecure = true};
    for (const credential* identity : {&made.self_signed, &made.expired, &made.wrong_name, &made.not_for_servers}) {
        EXPECT_FALSE(connect(*identity, "localhost", insecure).failure);
    }
}

TEST(tls_verification, wants_one_of_the_pinned_keys) {
    const std::string other = "sha256//" + std::string(43, 'A') + "=";
    tls_options options = trusting_options();
    options.pinned_keys = {other, made.good_pin};
    EXPECT_FALSE(connect(made.good, "localhost", options).failure);
    EXPECT_EQ(connect(made.good, "other.example", options).failure, errc::certificate_name_mismatch)
        << "a pin doesn't replace the check of the name";
    options.pinned_keys = {other};
    const auto mismatch = connect(made.good, "localhost", options);
    ASSERT_TRUE(mismatch.failure);
    EXPECT_EQ(mismatch.failure->code, errc::pinned_key_mismatch);
    EXPECT_EQ(mismatch.failure->detail, made.good_pin);
    options.insecure = true;
    EXPECT_EQ(connect(made.good, "localhost", options).failure, errc::pinned_key_mismatch);
    options.pinned_keys = {made.good_pin};
    EXPECT_FALSE(connect(made.good, "elsewhere.example", options).failure);
}

TEST(tls_verification, wants_a_certificate_even_where_the_ciphers_need_none) {
    tls_options options = trusting_options();
    options.ciphers = "aNULL:@SECLEVEL=0";
    options.max_version = tls_version::tls1_2;
    const tls_server anonymous{{.ciphers = "aNULL:@SECLEVEL=0"}};
    tls_talk talk{options, anonymous};
    EXPECT_FALSE(talk.shake_hands());
    EXPECT_EQ(talk.failure(), errc::certificate_invalid);
}

TEST(tls_verification, trusts_what_it_is_given) {
    EXPECT_FALSE(connect(made.self_signed, "localhost", {.ca_pem = made.self_signed.certificate}).failure);
    EXPECT_FALSE(connect(made.good, "localhost", {.ca_pem = made.good.certificate}).failure)
        << "a server's own certificate";
    EXPECT_FALSE(connect(made.good, "localhost", {.ca_file = made.ca.certificate_file}).failure);
    tls_options both = trusting_options();
    both.ca_pem += made.client_ca.certificate;
    both.trusts_system = true;
    EXPECT_FALSE(connect(made.good, "localhost", both).failure);
}

TEST(tls_verification, refuses_names_that_no_certificate_can_have) {
    for (const char* name : {"", ".", "a..b", ".a", "a b", "a/b", "*.example",
                             "b\xC3\xBC"
                             "cher.example",
                             "[::1", "fe80::1%nothing", "127.0.0.1.", "127.1", "0x7f000001", "1.2.3.4.5"}) {
        const auto read = peer_name::read(name);
        ASSERT_FALSE(read) << name;
        EXPECT_EQ(read.error(), errc::invalid_host) << name;
    }
    EXPECT_FALSE(peer_name::read(std::string_view{"a\0b", 3}));
    EXPECT_FALSE(peer_name::read(std::string(64, 'a')));
    EXPECT_TRUE(peer_name::read(std::string(63, 'a')));
    std::string longest;
    for (int i = 0; i < 4; ++i) longest += std::string(62, 'a') + ".";
    EXPECT_TRUE(peer_name::read(longest + "a"));
    EXPECT_FALSE(peer_name::read(longest + "aa"));
}

TEST(tls_verification, describes_the_subject) {
    tls_talk talk;
    ASSERT_TRUE(talk.shake_hands());
    EXPECT_EQ(talk.client.info()->certificate_name, "CN=localhost");
}

}  // namespace
}  // namespace mint::net::detail
