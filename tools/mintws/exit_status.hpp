#pragma once

namespace mintws {

/// What the process tells its parent; `mintws --help` lists them.
enum class exit_status : int {
    success = 0,         ///< the WebSocket was closed in good order
    usage = 1,           ///< the command line, or input that can't be sent
    unreachable = 2,     ///< unknown name, connection refused, host unreachable
    timed_out = 3,       ///< connecting, the handshake, a pong or the close took too long
    refused = 4,         ///< the server or a proxy answered, but no WebSocket came to be
    abnormal = 5,        ///< the connection broke, or the peer closed it with an error code
    protocol_error = 6,  ///< the peer broke the protocol or a limit
    insecure = 7,        ///< no TLS, or with nobody who is trusted
    unwritten = 8,       ///< what was received can't be written to standard output
    interrupted = 130,   ///< by SIGINT or SIGTERM: twice, or while connecting, or while the output waits for its reader
};

}  // namespace mintws
