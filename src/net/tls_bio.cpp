#include "net/tls_bio.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace mint::net::detail {

namespace {

int read_octets(BIO* bio, char* space, std::size_t space_size, std::size_t* size) noexcept {
    ::BIO_clear_retry_flags(bio);
    auto* const octets = static_cast<tls_octets*>(::BIO_get_data(bio));
    *size = 0;
    if (octets == nullptr || octets->input.empty() || octets->key_updates > octets->max_key_updates) {
        ::BIO_set_retry_read(bio);
        return 0;
    }
    *size = std::min(space_size, octets->input.size());
    std::memcpy(space, octets->input.data(), *size);
    octets->input = octets->input.subspan(*size);
    return 1;
}

int write_octets(BIO* bio, const char* data, std::size_t size, std::size_t* written) noexcept {
    ::BIO_clear_retry_flags(bio);
    auto* const octets = static_cast<tls_octets*>(::BIO_get_data(bio));
    *written = 0;
    if (octets == nullptr) return 0;
    if (!octets->has_more && size <= octets->room.size() - octets->made) {
        std::memcpy(octets->room.data() + octets->made, data, size);
        octets->made += size;
    } else {
        try {
            octets->more->append(std::string_view{data, size});
        } catch (const std::bad_alloc&) {
            octets->is_out_of_memory = true;
            return 0;
        }
        octets->has_more = true;
    }
    *written = size;
    return 1;
}

long control(BIO*, int command, long, void*) noexcept { return command == BIO_CTRL_FLUSH ? 1 : 0; }

/// A message of TLS's own, whole, before OpenSSL acts on it.
void note_message(int is_ours, int, int type, const void* data, std::size_t size, SSL* ssl, void*) noexcept {
    if (is_ours != 0 || type != SSL3_RT_HANDSHAKE || size == 0) return;
    if (*static_cast<const unsigned char*>(data) != SSL3_MT_KEY_UPDATE) return;
    auto* const octets = static_cast<tls_octets*>(::BIO_get_data(::SSL_get_rbio(ssl)));
    if (octets != nullptr) ++octets->key_updates;
}

/// Never freed: connections may outlive the program's static objects.
const BIO_METHOD* octets_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* const made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mint");
        if (made == nullptr) throw std::bad_alloc{};
        ::BIO_meth_set_read_ex(made, read_octets);
        ::BIO_meth_set_write_ex(made, write_octets);
        ::BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

}  // namespace

openssl_ptr<BIO> make_bio() {
    openssl_ptr<BIO> bio{::BIO_new(octets_method())};
    if (!bio) throw std::bad_alloc{};
    ::BIO_set_init(bio.get(), 1);
    return bio;
}

void count_key_updates(SSL_CTX* context) noexcept { ::SSL_CTX_set_msg_callback(context, note_message); }

}  // namespace mint::net::detail
