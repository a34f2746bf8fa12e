#pragma once

#include "servers.hpp"

#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace mint::test {

/// The parameter of tests that run against each HTTP/2 server, in cleartext and over TLS.
using http2_peer_and_tls = std::tuple<http2_peer, bool>;

[[nodiscard]] inline std::string name_of_http2(const ::testing::TestParamInfo<http2_peer_and_tls>& info) {
    return std::string{name_of(std::get<0>(info.param))} + (std::get<1>(info.param) ? "_tls" : "_cleartext");
}

[[nodiscard]] inline auto in_cleartext_and_over_tls() { return ::testing::Bool(); }

}  // namespace mint::test
