#pragma once

#include "exit_status.hpp"

#include <mint/base/url.hpp>

#include <string>

namespace mintws {

struct demo_options {
    mint::url url;
    std::string ca_file = {};  ///< PEM; empty: the system's CAs
    bool compresses = false;   ///< offers permessage-deflate, and says what it saved
    bool uses_http2 = false;   ///< many conversations at once; see demo_http2.hpp
};

/// Holds a conversation with an echo server over the public API and prints it to stdout, frame by frame. Success only
/// if each reply was what it must be.
[[nodiscard]] exit_status run_demo(const demo_options& options);

}  // namespace mintws
