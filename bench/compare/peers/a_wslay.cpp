// wslay in memory: A1 encodes client frames by its frame API and by its event API, A2 and A3 decode server frames.
#include "compare/in_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <wslay/wslay.h>

namespace {

compare::noise keys;

int make_key(std::uint8_t* key, std::size_t size, void* /*user*/) {
    for (std::size_t i = 0; i < size; i += 4) {
        const std::uint32_t word = keys();
        std::memcpy(key + i, &word, size - i < 4 ? size - i : 4);
    }
    return 0;
}

ssize_t drop(const std::uint8_t* bytes, std::size_t size, int /*flags*/, void* /*user*/) {
    compare::keep(bytes);
    return static_cast<ssize_t>(size);
}

void encode_by_frame(std::size_t size) {
    const std::string payload = compare::binary_payload(size);
    const compare::placed_copy placed{payload};
    wslay_frame_callbacks callbacks{};
    callbacks.send_callback = drop;
    callbacks.genmask_callback = make_key;
    wslay_frame_context_ptr context = nullptr;
    if (wslay_frame_context_init(&context, &callbacks, nullptr) != 0) std::abort();
    const std::size_t count = compare::batch_size(size);
    const compare::rate rate = compare::measure([&] {
        for (std::size_t i = 0; i < count; ++i) {
            wslay_frame_iocb frame{};
            frame.fin = 1;
            frame.opcode = WSLAY_BINARY_FRAME;
            frame.mask = 1;
            frame.payload_length = size;
            frame.data = reinterpret_cast<const std::uint8_t*>(placed.view().data());
            frame.data_length = size;
            if (wslay_frame_send(context, &frame) != static_cast<ssize_t>(size)) std::abort();
        }
        return count;
    });
    wslay_frame_context_free(context);
    compare::print("A1", "wslay frame API", compare::size_name(size), rate, size);
}

/// A client of the event API. It counts messages and looks at their first and last byte.
class client {
  public:
    client() {
        wslay_event_callbacks callbacks{};
        callbacks.recv_callback = read;
        callbacks.send_callback = [](wslay_event_context_ptr, const std::uint8_t* bytes, std::size_t size, int flags,
                                     void* user) { return drop(bytes, size, flags, user); };
        callbacks.genmask_callback = [](wslay_event_context_ptr, std::uint8_t* key, std::size_t size, void* user) {
            return make_key(key, size, user);
        };
        callbacks.on_msg_recv_callback = take;
        if (wslay_event_context_client_init(&context_, &callbacks, this) != 0) std::abort();
        wslay_event_config_set_max_recv_msg_length(context_, 64 * 1024 * 1024);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() { wslay_event_context_free(context_); }

    void send(std::string_view payload) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(payload.data());
        const wslay_event_msg message{WSLAY_BINARY_FRAME, bytes, payload.size()};
        if (wslay_event_queue_msg(context_, &message) != 0 || wslay_event_send(context_) != 0) std::abort();
    }

    /// All messages of the wire; returns their number.
    std::size_t receive(compare::wire& source) {
        source.rewind();
        source_ = &source;
        message_count_ = 0;
        if (wslay_event_recv(context_) != 0) std::abort();
        compare::keep(&looked_at_);
        return message_count_;
    }

  private:
    static ssize_t read(wslay_event_context_ptr context, std::uint8_t* space, std::size_t room, int /*flags*/,
                        void* user) {
        compare::wire& source = *static_cast<client*>(user)->source_;
        if (!source.is_at_end()) return static_cast<ssize_t>(source.read(space, room));
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }

    static void take(wslay_event_context_ptr /*context*/, const wslay_event_on_msg_recv_arg* message, void* user) {
        auto& self = *static_cast<client*>(user);
        if (message->opcode > WSLAY_BINARY_FRAME) std::abort();
        self.looked_at_ += std::size_t{message->msg[0]} + message->msg[message->msg_length - 1];
        ++self.message_count_;
    }

    wslay_event_context_ptr context_ = nullptr;
    compare::wire* source_ = nullptr;
    std::size_t message_count_ = 0;
    std::size_t looked_at_ = 0;
};

void encode_by_event(std::size_t size) {
    const std::string payload = compare::binary_payload(size);
    const compare::placed_copy placed{payload};
    client wslay;
    const std::size_t count = compare::batch_size(size);
    const compare::rate rate = compare::measure([&] {
        for (std::size_t i = 0; i < count; ++i) wslay.send(placed.view());
        return count;
    });
    compare::print("A1", "wslay event API", compare::size_name(size), rate, size);
}

void decode(std::string_view row, const std::string& name, const std::string& payload, unsigned char first_octet) {
    compare::wire input{payload, first_octet};
    client wslay;
    const compare::rate rate = compare::measure([&] {
        const std::size_t count = wslay.receive(input);
        if (count != input.frame_count()) std::abort();
        return count;
    });
    compare::print(row, "wslay event API", name, rate, payload.size());
}

}  // namespace

int main() {
    for (const std::size_t size : compare::binary_sizes) {
        encode_by_frame(size);
        encode_by_event(size);
    }
    compare::for_each_decode_case(decode);
}
