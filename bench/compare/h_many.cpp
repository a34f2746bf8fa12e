// Many WebSockets on one HTTP/2 connection, with messages in flight on each: what row B3 is over HTTP/1.1. All that
// answers one read goes out with one system call.
#include "compare/client_meter.hpp"
#include "compare/our_client.hpp"

#include <mint/mint.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace {

using compare::arguments;
using compare::must;

class program {
  public:
    explicit program(const arguments& args)
        : args_(args),
          payload_(args.payload()),
          meter_(args, "mint"),
          conn_(compare::connect(args, mint::http::protocol::http2)),
          sockets_(compare::open_many(args, conn_, static_cast<std::size_t>(args.connection_count), scratch_)),
          first_ref_(static_cast<std::uint64_t>(sockets_.front().ref())) {}

    void run() {
        conn_.cork();
        for (mint::websocket& ws : sockets_) {
            output_.clear();
            for (int i = 0; i < args_.window; ++i) encode(ws);
            send(ws);
        }
        must(conn_.uncork());
        while (!take(must(conn_.recv(0, mint::http::no_timeout, scratch_)))) {}
    }

  private:
    /// True once all runs are taken.
    [[nodiscard]] bool take(mint::http::response_list responses) {
        conn_.cork();
        for (const mint::response& response : responses) {
            const auto* data = std::get_if<mint::responses::data>(&response);
            if (data == nullptr) arguments::fail("the server closed");
            // Refs of requests made one after the other are dense; a program of another kind keeps a map.
            const auto at = static_cast<std::size_t>(static_cast<std::uint64_t>(data->ref) - first_ref_);
            mint::websocket& ws = sockets_[at];
            must(ws.decode(data->bytes, frames_));
            output_.clear();
            for (const mint::ws::frame& frame : frames_) {
                const auto* text = std::get_if<mint::ws::text>(&frame);
                if (text == nullptr || text->payload.size() != payload_.size()) arguments::fail("not what was sent");
                if (meter_.tick()) return true;
                encode(ws);
            }
            send(ws);
        }
        must(conn_.uncork());
        return false;
    }

    void encode(mint::websocket& ws) { must(ws.encode(mint::ws::text{payload_}, output_)); }

    void send(mint::websocket& ws) {
        if (!output_.empty()) must(mint::websocket::stream_request_body(conn_, ws.ref(), output_.view()));
    }

    const arguments& args_;
    std::string payload_;
    compare::meter meter_;
    mint::http::read_buffer scratch_;
    mint::http::connection conn_;
    std::vector<mint::websocket> sockets_;
    std::uint64_t first_ref_;
    mint::buffer output_;
    std::vector<mint::ws::frame> frames_;
};

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    program{args}.run();
}
