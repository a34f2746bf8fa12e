#pragma once

#include "servers.hpp"

#include <array>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace mint::test {

/// The parameter of tests that run against each HTTP/2 server, in cleartext and over TLS.
using http2_peer_and_tls = std::tuple<http2_peer, bool>;

[[nodiscard]] inline std::string name_of_http2(const ::testing::TestParamInfo<http2_peer_and_tls>& info) {
    return std::string{name_of(std::get<0>(info.param))} + (std::get<1>(info.param) ? "_tls" : "_cleartext");
}

inline constexpr std::array every_http2_peer{http2_peer::nghttpx,  http2_peer::haproxy,  http2_peer::haproxy_h2,
                                             http2_peer::apache,   http2_peer::lighttpd, http2_peer::node,
                                             http2_peer::hypercorn};

/// All but hypercorn, which drops the connection over an END_STREAM behind a Close frame.
inline constexpr std::array sound_http2_peers{http2_peer::nghttpx, http2_peer::haproxy,  http2_peer::haproxy_h2,
                                              http2_peer::apache,  http2_peer::lighttpd, http2_peer::node};

[[nodiscard]] inline auto in_cleartext_and_over_tls() { return ::testing::Bool(); }

}  // namespace mint::test
