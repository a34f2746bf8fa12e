// L16M: one message of 16 MiB, decoded from reads of 1,460 octets (a full Ethernet segment) and from reads of 64 KiB.
// "kept memory" decodes one message after another; "first message" starts with a new codec each time, which has to
// grow.
#include "compare/in_memory.hpp"

#include <mint/base/bytes.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

constexpr std::size_t message_size = 16 * 1024 * 1024;

class reader {
  public:
    explicit reader(std::string_view octets)
        : octets_(octets), memory_(compare::allocate_pages(compare::wire::read_size)) {}

    /// Each read is one copy, as read(2) makes it.
    void decode_message(mint::ws::codec& codec, std::size_t read_size) {
        std::size_t message_count = 0;
        for (std::size_t at = 0; at < octets_.size();) {
            const std::size_t size = std::min(read_size, octets_.size() - at);
            std::memcpy(memory_.get(), octets_.data() + at, size);
            at += size;
            if (!codec.decode(mint::as_bytes(std::string_view{memory_.get(), size}), frames_)) std::abort();
            for (const mint::ws::frame& frame : frames_) {
                const auto* message = std::get_if<mint::ws::binary>(&frame);
                if (message == nullptr || message->payload.size() != message_size) std::abort();
                compare::keep(message->payload.data());
                ++message_count;
            }
        }
        if (message_count != 1) std::abort();
    }

    void copy_message(char* to, std::size_t read_size) {
        for (std::size_t at = 0; at < octets_.size(); at += read_size) {
            const std::size_t size = std::min(read_size, octets_.size() - at);
            std::memcpy(memory_.get(), octets_.data() + at, size);
            compare::keep(memory_.get());
            std::memcpy(to + at, memory_.get(), size);
            compare::keep(to);
        }
    }

  private:
    std::string_view octets_;
    compare::memory_block memory_;
    std::vector<mint::ws::frame> frames_;
};

}  // namespace

int main() {
    std::string octets = {'\x82', '\x7f', 0, 0, 0, 0, 1, 0, 0, 0};
    octets += compare::binary_payload(message_size);
    const compare::placed_copy placed{octets};
    reader from{placed.view()};
    mint::ws::codec kept;
    const compare::memory_block target = compare::allocate_pages(message_size + 4096);
    for (const std::size_t read_size : {std::size_t{1460}, std::size_t{65536}}) {
        const auto measure = [&](const std::string& name, auto&& decode) {
            const compare::rate r = compare::measure([&] {
                decode();
                return std::size_t{1};
            });
            compare::print("L16M", "mint", name + ", " + std::to_string(read_size) + "B reads", r, message_size);
        };
        measure("first message", [&] {
            mint::ws::codec fresh;
            from.decode_message(fresh, read_size);
        });
        measure("kept memory", [&] { from.decode_message(kept, read_size); });
        measure("copies alone", [&] { from.copy_message(target.get(), read_size); });
    }
}
