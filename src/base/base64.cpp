#include "base/base64.hpp"

#include <openssl/evp.h>

namespace mint::detail {

std::string base64_encode(byte_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends what it writes with a NUL
    const int size =
        ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                          reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::vector<std::byte>> base64_decode(std::string_view text) {
    std::vector<std::byte> bytes(text.size() / 4 * 3);
    const int size =
        ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                          reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size != static_cast<int>(bytes.size())) return std::nullopt;
    // It counts padding as zeros.
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(bytes.size() - padding);
    // And it takes blanks at the ends, padding inside, and bits that are lost: none of that comes back the same.
    if (base64_encode(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace mint::detail
