#pragma once

#include <string>

namespace mint::testing {

/// DEFLATE written by hand: numbers with their lowest bit first, Huffman codes with their highest (RFC 1951 §3.1.1).
class bit_writer {
  public:
    void put(unsigned value, unsigned size) {
        for (unsigned i = 0; i < size; ++i, ++bit_count_) {
            if (bit_count_ % 8 == 0) octets_.push_back('\0');
            const unsigned octet = static_cast<unsigned char>(octets_.back());
            octets_.back() = static_cast<char>(octet | (value >> i & 1U) << bit_count_ % 8);
        }
    }
    void put_code(unsigned code, unsigned size) {
        while (size-- > 0) put(code >> size & 1U, 1);
    }

    [[nodiscard]] unsigned bit_count() const { return bit_count_; }
    [[nodiscard]] const std::string& octets() const { return octets_; }

  private:
    std::string octets_;
    unsigned bit_count_ = 0;
};

}  // namespace mint::testing
