#pragma once

#include "servers.hpp"

#include <mint/http/connect_options.hpp>

#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace mint::test {

/// The parameter of tests that run against each server in each mode.
using peer_and_mode = std::tuple<peer, http::mode>;

[[nodiscard]] inline std::string name_of(http::mode mode) { return mode == http::mode::passive ? "passive" : "active"; }

[[nodiscard]] inline std::string name_of_both(const ::testing::TestParamInfo<peer_and_mode>& info) {
    return std::string{name_of(std::get<0>(info.param))} + "_" + name_of(std::get<1>(info.param));
}

[[nodiscard]] inline std::string name_of_mode(const ::testing::TestParamInfo<http::mode>& info) {
    return name_of(info.param);
}

[[nodiscard]] inline auto both_modes() { return ::testing::Values(http::mode::passive, http::mode::active); }

}  // namespace mint::test
