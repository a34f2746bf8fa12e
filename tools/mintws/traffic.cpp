#include "traffic.hpp"

#include <fmt/format.h>

namespace mintws {

std::string describe(const traffic& t) {
    std::string text = fmt::format("{} octets as {} in frames", t.payload_size, t.wire_size);
    if (t.payload_size == 0 || t.wire_size == 0) return text;
    return text + fmt::format(" ({:.1f}:1)", static_cast<double>(t.payload_size) / static_cast<double>(t.wire_size));
}

}  // namespace mintws
