#pragma once

#include "net/tls_settings.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <cstddef>

#include <openssl/bio.h>

namespace mint::net::detail {

/// What OpenSSL reads from and writes to during one call of ours: the caller's memory, without a copy of it kept.
struct tls_octets {
    byte_view input;       ///< what is left of the octets received
    byte_span room;        ///< for octets to be sent, as long as they fit
    buffer* more;          ///< for those that don't, and all behind them
    std::size_t made = 0;  ///< octets in `room`
    bool has_more = false;
    bool is_out_of_memory = false;
};

/// A BIO over the octets that `set_octets` names. Without input it says that there may be some later.
[[nodiscard]] openssl_ptr<BIO> make_bio();

/// For the calls that follow; nullptr for none.
inline void set_octets(BIO* bio, tls_octets* octets) noexcept { ::BIO_set_data(bio, octets); }

}  // namespace mint::net::detail
