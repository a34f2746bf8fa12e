// Invariant: the frames that one role encodes, the other decodes to the same messages in any split; a frame that is
// refused changes neither the octets nor what follows.
#include "decoded_frames.hpp"

#include <mint/base/buffer.hpp>

#include <span>
#include <string>
#include <string_view>

namespace {

using namespace mint;

/// Reads frames to send off the fuzzer's input: an octet for the kind and `fin`, two for the size, then the payload.
class script {
  public:
    explicit script(byte_view input) noexcept : input_(input) {}

    std::optional<ws::frame> next() {
        if (input_.size() < 3) return std::nullopt;
        const auto kind = std::to_integer<unsigned>(input_[0]);
        const bool fin = (kind & 8U) != 0;
        const std::size_t wanted_size =
            std::to_integer<std::size_t>(input_[1]) << 8U | std::to_integer<std::size_t>(input_[2]);
        input_ = input_.subspan(3);
        // Sizes that the input is too short for repeat one octet, so that short inputs reach the long length forms.
        if (wanted_size > input_.size() && (kind & 16U) != 0) {
            filler_.assign(wanted_size % 256 == 0 ? 70'000 : wanted_size, static_cast<char>('a' + kind % 16));
            return frame_of(kind, fin, as_bytes(filler_));
        }
        const byte_view payload = input_.first(std::min(wanted_size, input_.size()));
        input_ = input_.subspan(payload.size());
        return frame_of(kind, fin, payload);
    }

  private:
    static ws::frame frame_of(unsigned kind, bool fin, byte_view payload) {
        switch (kind % 8) {
            case 0:
            case 1: return ws::text{as_text(payload), fin};
            case 2:
            case 3: return ws::binary{payload, fin};
            case 4: return ws::ping{payload};
            case 5: return ws::pong{payload};
            case 6: return ws::close{static_cast<ws::close_code>(1000 + kind / 16), as_text(payload)};
            default: return payload.size() % 2 == 0 ? ws::frame{ws::close{}} : ws::frame{ws::binary{payload, fin}};
        }
    }

    byte_view input_;
    std::string filler_;
};

/// Control frames, or messages.
std::vector<ws::owned_frame> frames_of(const fuzz::decoded_frames& all, bool control) {
    std::vector<ws::owned_frame> chosen;
    for (const ws::owned_frame& f : all.frames) {
        const bool is_message =
            std::holds_alternative<ws::owned_text>(f) || std::holds_alternative<ws::owned_binary>(f);
        if (is_message != control) chosen.push_back(f);
    }
    return chosen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const bool client_sends = (data[0] & 1U) == 0;
    ws::codec sender{{.role = client_sends ? ws::role::client : ws::role::server}};
    ws::codec receiver{{.role = client_sends ? ws::role::server : ws::role::client,
                        .delivery = (data[0] & 2U) != 0 ? ws::delivery::pieces : ws::delivery::whole_messages}};

    buffer wire;
    fuzz::decoded_frames sent;
    script frames{std::as_bytes(std::span{data + 2, size - 2})};
    while (const auto next = frames.next()) {
        const std::size_t size_before = wire.size();
        const bool was_open = sender.is_message_open();
        if (sender.encode(*next, wire)) {
            sent.add(*next);
        } else {
            fuzz::require(wire.size() == size_before && sender.is_message_open() == was_open);
        }
    }
    fuzz::require(sent.is_open == sender.is_message_open());

    fuzz::decoded_frames received;
    fuzz::read_sizes sizes{data[1]};
    const byte_view octets = wire.view();
    for (std::size_t at = 0; at < octets.size();) {
        const byte_view left = octets.subspan(at);
        // Large frames in very small reads would only take time.
        const std::size_t least_size = std::min(left.size(), octets.size() / 64);
        const std::size_t read_size = (data[0] & 4U) != 0 ? left.size() : std::max(sizes.next(left.size()), least_size);
        at += fuzz::receive(receiver, left, read_size, (data[0] & 8U) != 0, received);
        fuzz::require(!received.rule);
    }
    fuzz::require(receiver.is_close_received() == sender.is_close_sent());
    // A message whose end wasn't sent is seen only in pieces, and messages stand where they begin there, else where
    // they end.
    sent.drop_open_message();
    received.drop_open_message();
    fuzz::require(frames_of(sent, true) == frames_of(received, true));
    fuzz::require(frames_of(sent, false) == frames_of(received, false));
    return 0;
}
