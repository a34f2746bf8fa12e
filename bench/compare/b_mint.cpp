// Our end of the end-to-end rows, on the public API alone: an echo server answers, this counts. Passive mode with
// `recv`; with MINT_ACTIVE set, and with many connections, active mode with a mailbox. With MINT_HTTP2 set the
// WebSocket is the only stream of an HTTP/2 connection; with MINT_ONE_BY_ONE set each message is sent by a call of its
// own, between cork and uncork.
#include "compare/client_meter.hpp"
#include "compare/our_client.hpp"

#include <mint/mint.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

using compare::arguments;
using compare::must;
using compare::open;
using compare::peer;

/// Sends a message for each one that comes back, all those of one read with one system call.
class echo_counter {
  public:
    echo_counter(const arguments& args, std::string_view client)
        : payload_(args.payload()), is_text_(args.is_text()), meter_(args, client) {}

    void send(peer& p, int count) {
        begin(p);
        for (int i = 0; i < count; ++i) put(p);
        end(p);
    }

    /// True once all runs are taken.
    [[nodiscard]] bool take(peer& p, mint::http::response_list responses) {
        begin(p);
        for (const mint::response& response : responses) {
            const auto* data = std::get_if<mint::responses::data>(&response);
            if (data == nullptr) arguments::fail("the server closed");
            must(p.ws.decode(data->bytes, frames_));
            for (const mint::ws::frame& frame : frames_) {
                if (payload_size(frame) != payload_.size()) arguments::fail("not what was sent");
                if (meter_.tick()) return true;
                put(p);
            }
        }
        end(p);
        return false;
    }

  private:
    void begin(peer& p) {
        output_.clear();
        if (is_one_by_one_) p.conn.cork();
    }

    void put(peer& p) {
        if (is_text_) {
            put(p, mint::ws::text{payload_});
        } else {
            put(p, mint::ws::binary{mint::as_bytes(payload_)});
        }
    }

    template <class Message>
    void put(peer& p, const Message& message) {
        if (is_one_by_one_) {
            must(p.ws.send(p.conn, message, output_));
        } else {
            must(p.ws.encode(message, output_));
        }
    }

    void end(peer& p) {
        if (is_one_by_one_) {
            must(p.conn.uncork());
        } else if (!output_.empty()) {
            must(mint::websocket::stream_request_body(p.conn, p.ws.ref(), output_.view()));
        }
    }

    static std::size_t payload_size(const mint::ws::frame& frame) {
        if (const auto* text = std::get_if<mint::ws::text>(&frame)) return text->payload.size();
        if (const auto* binary = std::get_if<mint::ws::binary>(&frame)) return binary->payload.size();
        return std::size_t(-1);
    }

    std::string payload_;
    bool is_text_;
    bool is_one_by_one_ = std::getenv("MINT_ONE_BY_ONE") != nullptr;
    compare::meter meter_;
    mint::buffer output_;
    std::vector<mint::ws::frame> frames_;
};

mint::http::protocol protocol() {
    return std::getenv("MINT_HTTP2") != nullptr ? mint::http::protocol::http2 : mint::http::protocol::http1;
}

void run_passive(const arguments& args) {
    mint::http::read_buffer scratch;
    peer p = open(args, mint::http::mode::passive, scratch, protocol());
    echo_counter counter{args, "mint"};
    counter.send(p, args.window);
    while (!counter.take(p, must(mint::websocket::recv(p.conn, 0, mint::http::no_timeout, scratch)))) {}
}

/// One connection, or many: the mailbox says which has something.
void run_with_mailbox(const arguments& args) {
    const bool is_fan = args.kind == compare::traffic::fan;
    const auto count = static_cast<std::size_t>(is_fan ? args.connection_count : 1);
    mint::mailbox box;
    const long resident_before = compare::resident_kib();
    std::vector<peer> peers;
    peer first = open(args, mint::http::mode::active, box.scratch());
    // Behind what is made once, and isn't a connection's: the random source, the scratch memory, pages of code.
    const std::size_t heap_before = compare::heap_size();
    const long resident_after_first = compare::resident_kib();
    peers.reserve(count);
    peers.push_back(std::move(first));
    must(box.add(peers.back().conn));
    while (peers.size() < count) {
        peers.push_back(open(args, mint::http::mode::active, box.scratch()));
        must(box.add(peers.back().conn));
    }
    if (is_fan) {
        const long resident = compare::resident_kib();
        compare::print_resident("R", args, "mint-mailbox", resident_before, resident);
        compare::print_resident("N", args, "mint-mailbox", resident_after_first, resident);
        compare::print_heap(args, "mint-mailbox", heap_before, compare::heap_size());
    }
    // Ids of connections made one after the other are dense; a program of another kind keeps a map.
    const auto first_id = static_cast<std::uint64_t>(peers.front().conn.id());
    echo_counter counter{args, "mint-mailbox"};
    for (peer& p : peers) counter.send(p, args.window);
    while (true) {
        const auto message = must(box.receive(mint::http::no_timeout));
        const auto at = static_cast<std::size_t>(static_cast<std::uint64_t>(message.id) - first_id);
        if (at >= peers.size()) arguments::fail("a message for nobody");
        peer& p = peers[at];
        if (counter.take(p, must(mint::websocket::stream(p.conn, message, box.scratch())))) return;
    }
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    if (args.kind == compare::traffic::fan || std::getenv("MINT_ACTIVE") != nullptr) {
        run_with_mailbox(args);
    } else {
        run_passive(args);
    }
}
