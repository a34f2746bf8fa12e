#include "base/sha1.hpp"

#include <new>

#include <openssl/evp.h>

namespace mint::detail {

std::array<std::byte, 20> sha1(byte_view bytes) {
    std::array<std::byte, 20> digest{};
    // Fails only where it can't allocate: SHA-1 is in OpenSSL's default provider.
    if (::EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, ::EVP_sha1(),
                     nullptr) != 1) {
        throw std::bad_alloc{};
    }
    return digest;
}

}  // namespace mint::detail
