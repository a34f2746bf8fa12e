#pragma once

#include "net/tls_settings.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <cstddef>
#include <cstdint>

#include <openssl/bio.h>

namespace mint::net::detail {

/// What OpenSSL reads from and writes to during one call of ours: the caller's memory, without a copy of it kept.
struct tls_octets {
    byte_view input;                         ///< what is left of the octets received
    byte_span room;                          ///< for octets to be sent, as long as they fit
    buffer* more;                            ///< for those that don't, and all behind them
    std::size_t made = 0;                    ///< octets in `room`
    std::size_t key_updates = 0;             // KeyUpdates of the peer's in this call
    std::size_t max_key_updates = SIZE_MAX;  // after more of them OpenSSL gets no more input
    bool has_more = false;
    bool is_out_of_memory = false;
};

/// A BIO over the octets that `set_octets` names. Without input it says that there may be some later.
[[nodiscard]] openssl_ptr<BIO> make_bio();

/// Has the connections of `context` count the KeyUpdates that they get, in what `set_octets` names.
void count_key_updates(SSL_CTX* context) noexcept;

/// For the calls that follow; nullptr for none.
inline void set_octets(BIO* bio, tls_octets* octets) noexcept { ::BIO_set_data(bio, octets); }

}  // namespace mint::net::detail
