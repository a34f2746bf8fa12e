#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

constexpr auto last = static_cast<unsigned>(errc::system_error);

TEST(errc, every_value_has_a_name_and_a_description_of_its_own) {
    std::set<std::string_view> names;
    std::set<std::string_view> descriptions;
    for (unsigned i = 0; i <= last; ++i) {
        const auto code = static_cast<errc>(i);
        EXPECT_TRUE(names.insert(name(code)).second) << name(code);
        EXPECT_TRUE(descriptions.insert(describe(code)).second) << describe(code);
        EXPECT_FALSE(describe(code).ends_with('.'));
    }
}

TEST(errc, close_codes_go_with_what_the_peer_broke) {
    for (unsigned i = 0; i <= last; ++i) {
        const error e{static_cast<errc>(i)};
        if (e.close_code() == 0) continue;
        EXPECT_EQ(e.fault(), fault::peer);
        EXPECT_FALSE(e.connection_survives());
        EXPECT_TRUE(e.close_code() == 1002 || e.close_code() == 1007 || e.close_code() == 1008 ||
                    e.close_code() == 1009);
    }
    EXPECT_EQ(error{errc::invalid_utf8}.close_code(), 1007);
    EXPECT_EQ(error{errc::message_too_big}.close_code(), 1009);
    EXPECT_EQ(error{errc::masked_server_frame}.close_code(), 1002);
}

TEST(errc, misuse_leaves_the_connection_alone) {
    for (unsigned i = 0; i <= last; ++i) {
        const error e{static_cast<errc>(i)};
        if (e.condition() == condition::misuse) {
            EXPECT_TRUE(e.connection_survives()) << name(e.code);
            EXPECT_EQ(e.fault(), fault::caller);
        }
    }
}

TEST(error, reads_as_one_line_with_all_it_knows) {
    error e{errc::invalid_utf8};
    e.offset = 17;
    EXPECT_EQ(to_string(e), "the text isn't UTF-8 (at octet 17) [RFC 6455 §8.1]");
    error s{errc::system_error, "socket"};
    s.system = EMFILE;
    EXPECT_NE(to_string(s).find("a system call failed: socket"), std::string::npos);
    EXPECT_NE(to_string(s).find("open files"), std::string::npos);
    error r{errc::upgrade_refused};
    r.refusal = std::make_shared<const refused_response>(refused_response{403, {}});
    EXPECT_NE(to_string(r).find("403"), std::string::npos);
}

TEST(error, compares_with_an_errc) {
    EXPECT_TRUE(error{errc::timeout} == errc::timeout);
    EXPECT_FALSE(error{errc::timeout} == errc::connect_timeout);
}

/// The row of docs/errors.md that belongs to an errc, as the code has it: what stands before "what to do".
[[nodiscard]] std::string row_of(errc code) {
    const error e{code};
    const auto condition_name = [&]() -> std::string {
        switch (e.condition()) {
            case condition::misuse: return "misuse";
            case condition::handshake_failed: return "handshake_failed";
            case condition::proxy_failed: return "proxy_failed";
            case condition::tls_failed: return "tls_failed";
            case condition::protocol_violation: return "protocol_violation";
            case condition::limit_exceeded: return "limit_exceeded";
            case condition::transport_failed: return "transport_failed";
            case condition::timed_out: return "timed_out";
            case condition::closed: return "closed";
        }
        return "";
    }();
    const std::string whose = e.fault() == fault::caller ? "caller" : e.fault() == fault::peer ? "peer" : "network";
    const std::string close = e.close_code() == 0 ? "–" : std::to_string(e.close_code());
    const std::string where = section(code).empty() ? "–" : std::string{section(code)};
    return "| `" + std::string{name(code)} + "` | " + std::string{describe(code)} + " | " + condition_name + " | " +
           whose + " | " + where + " | " + close + " | " + (e.connection_survives() ? "yes" : "no") + " | ";
}

TEST(errc, every_value_has_its_true_row_in_docs_errors_md) {
    const auto path = std::filesystem::path{__FILE__}.parent_path() / "../../docs/errors.md";
    std::ifstream file{path};
    ASSERT_TRUE(file) << path;
    std::stringstream text;
    text << file.rdbuf();
    for (unsigned i = 0; i <= last; ++i) {
        const std::string row = row_of(static_cast<errc>(i));
        EXPECT_NE(text.str().find("\n" + row), std::string::npos) << "docs/errors.md lacks: " << row;
    }
}

}  // namespace
}  // namespace mint
