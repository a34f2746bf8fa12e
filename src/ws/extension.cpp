#include <mint/ws/extension.hpp>

#include <algorithm>
#include <cstring>

namespace mint::ws {

bool extension_output::append(byte_view octets) {
    while (!octets.empty()) {
        const byte_span to = prepare(octets.size());
        if (to.empty()) return false;
        std::memcpy(to.data(), octets.data(), to.size());
        commit(to.size());
        octets = octets.subspan(to.size());
    }
    return true;
}

}  // namespace mint::ws
