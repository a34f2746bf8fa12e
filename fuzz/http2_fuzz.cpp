// Invariant: however the same octets are split, the machine gives the same responses, data joined, and the same error;
// each request ends once; what it gives grows no faster than what it gets. And whatever the caller does meanwhile, what
// it sends are whole frames, content within the server's credit and none behind a stream's end, and no stream is reset
// twice.
//
// Input: an octet that picks the requests, and with 0x80 sends the server's SETTINGS first; one that picks a split and
// the caller's commands; then what the server sends.
#include "../tests/support/response_transcript.hpp"

#include <mint/base/buffer.hpp>
#include <mint/http2/client_machine.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace mint;

constexpr std::string_view settings{
    "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x04\x01\x00\x00\x00\x00", 24};

void require(bool holds) {
    if (!holds) std::abort();
}

std::size_t number(byte_view octets, std::size_t at, std::size_t size) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8U | std::to_integer<std::size_t>(octets[at + i]);
    return value;
}

/// All the credit for the connection that could stand in these octets, wherever a frame begins in them.
std::size_t credit_in(byte_view octets) {
    std::size_t credit = 65'535;
    for (std::size_t at = 0; at + 9 <= octets.size(); at += 9 + number(octets, at, 3)) {
        const bool is_update = octets[at + 3] == std::byte{8} && (number(octets, at + 5, 4) & 0x7FFF'FFFFU) == 0;
        if (is_update && at + 13 <= octets.size()) credit += number(octets, at + 9, 4) & 0x7FFF'FFFFU;
    }
    return credit;
}

/// Reads what the machine sends.
class sent_frames {
  public:
    void add(byte_view octets) { all_.append(octets); }

    void check(std::size_t credit) const {
        constexpr std::size_t preface_size = 24;
        require(all_.size() >= preface_size && all_.text().starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        byte_view rest = all_.view().subspan(preface_size);
        std::set<std::size_t> reset;
        std::set<std::size_t> ended;
        std::size_t content = 0;
        while (!rest.empty()) {
            require(rest.size() >= 9 && rest.size() - 9 >= number(rest, 0, 3));
            const std::size_t size = number(rest, 0, 3);
            const std::size_t stream = number(rest, 5, 4);
            const unsigned type = std::to_integer<unsigned>(rest[3]);
            const bool ends = (rest[4] & std::byte{1}) != std::byte{0};
            if (type == 0) {
                content += size;
                require(stream % 2 == 1 && !ended.contains(stream) && !reset.contains(stream));
            }
            if (type == 3) require(reset.insert(stream).second);
            if (type <= 1 && ends) require(ended.insert(stream).second);
            rest = rest.subspan(9 + size);
        }
        require(content <= credit);
    }

  private:
    buffer all_;
};

class talk {
  public:
    explicit talk(unsigned kinds) {
        for (unsigned i = 0; i < 1 + kinds % 4; ++i) ask((kinds >> (2 + i)) % 2 == 0);
    }

    http2::client_machine machine{
        {.authority = "h",
         .connection = {.accepts_push = true,
                        .max_waiting_request_count = 5,
                        .floods = {.max_continuation_count = 4,
                                   .max_unsent_ack_count = 20,
                                   .max_settings_count = 20,
                                   .max_empty_data_count = 10}},
         .max_queued_size = 1000,
         .limits = {.max_header_section_size = 512, .max_field_count = 8, .max_interim_response_count = 3}}};
    testing::response_transcript transcript;
    sent_frames sent;

    void ask(bool is_websocket) {
        static const headers none;
        auto ref = is_websocket ? machine.connect({.protocol = "websocket", .target = "/", .fields = none})
                                : machine.request({.method = "POST", .target = "/", .fields = none}, streamed_body{});
        if (ref) refs_.push_back(*ref);
    }

    /// False once the machine has failed.
    bool receive(byte_view chunk) {
        std::vector<response> out;
        const auto received = machine.receive(chunk, out);
        note(out);
        if (received) return true;
        // Behind GOAWAY and the last stream the connection is over, and whether octets are still looked at depends on
        // when that was noticed.
        const bool ends_somebody = std::ranges::any_of(out, [&](const response& r) {
            const auto* failed = std::get_if<responses::error>(&r);
            return failed != nullptr && failed->reason.code == received.error().code;
        });
        if (ends_somebody) transcript.add_failure(error{received.error().code, received.error().detail});
        out.clear();
        const auto again = machine.receive(chunk, out);
        require(!again && out.empty() && again.error().code == received.error().code && machine.wants_close());
        return false;
    }

    void end() {
        std::vector<response> out;
        static_cast<void>(machine.receive_eof(out));
        note(out);
        take_all();
        require(machine.open_request_count() == 0);
    }

    void take_all() {
        buffer out;
        while (machine.wants_write()) {
            out.clear();
            machine.take(out);
            sent.add(out.view());
        }
    }

    /// One of the caller's calls.
    void act(std::uint32_t choice) {
        const request_ref ref = refs_.empty() ? request_ref{1} : refs_[choice / 16 % refs_.size()];
        const std::string content(choice / 16 % 700, 'x');
        buffer out;
        switch (choice % 16) {
            case 0: ask(choice % 3 == 0); break;
            case 1:
            case 2:
            case 3: static_cast<void>(machine.stream_request_body(ref, as_bytes(content))); break;
            case 4: static_cast<void>(machine.stream_request_body(ref, eof{})); break;
            case 5: static_cast<void>(machine.cancel_request(ref)); break;
            case 6: static_cast<void>(machine.ping()); break;
            case 7: static_cast<void>(machine.put_settings({.initial_window_size = choice % 100'000})); break;
            case 8: static_cast<void>(machine.set_window_size(choice % 1'000'000)); break;
            case 9: static_cast<void>(machine.set_window_size(ref, choice % 1'000'000)); break;
            case 10: static_cast<void>(machine.consumed(ref, choice % 1000)); break;
            case 11:
                machine.send(out, choice % 50);
                sent.add(out.view());
                break;
            case 12:
                if (choice % 64 == 12) machine.close();
                break;
            default: take_all(); break;
        }
        for (const request_ref r : refs_) require(machine.queued_size(r) <= 1000 || machine.queued_size(r) < 701);
    }

  private:
    void note(const std::vector<response>& out) {
        transcript.add(out);
        for (const response& r : out) {
            const bool ends = std::holds_alternative<responses::done>(r) || std::holds_alternative<responses::error>(r);
            require(!ended_.contains(ref_of(r)) || std::holds_alternative<responses::pong>(r));
            if (ends) ended_.insert(ref_of(r));
            if (const auto* promise = std::get_if<responses::push_promise>(&r)) refs_.push_back(promise->promised);
        }
    }

    std::vector<request_ref> refs_;
    std::set<request_ref> ended_;
};

/// With chunks of 1 to `longest` octets, or with all in one where that is 0; the caller takes nothing until the end.
std::string run(unsigned kinds, byte_view input, std::size_t longest) {
    talk t{kinds};
    std::uint32_t state = static_cast<std::uint32_t>(longest);
    if ((kinds & 0x80U) != 0) require(t.receive(as_bytes(settings)));
    t.take_all();
    while (!input.empty()) {
        state = state * 1103515245 + 12345;
        const std::size_t size = longest == 0 ? input.size() : std::min(input.size(), 1 + (state >> 16) % longest);
        const byte_view chunk = input.first(size);
        input = input.subspan(size);
        if (!t.receive(chunk)) return t.transcript.text();
    }
    t.end();
    return t.transcript.text();
}

void run_with_commands(unsigned kinds, byte_view input, std::uint32_t state) {
    talk t{kinds};
    std::size_t credit = credit_in(input);
    if ((kinds & 0x80U) != 0) require(t.receive(as_bytes(settings)));
    while (!input.empty()) {
        state = state * 1103515245 + 12345;
        const std::size_t size = std::min<std::size_t>(input.size(), 1 + (state >> 16) % 40);
        if (!t.receive(input.first(size))) break;
        input = input.subspan(size);
        for (std::uint32_t count = state % 4; count > 0; --count) {
            state = state * 1103515245 + 12345;
            t.act(state >> 8);
        }
    }
    t.end();
    t.sent.check(credit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const unsigned kinds = data[0];
    const byte_view input = std::as_bytes(std::span{data + 2, size - 2});
    const std::string whole = run(kinds, input, 0);
    require(whole.size() <= 600 * input.size() + 2048);
    require(run(kinds, input, 1) == whole);
    require(run(kinds, input, 2 + data[1]) == whole);
    run_with_commands(kinds, input, data[1]);
    return 0;
}
